"""Answers of the Converse format, whole and in frames: each byte counts, and what the service said goes back to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.bedrock_said import (
    PICTURE,
    STREAM,
    WHOLE,
    delta,
    event,
    exception,
    frame,
    start,
)
from tests.providers.recorded import CORPUS, MISSING
from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.parts import Image, Inline, Opaque, Part, Reasoning, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.formats.bedrock_converse import StreamDecoder, decode
from typedagents.providers.formats.frames import DAMAGED, FrameDecoder
from typedagents.providers.formats.sse import ServerEvent
from typedagents.providers.recording import read_exchanges

PARTS: tuple[Part, ...] = (
    Reasoning(
        "hm",
        Opaque("bedrock", "block", '{"reasoningContent":{"reasoningText":{"signature":"s1","text":"hm"}}}'),
    ),
    Opaque("bedrock", "block", '{"reasoningContent":{"redactedContent":"eHl6"}}'),
    Text("I add."),
    Opaque(
        "bedrock",
        "block",
        '{"toolUse":{"input":{"q":"x"},"name":"search","toolUseId":"s","type":"server_tool_use"}}',
    ),
    Opaque(
        "bedrock",
        "block",
        '{"toolResult":{"content":[{"json":{"n":1}}],"status":"success","toolUseId":"s"}}',
    ),
    ToolCall("t1", "add", '{"a":1}'),
    ToolCall("t2", "now", "{}"),
)


def answered(*content: object, reason: str = "end_turn") -> ModelReply | ProviderError:
    body = {"output": {"message": {"content": content}}, "stopReason": reason}
    return decode(200, (("x-amzn-requestid", "r"),), msgspec.json.encode(body), asked="it")


def framed(pieces: Iterable[bytes]) -> ModelReply | ProviderError:
    decoder = StreamDecoder("bedrock", "it", headers=(("x-amzn-requestid", "r"),))
    for piece in pieces:
        decoder.feed(piece)
    return decoder.finish()


def test_frames_come_to_the_whole() -> None:
    reply = decode(200, (("x-amzn-requestid", "r"),), msgspec.json.encode(WHOLE), asked="it")

    assert isinstance(reply, ModelReply)
    assert framed(STREAM) == reply
    assert reply.parts == PARTS
    assert (reply.finish, reply.raw_finish, reply.id) == ("tool_calls", "tool_use", "r")
    assert reply.usage == Usage(fresh_input=3, cache_read=2, cache_write=1, output=9)


@given(st.lists(st.integers(0, len(b"".join(STREAM))), max_size=20))
def test_where_a_stream_is_cut_changes_nothing(places: list[int]) -> None:
    body = b"".join(STREAM)
    at = sorted({0, len(body), *places})

    assert framed(body[a:b] for a, b in itertools.pairwise(at)) == framed(STREAM)


BODY = b"".join(STREAM)


@given(st.integers(0, len(BODY) - len(STREAM[-1]) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed_is_seen(at: int, change: int) -> None:
    error = framed([BODY[:at] + bytes([BODY[at] ^ change]) + BODY[at + 1 :]])

    assert isinstance(error, ProviderError)
    assert error.kind in ("protocol", "stream_incomplete")
    assert "checksum" in error.text


def test_nothing_is_read_behind_a_damaged_frame() -> None:
    decoder = FrameDecoder()
    events = [found for piece in (STREAM[0], b"\xff" * 16, STREAM[1], b"") for found in decoder.feed(piece)]

    assert [found.name for found in events] == [b"event:messageStart", DAMAGED]
    assert decoder.finish() == []


@pytest.mark.parametrize(
    "headers",
    [b"\x01a\x63", b"\x01a\x07\x00", b"\x01\xff\x00", b"\x05a"],
    ids=["type", "size", "name", "cut"],
)
def test_headers_that_cannot_be_read_are_damage(headers: bytes) -> None:
    assert [found.name for found in FrameDecoder().feed(frame({}, b"{}", headers))] == [DAMAGED]


def test_headers_of_other_types_are_passed_over() -> None:
    other = b"\x01a\x00" + b"\x01b\x04" + bytes(4) + b"\x01c\x06\x00\x02xy" + b"\x01d\x08" + bytes(8)

    assert FrameDecoder().feed(frame({":event-type": "metadata"}, b"{}", other)) == [
        ServerEvent(b"event:metadata", b"{}")
    ]


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "context_length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "error"),
        ("of a newer version", "other"),
    ],
)
def test_what_an_answer_ended_with(raw: str, finish: str) -> None:
    reply = answered({"text": "x"}, reason=raw)

    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.finish, reply.raw_finish, reply.usage) == ("x", finish, raw, None)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"citationsContent": {"content": [{"text": "a"}, {"text": "b"}], "citations": []}}, Text("ab")),
        (PICTURE, Image(Inline(b"x", "image/png"))),
        (
            {"image": {"source": {"bytes": "?"}}},
            Opaque("bedrock", "block", '{"image":{"source":{"bytes":"?"}}}'),
        ),
        ({"new": 1}, Opaque("bedrock", "block", '{"new":1}')),
    ],
)
def test_other_blocks(block: object, part: Part) -> None:
    reply = answered(block, {"text": ""}, {})

    assert isinstance(reply, ModelReply)
    assert reply.parts == (part,)


def test_a_call_that_was_cut_is_incomplete() -> None:
    calls = [start(0, toolUse={"toolUseId": "a", "name": "f"}), delta(0, toolUse={"input": '{"x":'})]
    reply = framed([*calls, event("messageStop", {"stopReason": "max_tokens"})])

    assert isinstance(reply, ModelReply)
    assert reply.parts == (ToolCall("a", "f", '{"x":', complete=False),)
    assert reply.finish == "length"


@pytest.mark.parametrize(
    ("frames", "kind", "said"),
    [
        ([], "stream_incomplete", "Hel"),
        ([exception("throttlingException", "too many")], "rate_limit", "too many"),
        ([exception("validationException", "bad")], "invalid_request", "bad"),
        ([exception("validationException", "Input is too long")], "context_length", "too long"),
        ([exception("modelStreamErrorException", "x")], "server", "x"),
        (
            [frame({":message-type": "error", ":error-code": "InternalError", ":error-message": "oh"}, b"")],
            "server",
            "oh",
        ),
        ([frame({":event-type": "metadata"}, b"<html>")], "protocol", "HTML"),
    ],
)
def test_what_breaks_off_says_what_came_before(frames: list[bytes], kind: str, said: str) -> None:
    error = framed([STREAM[0], delta(0, text="Hel"), *frames])

    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts.get("partial")) == (kind, "Hel")
    assert said in error.text + error.facts["partial"]


@pytest.mark.parametrize(
    ("status", "name", "body", "kind"),
    [
        (400, "ValidationException:http://x", {"message": "Input is too long for this"}, "context_length"),
        (400, "ValidationException", {"message": "bad"}, "invalid_request"),
        (403, "AccessDeniedException", {"Message": "no"}, "permission"),
        (403, "ExpiredTokenException", {"message": "old"}, "auth"),
        (429, "ThrottlingException", {"message": "x"}, "rate_limit"),
        (424, "ModelErrorException", {"message": "x"}, "server"),
        (503, "ServiceUnavailableException", {"message": "x"}, "overloaded"),
        (200, "", {"answer": 42}, "protocol"),
    ],
)
def test_a_refused_request_has_its_kind(status: int, name: str, body: dict[str, str], kind: str) -> None:
    error = decode(status, (("x-amzn-errortype", name),), msgspec.json.encode(body), asked="it")

    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts.get("type", "")) == (kind, name.partition(":")[0])


def test_a_stream_without_anything_is_incomplete() -> None:
    error = framed([])

    assert isinstance(error, ProviderError)
    assert (error.kind, "no message" in error.text) == ("stream_incomplete", True)


@pytest.mark.skipif(not (CORPUS / "bedrock.jsonl").is_file(), reason=MISSING)
def test_a_recorded_stream_with_the_service_s_own_tool_and_each_of_its_bytes() -> None:
    found = read_exchanges(CORPUS / "bedrock.jsonl")
    body = next(exchange.body for exchange in found if exchange.id.endswith("9050b85a67"))
    reply = framed([body])

    assert isinstance(reply, ModelReply)
    assert [part.part for part in reply.parts] == ["opaque", "opaque", "tool_call"]
    assert reply.finish == "tool_calls"
    for at in range(0, len(body) // 2, 7):
        error = framed([body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]])
        assert isinstance(error, ProviderError)
        assert error.kind == "protocol"
