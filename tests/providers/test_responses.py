"""The Responses format: every recorded answer decodes however it is cut, what is sent is well-formed, thoughts go back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.loopback import Loopback, refusing, serving, streamed, whole
from tests.providers.recorded import CORPUS, MISSING, cut, recorded
from tests.providers.responses_asked import as_list, as_object, sent
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Opaque, Reasoning, Refusal, Text, ToolCall, ToolResult
from typedagents.core.usage import Usage
from typedagents.providers import OpenAIResponses
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.loose import entries
from typedagents.providers.openai_responses import StreamDecoder, decode
from typedagents.providers.recording import Exchange

Kept: TypeAlias = str | tuple[object, object, object]
"""A sealed thought; or a call's id, name and arguments."""

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


def corpus() -> Iterator[Exchange]:
    for file in sorted(CORPUS.glob("*.jsonl")):
        yield from recorded(file, "responses")


def read(exchange: Exchange, pieces: Iterable[bytes] = ()) -> tuple[object, list[StreamedDelta]]:
    """What an answer comes to, errors as what they say; a stream fed in these pieces, or at once."""
    if not exchange.streamed:
        found = decode(exchange.response.status, exchange.headers, exchange.body, provider="p", asked="it")
        return comparable(found), []
    decoder = StreamDecoder("p", "it", 200, exchange.headers)
    deltas = [delta for piece in pieces or (exchange.body,) for delta in decoder.feed(piece)]
    return comparable(decoder.finish()), deltas


def comparable(answer: ModelReply | ProviderError) -> object:
    return answer if isinstance(answer, ModelReply) else (answer.kind, answer.text, dict(answer.facts))


# --- answers ----------------------------------------------------------------------------------------------------


@needs_corpus
def test_every_recorded_answer_decodes() -> None:
    decoded = 0
    for exchange in corpus():
        found, deltas = read(exchange)
        if exchange.response.status != 200:
            assert isinstance(found, tuple)
            assert found[0] in ("invalid_request", "auth"), exchange.id
            continue
        assert isinstance(found, ModelReply), (exchange.id, found)
        calls = [part for part in found.parts if isinstance(part, ToolCall)]
        assert bool(calls) == ("tool_call" in exchange.tags), exchange.id
        assert found.finish == "length" or (found.finish == "tool_calls") == bool(calls), exchange.id
        assert all(call.id and call.name for call in calls), exchange.id
        assert found.usage is not None, exchange.id
        assert found.parts, exchange.id
        text = "".join(part.text for part in found.parts if isinstance(part, Text))
        shown = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
        assert not exchange.streamed or text == shown, exchange.id
        decoded += 1

    assert decoded > 150


@needs_corpus
def test_where_a_stream_is_cut_changes_nothing() -> None:
    streams = [exchange for exchange in corpus() if exchange.streamed]

    @settings(deadline=None, max_examples=60)
    @given(st.sampled_from(streams), st.lists(st.integers(0, 1_000_000), max_size=30))
    def check(exchange: Exchange, places: list[int]) -> None:
        assert read(exchange, cut(exchange.body, places)) == read(exchange)

    check()


@needs_corpus
def test_calls_and_thoughts_go_back_as_the_next_recorded_request_sent_them() -> None:
    groups: dict[str, dict[int, Exchange]] = defaultdict(dict)
    for exchange in corpus():
        groups[exchange.group][exchange.turn] = exchange
    compared = 0
    for turns in groups.values():
        for turn, exchange in turns.items():
            after = turns.get(turn + 1)
            reply, _ = read(exchange)
            if after is None or not isinstance(reply, ModelReply):
                continue
            theirs = kept_in(inputs_of(after)[len(inputs_of(exchange)) :])
            ours = kept_in(own_items(reply))
            if not theirs or len(theirs) != len(ours):
                continue  # the answer is kept at the server
            for own, other in zip(ours, theirs, strict=True):
                assert own == other or spelled_otherwise(exchange, own, other), exchange.id
            compared += 1

    assert compared > 20


def spelled_otherwise(exchange: Exchange, own: Kept, other: Kept) -> bool:
    """Thoughts are sealed anew in each event that holds them; some clients put other ids into calls, old ones the item's."""
    if isinstance(own, str) or isinstance(other, str):
        body = exchange.response.body
        return own in body and other in body if isinstance(own, str) and isinstance(other, str) else False
    return own[1:] == other[1:] and str(other[0]).startswith(("resp_", "fc_"))


