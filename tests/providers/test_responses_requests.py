"""Requests of the Responses format."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.conversations import ME, MESSAGES
from tests.providers.responses_asked import as_list, as_object, sent
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import CallModel, OutputSpec, Prompt, Settings, ToolSpec
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
from typedagents.providers.formats.openai_responses import ResponsesProfile, encode
from typedagents.providers.formats.openai_responses.answer import reply_of

CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
"""An object without properties, as the strict mode wants it."""


def history(*said: tuple[str, Content]) -> list[object]:
    messages = Transcript([Message(sender, content) for sender, content in said])
    return as_list(sent(CallModel(messages, "me"))["input"])


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
        extra=(("truncation", '"auto"'),),
    )
    tool = ToolSpec("add", "adds", '{"type":"object"}')
    output = OutputSpec("o", '{"type":"object"}')
    request = CallModel(
        Transcript(), "me", instructions=Prompt("help"), tools=(tool,), output=output, settings=chosen
    )

    assert sent(request, stream=True, stateless=False) == {
        "model": "m",
        "input": [],
        "stream": True,
        "instructions": "help",
        "tools": [
            {
                "type": "function",
                "name": "add",
                "description": "adds",
                "parameters": {"type": "object"},
                "strict": False,
            }
        ],
        "text": {"format": {"type": "json_schema", "name": "o", "schema": CLOSED, "strict": True}},
        "temperature": 0.0,
        "top_p": 0.5,
        "max_output_tokens": 7,
        "reasoning": {"effort": "low"},
        "tool_choice": {"type": "function", "name": "add"},
        "parallel_tool_calls": False,
        "truncation": "auto",
    }
    assert sent(CallModel(Transcript(), "me"), stateless=False) == {"model": "m", "input": []}


def test_what_the_provider_writes_itself_is_no_extra() -> None:
    with pytest.raises(ConfigError, match="must not hold 'input'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=(("input", "[]"),))))


def test_a_query_stands_behind_the_path() -> None:
    profile = ResponsesProfile(query="api-version=1")

    assert encode(CallModel(Transcript(), "me"), profile, model="m", stream=False).path == (
        "/responses?api-version=1"
    )


def test_names_stand_before_words_where_several_others_speak() -> None:
    one = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert history(("you", "a"), ("me", "b")) == one
    assert history(("you", "a"), ("she", "c")) == [
        {"role": "user", "content": "you:\na"},
        {"role": "user", "content": "she:\nc"},
    ]


def test_calls_and_results() -> None:
    calls = (Text("I add."), ToolCall("1", "add", '{"a":1}'), ToolCall("2", "add", "["))
    shown = (Text("see"), Image(Inline(b"x", "image/png")))
    results = (ToolResult("2", "add", (Text("no"),), failed=True), ToolResult("1", "add", shown))

    assert history(("me", calls), ("you", results)) == [
        {"role": "assistant", "content": "I add."},
        {"type": "function_call", "call_id": "1", "name": "add", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "2", "name": "add", "arguments": "["},
        {
            "type": "function_call_output",
            "call_id": "1",
            "output": [
                {"type": "input_text", "text": "see"},
                {"type": "input_image", "image_url": "data:image/png;base64,eA==", "detail": "auto"},
            ],
        },
        {"type": "function_call_output", "call_id": "2", "output": "no"},
    ]


def test_media_have_their_parts_or_are_named() -> None:
    parts = (
        Image(Link("https://x/y.png"), "low"),
        File(Inline(b"%PDF", "application/pdf")),
        File(Link("https://x/z.pdf")),
        Audio(Inline(b"x", "audio/mpeg")),
        Audio(Link("https://x/a.wav")),
    )

    assert history(("you", parts), ("me", (parts[0], Refusal("no")))) == [
        {
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
                {
                    "type": "input_file",
                    "filename": "file",
                    "file_data": "data:application/pdf;base64,JVBERg==",
                },
                {"type": "input_file", "file_url": "https://x/z.pdf"},
                {"type": "input_text", "text": "[audio]"},
                {"type": "input_text", "text": "[audio at https://x/a.wav]"},
            ],
        },
        {"role": "assistant", "content": "[image at https://x/y.png]"},
        {"role": "assistant", "content": "no"},
    ]


def test_the_service_s_own_items_go_back_to_it_where_it_can_read_them() -> None:
    said = (
        Reasoning("hm", Opaque("here", "item", '{"type":"reasoning","encrypted_content":"x"}')),
        Reasoning("stored", Opaque("here", "item", '{"type":"reasoning","id":"rs"}')),
        Reasoning("plain"),
        Opaque("here", "item", '{"type":"web_search_call"}'),
        Opaque("elsewhere", "item", "{}"),
        Text("so"),
    )

    assert history(("me", said)) == [
        {"type": "reasoning", "encrypted_content": "x"},
        {"type": "web_search_call"},
        {"role": "assistant", "content": "so"},
    ]


def test_what_was_said_on_the_way_is_told_as_such_to_who_said_so() -> None:
    item = {"type": "message", "role": "assistant", "phase": "commentary"}
    texts = [{"type": "output_text", "text": "I look."}, {"type": "output_text", "text": ""}]
    final = {**item, "phase": "final_answer", "content": [{"type": "refusal", "refusal": "no"}]}
    own = (*reply_of({}, [{**item, "content": texts}, final], "here").parts, Text("so"))
    others = reply_of({}, [{**item, "content": texts}], "elsewhere").parts

    assert history(("me", own)) == [
        {"role": "assistant", "content": "I look.", "phase": "commentary"},
        {"role": "assistant", "content": "no", "phase": "final_answer"},
        {"role": "assistant", "content": "so"},
    ]
    assert history(("me", others)) == [{"role": "assistant", "content": "I look."}]


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_was_said_each_call_has_its_result(messages: list[Message]) -> None:
    inputs = [as_object(item) for item in as_list(sent(CallModel(Transcript(messages), ME))["input"])]

    due: list[object] = []
    for item in inputs:
        if item.get("type") == "function_call":
            due.append(item["call_id"])
        elif item.get("type") == "function_call_output":
            assert due.pop(0) == item["call_id"]
        else:
            assert due == [] or item.get("role") == "assistant"
    assert due == []
