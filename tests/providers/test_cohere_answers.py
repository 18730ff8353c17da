"""Answers of Cohere's chat format, whole and streamed, and the provider against a server on this machine."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from attrs import evolve

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.loopback import DONE, Loopback, refusing, serving, streamed, whole
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import (
    ModelReply,
    ReasoningDelta,
    TextDelta,
)
from typedagents.core.parts import (
    Opaque,
    Reasoning,
    Text,
    ToolCall,
)
from typedagents.core.usage import Usage
from typedagents.providers import Cohere
from typedagents.providers.formats.cohere_chat import StreamDecoder, decode

USED = {
    "tokens": {"input_tokens": 9, "output_tokens": 4},
    "cached_tokens": 5,
    "billed_units": {"input_tokens": 1},
}
WHOLE = {
    "id": "r",
    "message": {
        "tool_plan": "I plan.",
        "content": [
            {"type": "thinking", "thinking": "hm"},
            {"type": "text", "text": "I add"},
            {"type": "new", "x": "ab"},
        ],
        "tool_calls": [
            {"id": "c1", "function": {"name": "add", "arguments": '{"a":1}'}},
            {"function": {"name": "now", "arguments": ""}},
        ],
        "citations": [{"text": "x"}],
    },
    "finish_reason": "TOOL_CALL",
    "usage": USED,
}


def event(kind: str, place: int | None = None, **message: object) -> dict[str, object]:
    placed = {} if place is None else {"index": place}
    return {"type": kind, **placed, "delta": {"message": message}}


END: dict[str, object] = {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": USED}}
EVENTS: list[dict[str, object]] = [
    {"id": "r", **event("message-start", role="assistant", content=[], tool_plan="", tool_calls=[])},
    event("tool-plan-delta", tool_plan="I "),
    event("tool-plan-delta", tool_plan="plan."),
    event("content-start", 0, content={"type": "thinking", "thinking": ""}),
    event("content-delta", 0, content={"thinking": "hm"}),
    {"type": "content-end", "index": 0},
    event("content-start", 1, content={"type": "text", "text": "I"}),
    event("content-delta", 1, content={"text": " add"}),
    event("content-start", 2, content={"type": "new", "x": "a"}),
    event("content-delta", 2, content={"x": "b"}),
    event("tool-call-start", 0, tool_calls={"id": "c1", "function": {"name": "add", "arguments": ""}}),
    event("tool-call-start", 1, tool_calls={"function": {"name": "now", "arguments": ""}}),
    event("tool-call-delta", 0, tool_calls={"function": {"arguments": '{"a":'}}),
    event("tool-call-delta", 0, tool_calls={"function": {"arguments": "1}"}}),
    event("citation-start", 0, citations={"text": "x"}),
    END,
]


def answered(body: Mapping[str, object], status: int = 200) -> ModelReply | ProviderError:
    return decode(status, (), msgspec.json.encode(body), asked="it")


def events(*said: Mapping[str, object], end: bytes = DONE) -> ModelReply | ProviderError:
    decoder = StreamDecoder("cohere", "it")
    for one in said:
        decoder.feed(b"data: " + msgspec.json.encode(one) + b"\n\n")
    decoder.feed(end)
    return decoder.finish()


def test_fragments_come_to_the_whole() -> None:
    reply = answered(WHOLE)

    assert isinstance(reply, ModelReply)
    assert events(*EVENTS) == events(*EVENTS, end=b"") == events(*EVENTS, end=b"data: [DONE]") == reply
    made = reply.parts[-1]
    assert isinstance(made, ToolCall)
    assert reply.parts == (
        Reasoning("I plan.", Opaque("cohere", "field", '"tool_plan"')),
        Reasoning("hm", Opaque("cohere", "field", '"thinking"')),
        Text("I add"),
        Opaque("cohere", "block", '{"type":"new","x":"ab"}'),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall(made.id, "now", "{}"),
    )
    assert (len(made.id), reply.finish, reply.raw_finish, reply.id) == (9, "tool_calls", "TOOL_CALL", "r")
    assert reply.usage == Usage(fresh_input=4, cache_read=5, output=4)


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("TOOL_CALL", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR", "error"),
        ("TIMEOUT", "other"),
    ],
)
def test_what_an_answer_ended_with(raw: str, finish: str) -> None:
    reply = answered({"message": {"content": "x"}, "finish_reason": raw})

    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.finish, reply.raw_finish, reply.usage) == ("x", finish, raw, None)


def test_a_call_that_was_cut_is_incomplete() -> None:
    calls = [{"id": "a", "function": {"name": "f"}}, {"id": "b", "function": {"name": "g"}}]
    reply = answered({"message": {"tool_calls": calls}, "finish_reason": "MAX_TOKENS"})

    assert isinstance(reply, ModelReply)
    assert reply.parts == (ToolCall("a", "f"), ToolCall("b", "g", complete=False))
    assert reply.finish == "length"


@pytest.mark.parametrize(
    ("said", "kind", "partial"),
    [
        ([EVENTS[0], event("content-delta", 0, content={"text": "Hel"})], "stream_incomplete", "Hel"),
        (
            [
                EVENTS[0],
                event("content-delta", 0, content={"text": "Hel"}),
                {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "it fell over"}},
            ],
            "server",
            "Hel",
        ),
        ([], "stream_incomplete", ""),
    ],
)
def test_what_breaks_off_says_what_came_before(
    said: list[dict[str, object]], kind: str, partial: str
) -> None:
    error = events(*said, end=b"")

    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts.get("partial", "")) == (kind, partial)


def test_what_is_no_event_is_said() -> None:
    error = events(end=b"data: <html>\n\n")

    assert isinstance(error, ProviderError)
    assert error.kind == "protocol"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"id": "x", "message": "model 'x' not found"}, "not_found"),
        (401, {"message": "invalid api token"}, "auth"),
        (200, {"answer": 42}, "protocol"),
    ],
)
def test_an_answer_that_is_no_reply_has_its_kind(status: int, body: dict[str, object], kind: str) -> None:
    error = answered(body, status)

    assert isinstance(error, ProviderError)
    assert error.kind == kind


# --- the provider -----------------------------------------------------------------------------------------------


def model(server: Loopback) -> Cohere:
    return Cohere(model="c", base_url=server.url.removesuffix("/v1"), api_key=KEY)


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole({"message": {"content": "hello"}, "finish_reason": "COMPLETE"})) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (reply.text, reply.provider, reply.model) == ("hello", "cohere", "c")
    assert asked.line == "POST /v2/chat HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json == {"model": "c", "messages": [{"role": "user", "content": "hi"}], "stream": False}


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(streamed(*EVENTS, DONE)) as server:
        ask(evolve(model(server), delivery="streamed"), backend, told)

    thoughts = [ReasoningDelta("I "), ReasoningDelta("plan."), ReasoningDelta("hm")]
    assert told.shown == [*thoughts, TextDelta("I"), TextDelta(" add")]


def test_a_refused_key_is_told_without_the_key(backend: str) -> None:
    with serving(refusing(f"no such key: {KEY}", "401 Unauthorized")) as server:
        assert failure(model(server), backend).kind == "auth"


def test_without_a_key_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CO_API_KEY", raising=False)
    monkeypatch.delenv("COHERE_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="CO_API_KEY, COHERE_API_KEY"):
        Cohere(model="c")
