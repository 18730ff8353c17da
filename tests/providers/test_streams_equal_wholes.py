"""Law 12: an answer that comes in fragments is the same answer. Answers, and the ways to cut them, are random."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from typedagents.core.model import ModelReply
from typedagents.providers.formats.openai_chat import StreamDecoder, decode

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text("abcdefg_", min_size=1, max_size=8)


@st.composite
def calls(draw: st.DrawFn) -> list[dict[str, object]]:
    ids = draw(st.lists(st.one_of(st.just(""), NAMES), max_size=3, unique_by=lambda id: id or object()))
    return [
        {
            "id": id,
            "type": "function",
            "function": {
                "name": draw(NAMES),
                "arguments": draw(st.sampled_from(["", "{}", '{"a": 1}', '{"a": "', "x"])),
            },
        }
        for id in ids
    ]


@st.composite
def messages(draw: st.DrawFn) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": draw(st.one_of(st.none(), WORDS))}
    for name in draw(st.sets(st.sampled_from(["refusal", "reasoning", "reasoning_content"]))):
        message[name] = draw(WORDS)
    if found := draw(calls()):
        message["tool_calls"] = found
    if draw(st.booleans()):
        message["extra_content"] = {"vendor": {"signature": draw(WORDS)}}
    return message


USAGES = st.one_of(
    st.none(),
    st.fixed_dictionaries({"prompt_tokens": st.integers(0, 99), "completion_tokens": st.integers(0, 99)}),
)
REASONS = st.sampled_from(["stop", "length", "tool_calls", "content_filter", "eos", ""])


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    at = sorted(draw(st.sets(st.integers(0, len(text)), max_size=3)) | {0, len(text)})
    return [text[a:b] for a, b in itertools.pairwise(at)] or [text]


@st.composite
def deltas(draw: st.DrawFn, message: dict[str, object]) -> list[dict[str, object]]:
    """The message in fragments: thoughts, text, refusal, calls by index, then what is the server's own."""
    found: list[dict[str, object]] = []
    found.append({"role": "assistant", "content": draw(st.sampled_from([None, ""]))})
    thoughts = [name for name in ("reasoning_content", "reasoning") if message.get(name)]
    for name in (*thoughts[:1], "content", "refusal"):
        text = message.get(name)
        if isinstance(text, str):
            found.extend({name: piece} for piece in pieces(draw, text))
    entries = message.get("tool_calls")
    for index, call in enumerate(entries if isinstance(entries, list) else []):
        function, first = call["function"], True
        for piece in pieces(draw, function["arguments"]):
            begun = {"id": call["id"], "type": "function"} if first else {}
            named = {"name": function["name"]} if first or draw(st.booleans()) else {}
            found.append(
                {"tool_calls": [{"index": index, **begun, "function": {**named, "arguments": piece}}]}
            )
            first = False
    if "extra_content" in message:
        found.append({"extra_content": message["extra_content"]})
    return found


@settings(deadline=None)
@given(st.data(), messages(), REASONS, USAGES)
def test_fragments_come_to_the_whole(
    data: st.DataObject, message: dict[str, object], reason: str, usage: dict[str, int] | None
) -> None:
    head = {"id": "r", "model": "m"}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    whole = decode(200, (), msgspec.json.encode({**head, "choices": [choice], "usage": usage}), provider="p")
    events: list[object] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in data.draw(deltas(message))
    ]
    events.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if usage:
        events.append({**head, "choices": [], "usage": usage})
    end = data.draw(st.sampled_from(["\n\n", "\r\n\r\n", "\r\r"])).encode()
    body = b"".join(b"data: " + msgspec.json.encode(event) + end for event in events) + b"data: [DONE]" + end
    decoder = StreamDecoder("p")
    at = sorted(data.draw(st.sets(st.integers(0, len(body)), max_size=10)) | {0, len(body)})
    for a, b in itertools.pairwise(at):
        decoder.feed(body[a:b])

    assert isinstance(whole, ModelReply)
    assert whole == decoder.finish()
