"""Requests of Cohere's chat format."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.conversations import ADD, ME, MESSAGES, SUB
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import (
    CallModel,
    OutputSpec,
    Prompt,
    Settings,
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
from typedagents.providers.formats.cohere_chat import COHERE, encode


def sent(request: CallModel, *, stream: bool = False) -> dict[str, object]:
    body = encode(request, COHERE, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


def history(*said: tuple[str, Content]) -> list[dict[str, object]]:
    messages = Transcript([Message(sender, content) for sender, content in said])
    return msgspec.convert(sent(CallModel(messages, "me"))["messages"], list[dict[str, object]])


def test_every_setting_has_its_field() -> None:
    chosen = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        seed=1,
        stop=("END",),
        reasoning_effort="low",
        tool_choice="required",
        extra=(("safety_mode", '"OFF"'),),
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
        "strict_tools": True,
        "tool_choice": "REQUIRED",
        "response_format": {"type": "json_object", "json_schema": {"type": "object"}},
        "thinking": {"type": "enabled"},
        "temperature": 0.0,
        "p": 0.5,
        "max_tokens": 7,
        "seed": 1,
        "stop_sequences": ["END"],
        "safety_mode": "OFF",
    }
    plain = CallModel(Transcript(), "me", settings=Settings(reasoning_effort="none", tool_choice="required"))
    assert sent(plain) == {"model": "m", "messages": [], "stream": False, "thinking": {"type": "disabled"}}


def test_what_the_provider_writes_itself_is_no_extra() -> None:
    with pytest.raises(ConfigError, match="must not hold 'tools'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=(("tools", "[]"),))))


@pytest.mark.parametrize(
    ("choice", "word", "shown"),
    [
        (None, None, ["add", "sub"]),
        ("auto", None, ["add", "sub"]),
        ("none", "NONE", ["add", "sub"]),
        ("sub", "REQUIRED", ["sub"]),
    ],
)
def test_a_tool_that_must_be_called_is_the_only_one_shown(
    choice: str | None, word: str | None, shown: list[str]
) -> None:
    body = sent(CallModel(Transcript(), "me", tools=(ADD, SUB), settings=Settings(tool_choice=choice)))

    tools = msgspec.convert(body["tools"], list[dict[str, object]])
    assert [msgspec.convert(tool["function"], dict[str, object])["name"] for tool in tools] == shown
    assert body.get("tool_choice") == word


def test_pictures_have_their_place_and_other_media_are_named() -> None:
    parts = (Text("look"), Image(Link("https://x/y"), "low"), Image(Inline(b"x", "image/png")))

    assert history(("you", (*parts, File(Inline(b"", "")))), ("me", (parts[1], Refusal("no")))) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "https://x/y", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}},
                {"type": "text", "text": "[file]"},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "[image at https://x/y]"}, {"type": "text", "text": "no"}],
        },
    ]


def test_names_stand_before_words_where_several_others_speak() -> None:
    assert [one["content"] for one in history(("you", "a"), ("she", "b"))] == ["you:\na", "she:\nb"]
    assert history(("you", "a"), ("me", ""))[0]["content"] == "a"


def test_calls_thoughts_and_results() -> None:
    said = (
        Reasoning("I plan.", Opaque("cohere", "field", '"tool_plan"')),
        Reasoning("hm", Opaque("cohere", "field", '"thinking"')),
        Reasoning("theirs", Opaque("x", "field", '"tool_plan"')),
        Opaque("cohere", "block", '{"type":"new"}'),
        Opaque("x", "block", "{}"),
        Text("so"),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall("c2", "add", "[]"),
    )
    results = (ToolResult("c1", "add", (Text("3"),)), ToolResult("c2", "add", (Text("no"),), failed=True))

    assert history(("you", "go"), ("me", said), ("you", results))[1:] == [
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "new"},
                {"type": "text", "text": "so"},
            ],
            "tool_plan": "I plan.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}},
                {
                    "id": "c2",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"not_an_object":"[]"}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "3"},
        {"role": "tool", "tool_call_id": "c2", "content": "no"},
    ]
    assert history(("you", "go"), ("me", said[:6]), ("you", "well?"))[1] == {
        "role": "assistant",
        "content": [{"type": "new"}, {"type": "text", "text": "so"}],
    }
    assert history(("you", "go"), ("me", ToolCall("c", "add")))[1] == {
        "role": "assistant",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
    }


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
        assert calls or "content" in message
        due = [call["id"] for call in calls]
    assert due == []
