"""The Responses format: what answers come to, and what is sent is well-formed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from attrs import evolve

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.loopback import Loopback, refusing, serving, streamed, whole
from tests.providers.responses_asked import as_list
from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Opaque, Reasoning, Refusal, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers import OpenAIResponses
from typedagents.providers.formats.openai_responses import StreamDecoder, decode

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
