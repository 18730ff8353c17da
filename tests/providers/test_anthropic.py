"""Requests of the Messages format, and the provider against a server on this machine."""

from __future__ import annotations

import msgspec
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.anthropic_said import PARTS, STREAM, WHOLE, as_list, own, sent, user
from tests.providers.asking import KEY, REQUEST, Told, ask, failure
from tests.providers.conversations import ME, MESSAGES
from tests.providers.loopback import Loopback, refusing, serving, streamed, whole
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import (
    CallModel,
    OutputSpec,
    Prompt,
    ReasoningDelta,
    Settings,
    TextDelta,
    ToolSpec,
)
from typedagents.core.parts import (
    Audio,
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
from typedagents.providers import AnthropicMessages
from typedagents.providers.formats.anthropic_messages import ANTHROPIC, encode

CLOSED = {"type": "object", "properties": {}, "additionalProperties": False}
"""An object without properties, as the strict mode wants it."""


def history(*said: tuple[str, Content]) -> object:
    return sent(CallModel(Transcript([Message(sender, content) for sender, content in said]), "me"))[
        "messages"
    ]


def test_every_setting_has_its_field() -> None:
    chosen = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        seed=1,
        stop=("END",),
        reasoning_effort="low",
        tool_choice="add",
        parallel_tool_calls=False,
        extra=(("top_k", "5"),),
    )
    tool = ToolSpec("add", "adds", '{"type":"object"}', strict=True)
    output = OutputSpec("o", '{"type":"object"}')
    request = CallModel(
        Transcript(), "me", instructions=Prompt("help"), tools=(tool,), output=output, settings=chosen
    )

    assert sent(request, stream=True) == {
        "model": "m",
        "messages": [user("(The conversation begins.)")],
        "max_tokens": 7,
        "stream": True,
        "system": "help",
        "tools": [{"name": "add", "description": "adds", "input_schema": CLOSED, "strict": True}],
        "temperature": 0.0,
        "top_p": 0.5,
        "stop_sequences": ["END"],
        "tool_choice": {"type": "tool", "name": "add", "disable_parallel_tool_use": True},
        "output_config": {
            "effort": "low",
            "format": {"type": "json_schema", "schema": CLOSED},
        },
        "top_k": 5,
    }


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        ("auto", None, {"type": "auto"}),
        (None, True, {"type": "auto", "disable_parallel_tool_use": False}),
        ("required", None, {"type": "any"}),
        ("none", True, {"type": "none"}),
    ],
)
def test_what_tools_may_be_chosen(choice: str | None, *, parallel: bool | None, expected: object) -> None:
    tools = (ToolSpec("add", "adds", "{}"),)
    asked = Settings(tool_choice=choice, parallel_tool_calls=parallel)

    assert sent(CallModel(Transcript(), "me", tools=tools, settings=asked)).get("tool_choice") == expected
    assert "tool_choice" not in sent(CallModel(Transcript(), "me", settings=asked))


def test_what_the_provider_writes_itself_is_no_extra() -> None:
    with pytest.raises(ConfigError, match="must not hold 'system'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=(("system", '"x"'),))))
    with pytest.raises(ConfigError, match="must be JSON text"):
        sent(CallModel(Transcript(), "me", tools=(ToolSpec("t", "", "{"),)))


def test_roles_alternate_and_a_user_begins_and_ends() -> None:
    assert history(("me", "hi"), ("me", "there")) == [
        user("(The conversation begins.)"),
        own("hi", "there"),
        user("(Go on.)"),
    ]
    assert history(("you", "a"), ("you", "b")) == [user("a", "b")]


def test_names_stand_before_words_where_several_others_speak() -> None:
    assert history(("you", "a"), ("me", "b"), ("you", "c")) == [user("a"), own("b"), user("c")]
    assert history(("you", "a"), ("me", "b"), ("she", "c")) == [
        user("you:", "a"),
        own("b"),
        user("she:", "c"),
    ]


def test_results_follow_their_calls_before_any_words() -> None:
    calls = (Text("I add."), ToolCall("1", "add", '{"a":1}'), ToolCall("2", "add", "[]"))
    shown = (Text("see"), Image(Inline(b"x", "image/png")))
    results = (
        ToolResult("2", "add", (Text("no"),), failed=True),
        ToolResult("1", "add", shown),
    )

    assert history(("you", "go"), ("me", calls), ("you", (*results, Text("well?")))) == [
        user("go"),
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I add."},
                {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}},
                {"type": "tool_use", "id": "2", "name": "add", "input": {"not_an_object": "[]"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "1",
                    "content": [
                        {"type": "text", "text": "see"},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "eA=="},
                        },
                    ],
                },
                {"type": "tool_result", "tool_use_id": "2", "content": "no", "is_error": True},
                {"type": "text", "text": "well?"},
            ],
        },
    ]


