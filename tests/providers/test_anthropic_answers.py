"""Answers of the Messages format: whole and in fragments, and what breaks off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import pytest

from tests.providers.anthropic_said import PARTS, STREAM, WHOLE
from typedagents.core.errors import ProviderError
from typedagents.core.model import (
    ModelReply,
)
from typedagents.core.parts import (
    Opaque,
    Refusal,
    ToolCall,
)
from typedagents.core.usage import Usage
from typedagents.providers.formats.anthropic_messages import StreamDecoder, decode


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
