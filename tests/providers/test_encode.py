"""Requests of the chat-completions format."""

from __future__ import annotations

import msgspec
import pytest

from tests.providers.recorded import CORPUS, DATA, MISSING, corpus, exchanges
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Link,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.providers.formats.openai_chat import COMPATIBLE, OPENAI, PROFILES, Profile, decode, encode
from typedagents.providers.formats.openai_chat.profile import SpeakerNames
from typedagents.providers.recording import Exchange

HERE = Profile(provider="here")


CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
"""An object without properties, as the strict mode wants it."""


def sent(request: CallModel, profile: Profile = COMPATIBLE, *, stream: bool = False) -> dict[str, object]:
    return msgspec.json.decode(
        encode(request, profile, model="m", stream=stream).body, type=dict[str, object]
    )


def history(*said: tuple[str, Content], profile: Profile = HERE) -> object:
    messages = [Message(sender, content) for sender, content in said]
    return sent(CallModel(Transcript(messages), "me"), profile)["messages"]


def test_a_request_says_what_was_asked_and_no_more() -> None:
    request = CallModel(Transcript([Message("you", "hi")]), "me", instructions=Prompt("help"))

    assert sent(request) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "help"},
            {"role": "user", "content": "hi", "name": "you"},
        ],
    }


def test_every_setting_has_its_field() -> None:
    settings = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        seed=1,
        stop=("END",),
        reasoning_effort="low",
        tool_choice="add",
        parallel_tool_calls=False,
        extra=(("logit_bias", '{"5":1}'),),
    )
    tool = ToolSpec("add", "adds", '{"type":"object"}', strict=True)
    request = CallModel(
        Transcript(), "me", tools=(tool,), output=OutputSpec("o", '{"type":"object"}'), settings=settings
    )

    assert sent(request, stream=True) == {
        "model": "m",
        "messages": [],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "add",
                    "description": "adds",
                    "parameters": CLOSED,
                    "strict": True,
                },
            }
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "o", "schema": CLOSED, "strict": True},
        },
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 7,
        "seed": 1,
        "stop": ["END"],
        "reasoning_effort": "low",
        "tool_choice": {"type": "function", "function": {"name": "add"}},
        "parallel_tool_calls": False,
        "logit_bias": {"5": 1},
    }


@pytest.mark.parametrize(("profile", "name"), [(OPENAI, "max_completion_tokens"), (COMPATIBLE, "max_tokens")])
def test_the_limit_on_tokens_has_the_servers_name(profile: Profile, name: str) -> None:
    assert sent(CallModel(Transcript(), "me", settings=Settings(max_tokens=5)), profile)[name] == 5


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_general_tool_choices_are_words(choice: str) -> None:
    assert choice == sent(CallModel(Transcript(), "me", settings=Settings(tool_choice=choice)))["tool_choice"]


def test_the_path_may_hold_a_query() -> None:
    profile = Profile(query="api-version=1")

    assert (
        encode(CallModel(Transcript(), "me"), profile, model="m", stream=False).path
        == "/chat/completions?api-version=1"
    )


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (CallModel(Transcript(), "me", tools=(ToolSpec("add", "", "{"),)), "the parameters of tool 'add'"),
        (CallModel(Transcript(), "me", output=OutputSpec("o", "nope")), "the schema of output 'o'"),
        (CallModel(Transcript(), "me", settings=Settings(extra=(("x", ""),))), r"settings.extra\['x'\]"),
        (CallModel(Transcript(), "me", settings=Settings(extra=(("messages", "[]"),))), "'messages'"),
    ],
)
def test_what_would_break_the_body_is_refused(request_: CallModel, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        encode(request_, COMPATIBLE, model="m", stream=False)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("field", {"role": "user", "content": "hi", "name": "a_b_"}),
        ("prefix", {"role": "user", "content": "a b|:\nhi"}),
        ("none", {"role": "user", "content": "hi"}),
    ],
)
def test_other_speakers_are_named_as_the_server_wants(names: SpeakerNames, expected: object) -> None:
    assert [expected] == history(("a b|", "hi"), profile=Profile(names=names))


def test_media_are_shown_to_models_and_named_where_a_model_said_them() -> None:
    picture, file = Image(Inline(b"\x01", "image/png"), "low"), File(Inline(b"x", ""), "f.bin")
    sound, song = Audio(Inline(b"\x02", "audio/wav")), Audio(Inline(b"\x02", "audio/mpeg"))
    link, linked = Image(Link("https://x/y.png")), File(Link("https://x/z.pdf"))

    assert history(
        ("you", (Text("see"), picture, file, sound, song, link, linked)), ("me", (Text("mine"), link))
    ) == [
        {
            "role": "user",
            "name": "you",
            "content": [
                {"type": "text", "text": "see"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQ==", "detail": "low"}},
                {
                    "type": "file",
                    "file": {"filename": "f.bin", "file_data": "data:application/octet-stream;base64,eA=="},
                },
                {"type": "input_audio", "input_audio": {"data": "Ag==", "format": "wav"}},
                {"type": "input_audio", "input_audio": {"data": "Ag==", "format": "mp3"}},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "text", "text": "[file at https://x/z.pdf]"},
            ],
        },
        {"role": "assistant", "content": "mine\n[image at https://x/y.png]"},
    ]


