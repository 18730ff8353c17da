"""Answers of the generateContent format: whole, as a stream and as an array of chunks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.core.parts import Audio, File, Image, Inline, Opaque, Reasoning, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.formats.gemini import StreamDecoder, decode


def chunk(*parts: Mapping[str, object], **more: object) -> dict[str, object]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, **more}
    usage = {"promptTokenCount": 5, "cachedContentTokenCount": 2, "candidatesTokenCount": 3}
    return {
        "candidates": [candidate],
        "responseId": "r",
        "modelVersion": "g",
        "usageMetadata": {**usage, "thoughtsTokenCount": 4, "toolUsePromptTokenCount": 1},
    }


def answered(*chunks: Mapping[str, object]) -> ModelReply | ProviderError:
    return decode(200, (), msgspec.json.encode(list(chunks)), asked="it")


def events(*chunks: Mapping[str, object]) -> ModelReply | ProviderError:
    decoder = StreamDecoder("google", "it")
    for one in chunks:
        decoder.feed(b"data: " + msgspec.json.encode(one) + b"\r\n\r\n")
    return decoder.finish()


CHUNKS = (
    chunk({"text": "hm", "thought": True}),
    chunk({"text": "I "}, {"text": "add", "thoughtSignature": "s0"}),
    chunk({"functionCall": {"name": "add", "args": {"a": 1}}, "thoughtSignature": "s1"}),
    chunk({"functionCall": {"name": "now", "id": "c7"}}, {"executableCode": {"code": "1"}}),
    chunk({"inlineData": {"mimeType": "image/png", "data": "eA=="}, "thoughtSignature": "s2"}),
    chunk({"inlineData": {"mimeType": "audio/wav", "data": "eA=="}}, {"inlineData": {"data": "eA=="}}),
    chunk({"inlineData": {"data": "?"}}),
    chunk({"text": "", "thoughtSignature": "s3"}, finishReason="STOP"),
)


def test_a_stream_and_an_array_of_chunks_come_to_the_same() -> None:
    reply = answered(*CHUNKS)

    assert isinstance(reply, ModelReply)
    assert events(*CHUNKS) == reply
    first, second = (part for part in reply.parts if isinstance(part, ToolCall))
    assert first.id.startswith("made_")
    assert reply.parts == (
        Reasoning("hm"),
        Text("I add"),
        Opaque("google", "signature", '"s0"'),
        ToolCall(first.id, "add", '{"a":1}', state=Opaque("google", "call", '{"thoughtSignature":"s1"}')),
        ToolCall("c7", "now", "{}"),
        Opaque("google", "part", '{"executableCode":{"code":"1"}}'),
        Image(Inline(b"x", "image/png")),
        Opaque("google", "signature", '"s2"'),
        Audio(Inline(b"x", "audio/wav")),
        File(Inline(b"x", "")),
        Opaque("google", "part", '{"inlineData":{"data":"?"}}'),
        Opaque("google", "signature", '"s3"'),
    )
    assert (reply.finish, reply.raw_finish, reply.model, reply.id) == ("tool_calls", "STOP", "g", "r")
    assert reply.usage == Usage(fresh_input=4, cache_read=2, output=3, reasoning=4)
    assert second.state is None


@pytest.mark.parametrize(
    ("answer", "finish", "raw"),
    [
        (chunk({"text": "x"}, finishReason="MAX_TOKENS"), "length", "MAX_TOKENS"),
        (chunk(finishReason="SAFETY"), "content_filter", "SAFETY"),
        (chunk({"text": "x"}, finishReason="of a newer version"), "other", "of a newer version"),
        (chunk(finishReason="MALFORMED_FUNCTION_CALL"), "error", "MALFORMED_FUNCTION_CALL"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "content_filter", "PROHIBITED_CONTENT"),
    ],
)
def test_what_an_answer_ended_with(answer: dict[str, object], finish: str, raw: str) -> None:
    for found in (answered(answer), events(answer)):
        assert isinstance(found, ModelReply)
        assert (found.finish, found.raw_finish) == (finish, raw)


def test_usage_that_is_missing_is_none() -> None:
    found = answered({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]})

    assert isinstance(found, ModelReply)
    assert found.usage is None


@pytest.mark.parametrize(
    ("answer", "kind", "partial"),
    [
        ([chunk({"text": "Hel"})], "stream_incomplete", "Hel"),
        ([chunk({"text": "Hel"}), {"error": {"code": 503, "status": "UNAVAILABLE"}}], "overloaded", "Hel"),
        ([{"answer": 42}], "protocol", ""),
    ],
)
def test_what_breaks_off_says_what_came_before(
    answer: list[dict[str, object]], kind: str, partial: str
) -> None:
    for found in (answered(*answer), events(*answer)):
        assert isinstance(found, ProviderError)
        assert (found.kind, found.facts.get("partial", "")) == (kind, partial)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"x"}}', "rate_limit"),
        (400, b'{"error":{"code":400,"details":[{"reason":"API_KEY_INVALID"}]}}', "auth"),
        (200, b"<html><title>Sorry</title></html>", "protocol"),
        (200, b"[]", "protocol"),
    ],
)
def test_a_refused_request_has_its_kind(status: int, body: bytes, kind: str) -> None:
    error = decode(status, (), body, asked="it")

    assert isinstance(error, ProviderError)
    assert error.kind == kind


def test_a_stream_without_anything_is_incomplete() -> None:
    error = events()

    assert isinstance(error, ProviderError)
    assert (error.kind, "no candidates" in error.text) == ("stream_incomplete", True)