def inputs_of(exchange: Exchange) -> list[object]:
    body = entries(exchange.request.json)
    asked = body.get("input", [])
    return asked if isinstance(asked, list) else [asked]


def kept_in(inputs: Iterable[object]) -> list[Kept]:
    """Calls, and thoughts that can be handed back: what must be the same, without the ids that clients may drop."""
    found: list[Kept] = []
    for item in inputs:
        fields = as_object(item) if isinstance(item, dict) else {}
        if fields.get("type") == "function_call":
            found.append((fields["call_id"], fields["name"], fields["arguments"]))
        if fields.get("type") == "reasoning" and fields.get("encrypted_content"):
            found.append(str(fields["encrypted_content"]))
    return found


def own_items(reply: ModelReply) -> list[object]:
    results = tuple(
        ToolResult(part.id, part.name, (Text("done"),)) for part in reply.parts if isinstance(part, ToolCall)
    )
    said = [Message("you", "hi"), Message("me", reply.parts, "model"), Message("you", results or "go on")]
    inputs = as_list(sent(CallModel(Transcript(said), "me"), provider="p")["input"])
    return [item for item in inputs[1:] if as_object(item).get("type") != "function_call_output"]


THOUGHT = {"type": "reasoning", "id": "rs", "summary": [{"text": "hm"}], "encrypted_content": "xyz"}
SEARCH = {"type": "web_search_call", "id": "ws", "status": "completed"}
RESPONSE: Mapping[str, object] = {
    "id": "resp_1",
    "model": "o-1",
    "status": "completed",
    "output": [
        THOUGHT,
        SEARCH,
        {"type": "message", "content": [{"type": "output_text", "text": "I add."}]},
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "c2", "name": "now", "arguments": ""},
    ],
    "usage": {
        "input_tokens": 5,
        "input_tokens_details": {"cached_tokens": 2},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 4},
    },
}
REPLY = ModelReply(
    (
        Reasoning(
            "hm",
            Opaque(
                "p",
                "item",
                '{"encrypted_content":"xyz","id":"rs","summary":[{"text":"hm"}],"type":"reasoning"}',
            ),
        ),
        Opaque("p", "item", '{"id":"ws","status":"completed","type":"web_search_call"}'),
        Text("I add."),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall("c2", "now", "{}"),
    ),
    "tool_calls",
    "completed",
    Usage(fresh_input=3, cache_read=2, output=5, reasoning=4),
    model="o-1",
    provider="p",
    id="resp_1",
)
BEGUN = {"type": "response.created", "response": {"id": "resp_1", "model": "o-1", "status": "in_progress"}}
STREAM: tuple[Mapping[str, object], ...] = (
    BEGUN,
    {"type": "response.reasoning_summary_text.delta", "delta": "hm"},
    {"type": "response.output_text.delta", "delta": "I "},
    {"type": "response.output_text.delta", "delta": "add."},
    {"type": "response.function_call_arguments.delta", "delta": '{"a"'},
    {"type": "keepalive"},
    {"type": "response.completed", "response": RESPONSE},
)


def answered(response: Mapping[str, object]) -> ModelReply | ProviderError:
    return decode(200, (), msgspec.json.encode(response), provider="p", asked="it")


def events(*stream: Mapping[str, object], end: bytes = b"") -> ModelReply | ProviderError:
    decoder = StreamDecoder("p", "it")
    for event in stream:
        decoder.feed(f"event: {event['type']}\ndata: ".encode() + msgspec.json.encode(event) + b"\n\n")
    decoder.feed(end)
    return decoder.finish()


def test_a_whole_answer_and_its_events_come_to_the_same() -> None:
    assert answered(RESPONSE) == REPLY
    assert events(*STREAM) == REPLY
    assert events(*STREAM, end=b"data: [DONE]\n\n") == REPLY


def test_where_the_last_event_leaves_the_items_out_they_are_those_that_came_before() -> None:
    output = as_list(RESPONSE["output"])
    done = [
        {"type": "response.output_item.done", "output_index": place, "item": item}
        for place, item in reversed(list(enumerate(output)))
    ]
    empty = {"type": "response.completed", "response": {**RESPONSE, "output": []}}

    assert events(BEGUN, *done, empty) == REPLY
    placeless = [{"type": "response.output_item.done", "item": item} for item in output]
    assert events(BEGUN, *placeless, empty) == REPLY


