"""Answers of the Messages format: every recorded one decodes however it is cut, and goes back as it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.anthropic_said import PARTS, STREAM, WHOLE, as_list, sent
from tests.providers.recorded import CORPUS, MISSING, cut, recorded
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import (
    CallModel,
    ModelReply,
    TextDelta,
)
from typedagents.core.parts import (
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.core.usage import Usage
from typedagents.providers.anthropic_messages import StreamDecoder, decode
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.loose import entries
from typedagents.providers.recording import Exchange

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


def corpus() -> Iterator[Exchange]:
    yield from recorded(CORPUS / "anthropic.jsonl", "messages")


def read(exchange: Exchange, pieces: Iterable[bytes] = ()) -> tuple[object, list[StreamedDelta]]:
    """What an answer comes to, errors as what they say; a stream fed in these pieces, or at once."""
    if not exchange.streamed:
        return comparable(decode(exchange.response.status, exchange.headers, exchange.body, asked="it")), []
    decoder = StreamDecoder("anthropic", "it", 200, exchange.headers)
    deltas = [delta for piece in pieces or (exchange.body,) for delta in decoder.feed(piece)]
    return comparable(decoder.finish()), deltas


def comparable(answer: ModelReply | ProviderError) -> object:
    return answer if isinstance(answer, ModelReply) else (answer.kind, answer.text, dict(answer.facts))


@needs_corpus
def test_every_recorded_answer_decodes() -> None:
    decoded = 0
    for exchange in corpus():
        found, deltas = read(exchange)
        if exchange.response.status != 200:
            assert isinstance(found, tuple)
            assert found[0] in ("invalid_request", "not_found", "auth"), exchange.id
            continue
        assert isinstance(found, ModelReply), (exchange.id, found)
        tags = set(exchange.tags)
        calls = [part for part in found.parts if isinstance(part, ToolCall)]
        assert bool(calls) == ("tool_call" in tags), exchange.id
        assert found.usage is not None, exchange.id
        assert found.model, exchange.id
        assert found.finish in ("stop", "tool_calls", "length", "refusal"), exchange.id
        assert ("reasoning" in tags) <= any(isinstance(part, Reasoning | Opaque) for part in found.parts)
        text = "".join(part.text for part in found.parts if isinstance(part, Text))
        assert not exchange.streamed or text == "".join(
            delta.text for delta in deltas if isinstance(delta, TextDelta)
        )
        decoded += 1

    assert decoded > 250


@needs_corpus
def test_where_a_stream_is_cut_changes_nothing() -> None:
    streams = [exchange for exchange in corpus() if exchange.streamed]

    @settings(deadline=None, max_examples=100)
    @given(st.sampled_from(streams), st.lists(st.integers(0, 1_000_000), max_size=30))
    def check(exchange: Exchange, places: list[int]) -> None:
        assert read(exchange, cut(exchange.body, places)) == read(exchange)

    check()


@needs_corpus
def test_answers_go_back_as_the_next_recorded_request_sent_them() -> None:
    groups: dict[str, dict[int, Exchange]] = defaultdict(dict)
    for exchange in corpus():
        groups[exchange.group][exchange.turn] = exchange
    compared = 0
    for turns in groups.values():
        for turn, exchange in turns.items():
            after = turns.get(turn + 1)
            expected = None if after is None else next_own_words(exchange, after)
            if expected is None or not exact_blocks(expected):
                continue
            reply, _ = read(exchange)
            assert isinstance(reply, ModelReply)
            # Clients leave words out and write other blocks anew; thoughts and calls must go back as they came.
            assert exact_blocks(own_blocks(reply)) == exact_blocks(expected), exchange.id
            compared += 1

    assert compared > 20


def next_own_words(exchange: Exchange, after: Exchange) -> list[object] | None:
    """The blocks that the request after an answer sent as that answer; None where it sent none."""
    before, now = messages_in(exchange), messages_in(after)
    if len(now) <= len(before) or now[len(before)].get("role") != "assistant":
        return None
    content = now[len(before)].get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else as_list(content)


def messages_in(exchange: Exchange) -> list[dict[str, object]]:
    body = entries(exchange.request.json)
    return msgspec.convert(body.get("messages", []), list[dict[str, object]])


def own_blocks(reply: ModelReply) -> list[object]:
    transcript = Transcript([Message("you", "hi"), Message("me", reply.parts, "model")])
    results = [
        ToolResult(part.id, part.name, (Text("done"),)) for part in reply.parts if isinstance(part, ToolCall)
    ]
    if results:
        transcript = transcript.append(Message("you", tuple(results), "tool"))
    messages = as_list(sent(CallModel(transcript, "me"))["messages"])
    return as_list(msgspec.convert(messages[1], dict[str, object])["content"])


def exact_blocks(blocks: Iterable[object]) -> list[object]:
    """Thoughts and calls, without what clients add or leave out: marks of caches, and who called."""
    kept: list[object] = []
    for block in blocks:
        fields = msgspec.convert(block, dict[str, object])
        if fields["type"] in ("thinking", "redacted_thinking", "tool_use"):
            kept.append({name: fields[name] for name in fields if name not in ("cache_control", "caller")})
    return kept


def events(stream: Iterable[Mapping[str, object]]) -> bytes:
    return b"".join(
        f"event: {event['type']}\ndata: ".encode() + msgspec.json.encode(event) + b"\n\n" for event in stream
    )


def decoded(stream: Iterable[Mapping[str, object]]) -> ModelReply | ProviderError:
    decoder = StreamDecoder("anthropic", "it")
    decoder.feed(events(stream))
    return decoder.finish()


def test_a_whole_answer_and_its_fragments_come_to_the_same() -> None:
    reply = decode(200, (), msgspec.json.encode(WHOLE))

    assert reply == ModelReply(
        PARTS,
        "tool_calls",
        "tool_use",
        Usage(fresh_input=3, cache_read=2, cache_write=1, output=9),
        model="c-1",
        provider="anthropic",
        id="msg_1",
    )
    assert decoded(STREAM) == reply


def test_a_stream_that_breaks_off_says_what_came_before() -> None:
    error = decoded(STREAM[:9])
    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts["partial"], error.facts["input_tokens"]) == (
        "stream_incomplete",
        "I ",
        "6",
    )

    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    error = decoded([*STREAM[:9], overloaded])
    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts["partial"]) == ("overloaded", "I ")


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ([], "stream_incomplete"),
        ([{"type": "ping"}, {"type": "message_stop"}], "protocol"),
    ],
)
def test_a_stream_without_an_answer_is_an_error(stream: list[dict[str, object]], kind: str) -> None:
    error = decoded(stream)

    assert isinstance(error, ProviderError)
    assert error.kind == kind
    assert "no message_start" in error.text


def test_a_stream_may_end_behind_its_stop_reason_and_odd_events_do_no_harm() -> None:
    stray = {"type": "content_block_delta", "index": 40, "delta": {"type": "text_delta", "text": "?"}}
    placeless = {"type": "content_block_start", "content_block": {"type": "text", "text": "hi"}}
    more = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "!"}}
    cited = {"type": "content_block_delta", "delta": {"type": "citations_delta", "citation": {"n": 1}}}
    reply = decoded([STREAM[0], stray, placeless, more, cited, STREAM[-2]])

    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.raw_finish) == ("hi!", "tool_use")


def test_blocks_of_a_kind_that_is_not_known_are_joined_and_kept() -> None:
    begun = {"type": "content_block_start", "index": 0, "content_block": {"type": "new", "content": "a"}}
    more = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "new_delta", "content": "b", "n": 1},
    }
    reply = decoded([STREAM[0], begun, more, STREAM[-1]])

    assert isinstance(reply, ModelReply)
    assert reply.parts == (Opaque("anthropic", "block", '{"content":"ab","n":1,"type":"new"}'),)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "context_length"),
        ("pause_turn", "pause"),
        ("refusal", "refusal"),
        ("of a newer version", "tool_calls"),
    ],
)
def test_what_an_answer_ended_with(reason: str, finish: str) -> None:
    reply = decode(200, (), msgspec.json.encode({**WHOLE, "stop_reason": reason}))

    assert isinstance(reply, ModelReply)
    assert (reply.finish, reply.raw_finish) == (finish, reason)


def test_a_refusal_says_why_and_a_cut_call_is_not_complete() -> None:
    details = {"stop_reason": "refusal", "stop_details": {"explanation": "not this"}, "content": []}
    refused = decode(200, (), msgspec.json.encode({**WHOLE, **details}))
    assert isinstance(refused, ModelReply)
    assert refused.parts == (Refusal("not this"),)

    pieces = {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta"}}
    begun = {**pieces, "delta": {"type": "input_json_delta", "partial_json": '{"a":'}}
    ended = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}
    answer = decoded([*STREAM[:11], begun, ended, STREAM[-1]])
    assert isinstance(answer, ModelReply)
    assert answer.parts[-1] == ToolCall("t1", "add", '{"a":', complete=False)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (529, b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "overloaded"),
        (429, b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', "rate_limit"),
        (400, b'{"type":"error","error":{"message":"prompt is too long: 9 > 8"}}', "context_length"),
        (200, b'{"type":"error","error":{"type":"api_error","message":"x"}}', "server"),
        (200, b"<html><title>Sorry</title></html>", "protocol"),
        (200, b'{"answer":42}', "protocol"),
        (200, b"[]", "protocol"),
    ],
)
def test_a_refused_request_has_its_kind(status: int, body: bytes, kind: str) -> None:
    error = decode(status, (), body, asked="it")

    assert isinstance(error, ProviderError)
    assert error.kind == kind
