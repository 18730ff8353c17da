"""Answers of the generateContent format: every recorded one decodes however it is cut, and goes back as it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.gemini_asked import as_list, as_object, sent
from tests.providers.recorded import CORPUS, MISSING, cut, recorded
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.parts import Audio, File, Image, Inline, Opaque, Reasoning, Text, ToolCall, ToolResult
from typedagents.core.usage import Usage
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.gemini import StreamDecoder, decode
from typedagents.providers.loose import entries
from typedagents.providers.recording import Exchange

Signed: TypeAlias = tuple[object, object, str]
"""A call's name, its arguments, and its signature."""

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


def corpus() -> Iterator[Exchange]:
    for service in ("google", "google-vertex"):
        for endpoint in ("generateContent", "streamGenerateContent"):
            yield from recorded(CORPUS / f"{service}.jsonl", endpoint)


def streamed(exchange: Exchange) -> bool:
    """Whether the answer is a stream of events; without being asked for those it is one JSON array."""
    return exchange.response.status == 200 and exchange.body.startswith(b"data:")


def read(exchange: Exchange, pieces: Iterable[bytes] = ()) -> tuple[object, list[StreamedDelta]]:
    """What an answer comes to, errors as what they say; a stream fed in these pieces, or at once."""
    if not streamed(exchange):
        return comparable(decode(exchange.response.status, exchange.headers, exchange.body, asked="it")), []
    decoder = StreamDecoder("google", "it", 200, exchange.headers)
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
        calls = [part for part in found.parts if isinstance(part, ToolCall)]
        assert bool(calls) == ("tool_call" in exchange.tags), exchange.id
        assert (found.finish == "tool_calls") == bool(calls), exchange.id
        assert len({call.id for call in calls}) == len(calls), exchange.id
        assert found.usage is not None, exchange.id
        assert found.parts or found.finish in ("length", "content_filter"), exchange.id
        text = "".join(part.text for part in found.parts if isinstance(part, Text))
        shown = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
        assert not streamed(exchange) or text == shown, exchange.id
        decoded += 1

    assert decoded > 250


@needs_corpus
def test_where_a_stream_is_cut_changes_nothing() -> None:
    streams = [exchange for exchange in corpus() if streamed(exchange)]

    @settings(deadline=None, max_examples=100)
    @given(st.sampled_from(streams), st.lists(st.integers(0, 1_000_000), max_size=30))
    def check(exchange: Exchange, places: list[int]) -> None:
        assert read(exchange, cut(exchange.body, places)) == read(exchange)

    check()


@needs_corpus
def test_calls_go_back_with_their_signatures_as_the_next_recorded_request_sent_them() -> None:
    groups: dict[str, dict[int, Exchange]] = defaultdict(dict)
    for exchange in corpus():
        groups[exchange.group][exchange.turn] = exchange
    compared = 0
    for turns in groups.values():
        for turn, exchange in turns.items():
            after = turns.get(turn + 1)
            expected = None if after is None else next_calls(exchange, after)
            reply, _ = read(exchange)
            if not expected or not isinstance(reply, ModelReply):
                continue
            if not any(signature for _, _, signature in expected):
                continue  # of models that sign nothing, and of a client that lost them
            assert calls_in(own_parts(reply)) == expected, exchange.id
            compared += 1

    assert compared > 40


def next_calls(exchange: Exchange, after: Exchange) -> list[Signed]:
    """The calls that the request after an answer sent as that answer's."""
    before, now = contents_in(exchange), contents_in(after)
    if len(now) <= len(before) or now[len(before)].get("role") != "model":
        return []
    return calls_in(as_list(now[len(before)].get("parts")))


def contents_in(exchange: Exchange) -> list[dict[str, object]]:
    body = entries(exchange.request.json)
    return msgspec.convert(body.get("contents", []), list[dict[str, object]])


def calls_in(parts: Iterable[object]) -> list[Signed]:
    """Calls and their signatures, however clients spell them; ids are left out, which some drop and some make."""
    found: list[Signed] = []
    for part in parts:
        fields = as_object(part)
        call = fields.get("functionCall") or fields.get("function_call")
        if call:
            signature = fields.get("thoughtSignature") or fields.get("thought_signature")
            told = as_object(call)
            found.append((told["name"], told.get("args") or {}, _plain(signature)))
    return found


def _plain(signature: object) -> str:
    """Base64, however clients write it; long runs are elided in the recordings, by what they were written as."""
    plain = str(signature or "").replace("-", "+").replace("_", "/").rstrip("=")
    return "elided" if plain.startswith(ELIDED) else plain


def own_parts(reply: ModelReply) -> list[object]:
    results = tuple(
        ToolResult(part.id, part.name, (Text("done"),)) for part in reply.parts if isinstance(part, ToolCall)
    )
    said = [Message("you", "hi"), Message("me", reply.parts, "model"), Message("you", results or "go on")]
    return as_list(as_object(as_list(sent(CallModel(Transcript(said), "me"))["contents"])[1])["parts"])


ELIDED = "ZWxpZGVkO"


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