def test_media_have_their_blocks_or_are_named() -> None:
    parts = (
        Image(Link("https://x/y.png")),
        File(Inline(b"%PDF", "application/pdf"), "a.pdf"),
        File(Inline("é".encode(), "text/markdown")),
        File(Link("https://x/z.pdf")),
        Audio(Inline(b"x", "audio/wav")),
        Text(" "),
    )

    assert history(("you", parts)) == [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                    "title": "a.pdf",
                },
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "é"}},
                {"type": "document", "source": {"type": "url", "url": "https://x/z.pdf"}},
                {"type": "text", "text": "[audio]"},
            ],
        }
    ]
    assert history(("me", (Image(Link("https://x/y.png")), Refusal("no")))) == [
        user("(The conversation begins.)"),
        own("[image at https://x/y.png]", "no"),
        user("(Go on.)"),
    ]


def test_thoughts_and_the_service_s_own_blocks_go_back_to_it_and_to_nobody_else() -> None:
    foreign = (Reasoning("theirs", Opaque("elsewhere", "block", "{}")), Opaque("elsewhere", "block", "{}"))
    results = tuple(ToolResult(call, "add", ()) for call in ("t1", "t2"))
    messages = history(("you", "hi"), ("me", (*foreign, Reasoning("plain"), *PARTS)), ("you", results))

    assert as_list(messages)[1] == {"role": "assistant", "content": WHOLE["content"]}


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_was_said_a_request_is_well_formed(messages: list[Message]) -> None:
    body = sent(CallModel(Transcript(messages), ME))
    told = [msgspec.convert(message, dict[str, object]) for message in as_list(body["messages"])]

    roles = [message["role"] for message in told]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    due: list[object] = []
    for message in told:
        blocks = [msgspec.convert(block, dict[str, object]) for block in as_list(message["content"])]
        assert blocks
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        assert answered == due
        assert [block["type"] for block in blocks[: len(due)]] == ["tool_result"] * len(due)
        assert all(block["type"] != "text" or str(block["text"]).strip() for block in blocks)
        due = [block["id"] for block in blocks if block["type"] == "tool_use"]
    assert due == []


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=8), st.lists(MESSAGES, max_size=4))
def test_what_grows_message_by_message_is_what_is_made_at_once(
    first: list[Message], more: list[Message]
) -> None:
    grown = Transcript(first)
    sent(CallModel(grown, ME))
    for message in more:
        grown = grown.append(message)
        sent(CallModel(grown, ME))

    assert sent(CallModel(grown, ME)) == sent(CallModel(Transcript([*first, *more]), ME))


# --- the provider -----------------------------------------------------------------------------------------------


def model(server: Loopback) -> AnthropicMessages:
    base = server.url.removesuffix("/v1")
    return AnthropicMessages(model="m", base_url=base, api_key=KEY)


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole(WHOLE)) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert reply.parts == PARTS
    assert asked.line == "POST /v1/messages HTTP/1.1"
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == (KEY, "2023-06-01")
    assert asked.json["messages"] == [user("hi")]


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(streamed(*STREAM, end=False)) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)
        asked = server.asked[0]

    assert reply.parts == PARTS
    assert told.shown == [ReasoningDelta("hm"), TextDelta("I "), TextDelta("add.")]
    assert asked.json["stream"] is True


def test_a_refused_key_is_told_without_the_key(backend: str) -> None:
    with serving(refusing(f"invalid x-api-key {KEY}", "401 Unauthorized")) as server:
        error = failure(model(server), backend)

    assert error.kind == "auth"


def test_features_are_asked_for_by_name() -> None:
    features = evolve(ANTHROPIC, features=("a-1", "b-2"))

    assert ("anthropic-beta", "a-1,b-2") in encode(REQUEST, features, model="m", stream=False).headers


def test_without_a_key_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        AnthropicMessages(model="m")

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    assert KEY not in repr(AnthropicMessages(model="m"))
