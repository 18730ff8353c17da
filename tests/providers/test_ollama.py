"""Ollama's own format: requests, answers whole and in lines, and the provider against a server on this machine."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.conversations import ME, MESSAGES
from tests.providers.loopback import Answer, Loopback, refusing, serving, whole
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import (
    CallModel,
    ModelReply,
    OutputSpec,
    Prompt,
    ReasoningDelta,
    Settings,
    TextDelta,
    ToolSpec,
)
from typedagents.core.parts import (
    File,
    Image,
    Inline,
    Link,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.core.usage import Usage
from typedagents.providers import Ollama
from typedagents.providers.formats.ollama_chat import OLLAMA, StreamDecoder, decode, encode

ADD = ToolSpec("add", "adds", '{"type":"object"}')
SUB = ToolSpec("sub", "", "{}")


def sent(request: CallModel, *, stream: bool = False) -> dict[str, object]:
    body = encode(request, OLLAMA, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


def history(*said: tuple[str, Content]) -> list[dict[str, object]]:
    messages = Transcript([Message(sender, content) for sender, content in said])
    return msgspec.convert(sent(CallModel(messages, "me"))["messages"], list[dict[str, object]])


def tools_of(choice: str | None) -> object:
    request = CallModel(Transcript(), "me", tools=(ADD, SUB), settings=Settings(tool_choice=choice))
    shown = msgspec.convert(sent(request).get("tools", []), list[dict[str, object]])
    return [msgspec.convert(tool["function"], dict[str, object])["name"] for tool in shown]


def test_every_setting_has_its_field() -> None:
    chosen = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        seed=1,
        stop=("END",),
        reasoning_effort="low",
        extra=(("num_ctx", "8192"), ("keep_alive", '"5m"')),
    )
    output = OutputSpec("o", '{"type":"object"}')
    request = CallModel(
        Transcript(), "me", instructions=Prompt("help"), tools=(ADD,), output=output, settings=chosen
    )

    assert sent(request, stream=True) == {
        "model": "m",
        "messages": [{"role": "system", "content": "help"}],
        "stream": True,
        "tools": [
            {
                "type": "function",
                "function": {"name": "add", "description": "adds", "parameters": {"type": "object"}},
            }
        ],
        "format": {"type": "object"},
        "think": "low",
        "keep_alive": "5m",
        "options": {
            "temperature": 0.0,
            "top_p": 0.5,
            "num_predict": 7,
            "seed": 1,
            "stop": ["END"],
            "num_ctx": 8192,
        },
    }
    assert sent(CallModel(Transcript(), "me", settings=Settings(reasoning_effort="none"))) == {
        "model": "m",
        "messages": [],
        "stream": False,
        "think": False,
    }


@pytest.mark.parametrize("name", ["messages", "options"])
def test_what_the_provider_writes_itself_is_no_extra(name: str) -> None:
    with pytest.raises(ConfigError, match=f"must not hold '{name}'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=((name, "[]"),))))


def test_a_choice_of_tools_is_a_choice_of_what_is_shown() -> None:
    assert tools_of(None) == tools_of("auto") == tools_of("required") == ["add", "sub"]
    assert (tools_of("add"), tools_of("none")) == (["add"], [])


def test_pictures_stand_beside_words_and_other_media_are_named() -> None:
    parts = (
        Text("look"),
        Image(Inline(b"x", "image/png")),
        Image(Link("https://x/y")),
        File(Inline(b"", "")),
    )

    assert history(("you", parts), ("me", (parts[1], Refusal("no")))) == [
        {"role": "user", "content": "look\n[image at https://x/y]\n[file]", "images": ["eA=="]},
        {"role": "assistant", "content": "[image]\nno"},
    ]


def test_names_stand_before_words_where_several_others_speak() -> None:
    assert [one["content"] for one in history(("you", "a"), ("she", "b"), ("me", "c"))] == [
        "you:\na",
        "she:\nb",
        "c",
    ]
    assert history(("you", "a"))[0]["content"] == "a"


def test_calls_thoughts_and_results() -> None:
    own = Reasoning("hm", Opaque("ollama", "field", '"thinking"'))
    calls = (own, Reasoning("theirs", Opaque("x", "field", '"thinking"')), ToolCall("c1", "add", '{"a":1}'))
    wrong = ToolCall("c2", "add", "[]")
    shown = ToolResult("c1", "add", (Text("3"), Image(Inline(b"x", "image/png"))))
    results = (shown, ToolResult("c2", "add", (Text("no"),), failed=True))

    assert history(("you", "go"), ("me", (*calls, wrong)), ("you", results))[1:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "hm",
            "tool_calls": [
                {"id": "c1", "function": {"name": "add", "arguments": {"a": 1}}},
                {"id": "c2", "function": {"name": "add", "arguments": {"not_an_object": "[]"}}},
            ],
        },
        {"role": "tool", "tool_name": "add", "tool_call_id": "c1", "content": "3"},
        {"role": "tool", "tool_name": "add", "tool_call_id": "c2", "content": "no"},
        {"role": "user", "content": "", "images": ["eA=="]},
    ]
    assert "thinking" not in history(("you", "go"), ("me", (own, Text("so"))))[1]


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_was_said_each_call_has_its_result(messages: list[Message]) -> None:
    told = msgspec.convert(sent(CallModel(Transcript(messages), ME))["messages"], list[dict[str, object]])

    due: list[object] = []
    for message in told:
        if message["role"] == "tool":
            assert due.pop(0) == message["tool_call_id"]
            continue
        assert due == []
        calls = msgspec.convert(message.get("tool_calls", []), list[dict[str, object]])
        due = [call["id"] for call in calls]
    assert due == []


# --- answers ----------------------------------------------------------------------------------------------------


def line(text: str = "", **more: object) -> dict[str, object]:
    return {"model": "o", "created_at": "T", "message": {"role": "assistant", "content": text}, **more}


CALL = {"function": {"name": "add", "arguments": {"a": 1}}}
LINES: list[dict[str, object]] = [
    {**line(), "message": {"role": "assistant", "content": "", "thinking": "hm"}},
    line("I "),
    line("add"),
    {**line(), "message": {"tool_calls": [{**CALL, "id": "c1"}, CALL], "images": ["eA==", "?"]}},
    line(done=True, done_reason="stop", prompt_eval_count=5, eval_count=3),
]


def streamed(*lines: Mapping[str, object], end: bytes = b"\n") -> ModelReply | ProviderError:
    decoder = StreamDecoder("ollama", "it")
    decoder.feed(end.join(msgspec.json.encode(one) for one in lines))
    return decoder.finish()


def answered(body: Mapping[str, object], status: int = 200) -> ModelReply | ProviderError:
    return decode(status, (), msgspec.json.encode(body), asked="it")


def test_lines_come_to_a_reply() -> None:
    reply = streamed(*LINES)

    assert isinstance(reply, ModelReply)
    made = reply.parts[-1]
    assert isinstance(made, ToolCall)
    assert reply.parts == (
        Reasoning("hm", Opaque("ollama", "field", '"thinking"')),
        Text("I add"),
        Image(Inline(b"x", "image/png")),
        Opaque("ollama", "image", '"?"'),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall(made.id, "add", '{"a":1}'),
    )
    assert (len(made.id), reply.finish, reply.raw_finish, reply.model) == (9, "tool_calls", "stop", "o")
    assert reply.usage == Usage(fresh_input=5, output=3)


@pytest.mark.parametrize(("raw", "finish"), [("stop", "stop"), ("length", "length"), ("load", "other")])
def test_what_an_answer_ended_with(raw: str, finish: str) -> None:
    said = line("x", done=True, done_reason=raw)
    for reply in (answered(said), streamed(said), streamed(line("x"), line(done=True, done_reason=raw))):
        assert isinstance(reply, ModelReply)
        assert (reply.finish, reply.raw_finish, reply.usage) == (finish, raw, None)


@pytest.mark.parametrize(
    ("answer", "kind", "partial"),
    [
        ([line("Hel")], "stream_incomplete", "Hel"),
        ([line("Hel"), {"error": "out of memory"}], "server", "Hel"),
        ([{"answer": 42}], "protocol", ""),
        ([], "stream_incomplete", ""),
    ],
)
def test_what_breaks_off_says_what_came_before(
    answer: list[dict[str, object]], kind: str, partial: str
) -> None:
    error = streamed(*answer)

    assert isinstance(error, ProviderError)
    assert (error.kind, error.facts.get("partial", "")) == (kind, partial)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"error": "model 'x' not found"}, "not_found"),
        (200, {"error": "it fell over"}, "server"),
        (200, line("Hel"), "stream_incomplete"),
        (200, {"answer": 42}, "protocol"),
    ],
)
def test_an_answer_that_is_no_reply_has_its_kind(status: int, body: dict[str, object], kind: str) -> None:
    error = answered(body, status)

    assert isinstance(error, ProviderError)
    assert error.kind == kind


def test_nothing_is_read_behind_the_last_line() -> None:
    reply = streamed(line("x"), line(done=True), {"error": "late"})

    assert isinstance(reply, ModelReply)
    assert reply.text == "x"


# --- the provider -----------------------------------------------------------------------------------------------


def model(server: Loopback) -> Ollama:
    return Ollama(model="o", base_url=server.url.removesuffix("/v1"))


def in_lines(*lines: Mapping[str, object]) -> Answer:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    texts = [msgspec.json.encode(one) + b"\n" for one in lines]
    return Answer((head, *(b"%x\r\n%s\r\n" % (len(text), text) for text in texts), b"0\r\n\r\n"))


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole(line("hello", done=True))) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (reply.text, reply.provider) == ("hello", "ollama")
    assert asked.line == "POST /api/chat HTTP/1.1"
    assert asked.json == {"model": "o", "messages": [{"role": "user", "content": "hi"}], "stream": False}
    assert "authorization" not in asked.headers


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(in_lines(*LINES)) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)

    assert reply.text == "I add"
    assert told.shown == [ReasoningDelta("hm"), TextDelta("I "), TextDelta("add")]


def test_its_cloud_wants_a_key(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="OLLAMA_API_KEY"):
        Ollama(model="o", base_url="https://ollama.com")
    with serving(refusing(f"no such key: {KEY}", "401 Unauthorized")) as server:
        assert failure(evolve(model(server), api_key=KEY), backend).kind == "auth"
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