def test_media_in_results_follow_when_all_results_are_told() -> None:
    one, two = ToolCall("1", "look"), ToolCall("2", "look")
    seen = ToolResult("1", "look", (Image(Link("https://x/y.png")),))
    blank = ToolResult("2", "look", (Text("nothing"),))
    calls = [
        {"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}} for id in ("1", "2")
    ]

    assert [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "1", "content": "(see below)"},
        {"role": "tool", "tool_call_id": "2", "content": "nothing"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
    ] == history(("me", (one, two)), ("t", (seen, blank)))


def arguments_sent(call: ToolCall) -> object:
    messages = history(("me", call))
    return messages[0]["tool_calls"][0]["function"]["arguments"] if isinstance(messages, list) else None


@pytest.mark.parametrize("written", ['{"a":', "[1]", "word"])
def test_arguments_that_are_no_object_are_quoted(written: str) -> None:
    assert msgspec.json.encode({"not_an_object": written}).decode() == arguments_sent(
        ToolCall("1", "f", written)
    )


def test_thoughts_go_back_beside_calls_in_the_field_they_came_in() -> None:
    named = Opaque("here", "field", '"reasoning_content"')
    thought, elsewhere = Reasoning("hm", named), Reasoning("hm", Opaque("there", "field", '"reasoning"'))
    call = ToolCall("1", "f")

    assert [
        first(history(("me", (part, call)))).get("reasoning_content") for part in (thought, elsewhere)
    ] == ["hm", None]
    assert "reasoning_content" not in first(history(("me", (thought, Text("x")))))
    always, never = (
        Profile(provider="here", reasoning_back="always"),
        Profile(provider="here", reasoning_back="never"),
    )
    assert first(history(("me", (thought, Text("x"))), profile=always))["reasoning_content"] == "hm"
    assert "reasoning_content" not in first(history(("me", (thought, call)), profile=never))


def first(messages: object) -> dict[str, object]:
    assert isinstance(messages, list)
    return msgspec.convert(messages[0], dict[str, object])


def test_a_servers_own_state_goes_back_to_it_only() -> None:
    state = Opaque("here", "extra_content", '{"s":1}')
    parts = (Text("x"), state, Opaque("here", "annotations", "[]"), ToolCall("1", "f", "{}", state=state))

    own, other = first(history(("me", parts))), first(history(("me", parts), profile=COMPATIBLE))
    assert (own["extra_content"], other.get("extra_content")) == ({"s": 1}, None)
    assert ["extra_content" in str(message["tool_calls"]) for message in (own, other)] == [True, False]
    assert "annotations" not in own


class Function(msgspec.Struct):
    """What is called."""

    name: str = ""


class Called(msgspec.Struct):
    """A call as it is written."""

    id: str
    function: Function | None = None
    custom: dict[str, str] | None = None


class Spoken(msgspec.Struct):
    """A model's message as it is written."""

    tool_calls: list[Called] | None = None
    function_call: object = None
    reasoning_details: object = None
    extra_content: object = None
    thought_signature: object = None


class Choice(msgspec.Struct):
    """One answer."""

    message: Spoken


class Body(msgspec.Struct):
    """A whole answer."""

    choices: list[Choice]


def returned(exchange: Exchange) -> None:
    """What a server said goes back to it as it came: ids, calls, its own state."""
    message = msgspec.json.decode(exchange.body, type=Body).choices[0].message
    answer = decode(200, exchange.headers, exchange.body, provider="here")
    assert isinstance(answer, ModelReply)
    if not any(isinstance(part, Text | ToolCall) for part in answer.parts):
        return
    back = msgspec.convert(first(history(("me", answer.parts))), Spoken)
    assert message.reasoning_details in (None, [], back.reasoning_details), exchange.id
    assert message.extra_content in (None, back.extra_content), exchange.id
    assert message.thought_signature in (None, back.thought_signature), exchange.id
    meant = [call for call in message.tool_calls or () if call.function is None or call.function.name]
    if not message.function_call:
        for call, again in zip(meant, back.tool_calls or (), strict=True):
            assert call.id in ("", again.id), exchange.id
            assert call.custom == again.custom, exchange.id
            assert call.function is None or call.function.name == getattr(again.function, "name", None), (
                exchange.id
            )


@pytest.mark.parametrize(
    "exchange", [e for e in exchanges(DATA / "excerpt.jsonl") if not e.stream and e.response.status == 200]
)
def test_what_a_server_said_goes_back_as_it_came(exchange: Exchange) -> None:
    returned(exchange)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_what_any_server_of_the_corpus_said_goes_back_as_it_came() -> None:
    whole = [exchange for exchange in corpus() if not exchange.stream and exchange.response.status == 200]
    for exchange in whole:
        returned(exchange)

    assert len(whole) > 250


def test_thoughts_that_came_as_content_go_back_so() -> None:
    named = Opaque("mistral", "field", '"content"')
    thought = Reasoning("hm", named)
    said = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}

    assert first(history(("me", (thought, Text("x"))), profile=PROFILES["mistral"]))["content"] == [
        said,
        {"type": "text", "text": "x"},
    ]
    called = first(history(("me", (thought, ToolCall("c", "add"))), profile=PROFILES["mistral"]))
    assert called["content"] == [said]
    assert called["tool_calls"]
    assert first(history(("me", (thought, Text("x")))))["content"] == "x"