@pytest.mark.parametrize(
    ("more", "finish", "raw"),
    [
        ({"incomplete_details": {"reason": "max_output_tokens"}}, "length", "max_output_tokens"),
        ({"incomplete_details": {"reason": "content_filter"}}, "content_filter", "content_filter"),
        ({"output": [], "status": "of a newer version"}, "other", "of a newer version"),
    ],
)
def test_what_an_answer_ended_with(more: dict[str, object], finish: str, raw: str) -> None:
    for found in (
        answered({**RESPONSE, **more}),
        events(BEGUN, {"type": LAST, "response": {**RESPONSE, **more}}),
    ):
        assert isinstance(found, ModelReply)
        assert (found.finish, found.raw_finish) == (finish, raw)


LAST = "response.incomplete"


def test_a_refusal_and_a_cut_call() -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}
    refused = answered({**RESPONSE, "output": [refusal], "usage": None})
    assert isinstance(refused, ModelReply)
    assert (refused.parts, refused.finish, refused.usage) == ((Refusal("no"),), "refusal", None)

    cut_off = {
        "type": "function_call",
        "call_id": "c",
        "name": "f",
        "arguments": '{"a":',
        "status": "incomplete",
    }
    found = answered({**RESPONSE, "output": [cut_off]})
    assert isinstance(found, ModelReply)
    assert found.parts == (ToolCall("c", "f", '{"a":', complete=False),)


FAILED = {"code": "rate_limit_exceeded", "message": "slow down"}


@pytest.mark.parametrize(
    ("stream", "kind", "partial"),
    [
        (STREAM[:3], "stream_incomplete", "I "),
        ((*STREAM[:3], {"type": "error", **FAILED}), "rate_limit", "I "),
        (
            (*STREAM[:3], {"type": "response.failed", "response": {"status": "failed", "error": FAILED}}),
            "rate_limit",
            "I ",
        ),
        ((), "stream_incomplete", ""),
    ],
)
def test_a_stream_that_breaks_off_says_what_came_before(
    stream: tuple[Mapping[str, object], ...], kind: str, partial: str
) -> None:
    error = events(*stream)

    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts.get("partial", "")) == (kind, partial)


def test_an_end_without_an_answer_and_damage_are_errors() -> None:
    ended = events(end=b"data: [DONE]\n\n")
    assert isinstance(ended, ProviderError)
    assert ended.kind == "protocol"
    damaged = events(BEGUN, end=b"data: {\n\n")
    assert isinstance(damaged, ProviderError)
    assert damaged.kind == "protocol"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error":{"code":"model_not_found","message":"x"}}', "not_found"),
        (200, msgspec.json.encode({**RESPONSE, "error": FAILED}), "rate_limit"),
        (200, msgspec.json.encode({"error": FAILED}), "rate_limit"),
        (200, b"<html></html>", "protocol"),
        (200, b'{"answer":42}', "protocol"),
        (200, b"[]", "protocol"),
    ],
)
def test_a_refused_request_has_its_kind(status: int, body: bytes, kind: str) -> None:
    error = decode(status, (), body, provider="p", asked="it")

    assert isinstance(error, ProviderError)
    assert error.kind == kind


# --- the provider -----------------------------------------------------------------------------------------------


def model(server: Loopback) -> OpenAIResponses:
    return OpenAIResponses(model="m", base_url=server.url, api_key=KEY)


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole(RESPONSE)) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (reply.text, reply.provider) == ("I add.", f"127.0.0.1:{server.port}")
    assert asked.line == "POST /v1/responses HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json == {
        "model": "m",
        "input": [{"role": "user", "content": "hi"}],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(streamed(*STREAM, end=False)) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)

    assert reply.finish == "tool_calls"
    assert told.shown == [ReasoningDelta("hm"), TextDelta("I "), TextDelta("add.")]


def test_a_refused_key_is_told_without_the_key(backend: str) -> None:
    with serving(refusing(f"Incorrect API key provided: {KEY}", "401 Unauthorized")) as server:
        assert failure(model(server), backend).kind == "auth"


def test_openai_s_own_host_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    own = OpenAIResponses(model="m")

    assert own.profile.provider == "openai"
    name, value = own.labels(Told())[0]
    assert (name, len(value)) == ("idempotency-key", 64)
