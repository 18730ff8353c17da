"""Requests of the chat-completions format."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from tests.providers.recorded import CORPUS, DATA, MISSING, Exchange, corpus, exchanges
from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.message import Content, Message
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import Audio, File, Image, Inline, Link, Opaque, Reasoning, Text, ToolCall, ToolResult
from typedagents.providers.openai_chat import COMPATIBLE, OPENAI, Profile, decode, encode

HERE = Profile(provider="here")


def sent(request: CallModel, profile: Profile = COMPATIBLE, *, stream: bool = False) -> dict[str, object]:
    return msgspec.json.decode(encode(request, profile, model="m", stream=stream).body, type=dict[str, object])


def history(*said: tuple[str, Content], profile: Profile = HERE) -> object:
    messages = [Message(sender, content) for sender, content in said]
    return sent(CallModel(Transcript(messages), "me"), profile)["messages"]


def test_a_request_says_what_was_asked_and_no_more() -> None:
    request = CallModel(Transcript([Message("you", "hi")]), "me", instructions=Prompt("help"))

    assert {
        "model": "m",
        "messages": [
            {"role": "system", "content": "help"},
            {"role": "user", "content": "hi", "name": "you"},
        ],
    } == sent(request)


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
    request = CallModel(Transcript(), "me", tools=(tool,), output=OutputSpec("o", '{"type":"object"}'), settings=settings)

    assert {
        "model": "m",
        "messages": [],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {"name": "add", "description": "adds", "parameters": {"type": "object"}, "strict": True},
            }
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "o", "schema": {"type": "object"}, "strict": True},
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
    } == sent(request, stream=True)


@pytest.mark.parametrize(("profile", "name"), [(OPENAI, "max_completion_tokens"), (COMPATIBLE, "max_tokens")])
def test_the_limit_on_tokens_has_the_servers_name(profile: Profile, name: str) -> None:
    assert 5 == sent(CallModel(Transcript(), "me", settings=Settings(max_tokens=5)), profile)[name]


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_general_tool_choices_are_words(choice: str) -> None:
    assert choice == sent(CallModel(Transcript(), "me", settings=Settings(tool_choice=choice)))["tool_choice"]


def test_the_path_may_hold_a_query() -> None:
    profile = Profile(query="api-version=1")

    assert encode(CallModel(Transcript(), "me"), profile, model="m", stream=False).path == "/chat/completions?api-version=1"


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
def test_other_speakers_are_named_as_the_server_wants(names: str, expected: object) -> None:
    profile = msgspec.convert({"names": names}, Profile)

    assert [expected] == history(("a b|", "hi"), profile=profile)


def test_media_are_shown_to_models_and_named_where_a_model_said_them() -> None:
    picture, file = Image(Inline(b"\x01", "image/png"), "low"), File(Inline(b"x", ""), "f.bin")
    sound, song = Audio(Inline(b"\x02", "audio/wav")), Audio(Inline(b"\x02", "audio/mpeg"))
    link, linked = Image(Link("https://x/y.png")), File(Link("https://x/z.pdf"))

    assert [
        {
            "role": "user",
            "name": "you",
            "content": [
                {"type": "text", "text": "see"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQ==", "detail": "low"}},
                {"type": "file", "file": {"filename": "f.bin", "file_data": "data:application/octet-stream;base64,eA=="}},
                {"type": "input_audio", "input_audio": {"data": "Ag==", "format": "wav"}},
                {"type": "input_audio", "input_audio": {"data": "Ag==", "format": "mp3"}},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "text", "text": "[file at https://x/z.pdf]"},
            ],
        },
        {"role": "assistant", "content": "mine\n[image at https://x/y.png]"},
    ] == history(("you", (Text("see"), picture, file, sound, song, link, linked)), ("me", (Text("mine"), link)))


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
    assert msgspec.json.encode({"not_an_object": written}).decode() == arguments_sent(ToolCall("1", "f", written))


def test_thoughts_go_back_beside_calls_in_the_field_they_came_in() -> None:
    named = Opaque("here", "field", '"reasoning_content"')
    thought, elsewhere = Reasoning("hm", named), Reasoning("hm", Opaque("there", "field", '"reasoning"'))
    call = ToolCall("1", "f")

    assert ["hm", None] == [first(history(("me", (part, call)))).get("reasoning_content") for part in (thought, elsewhere)]
    assert "reasoning_content" not in first(history(("me", (thought, Text("x")))))
    always, never = Profile(provider="here", reasoning_back="always"), Profile(provider="here", reasoning_back="never")
    assert "hm" == first(history(("me", (thought, Text("x"))), profile=always))["reasoning_content"]
    assert "reasoning_content" not in first(history(("me", (thought, call)), profile=never))


def first(messages: object) -> dict[str, object]:
    assert isinstance(messages, list)
    return msgspec.convert(messages[0], dict[str, object])


def test_a_servers_own_state_goes_back_to_it_only() -> None:
    state = Opaque("here", "extra_content", '{"s":1}')
    parts = (Text("x"), state, Opaque("here", "annotations", "[]"), ToolCall("1", "f", "{}", state=state))

    own, other = first(history(("me", parts))), first(history(("me", parts), profile=COMPATIBLE))
    assert ({"s": 1}, None) == (own["extra_content"], other.get("extra_content"))
    assert [True, False] == ["extra_content" in str(message["tool_calls"]) for message in (own, other)]
    assert "annotations" not in own


def returned(exchange: Exchange) -> None:
    """What a server said goes back to it as it came: ids, calls, its own state."""
    body = msgspec.json.decode(exchange.body, type=dict[str, Sequence[dict[str, dict[str, object]]] | object])
    choices = body["choices"]
    answer = decode(200, exchange.headers, exchange.body, provider="here")
    assert isinstance(answer, ModelReply)
    assert isinstance(choices, list)
    message = choices[0]["message"]
    if not answer.parts or message.get("function_call") or not (message.get("tool_calls") or message.get("content")):
        return
    back = first(history(("me", answer.parts)))
    for name in ("reasoning_details", "extra_content", "thought_signature"):
        if message.get(name):
            assert message[name] == back[name], exchange.id
    calls = back.get("tool_calls")
    for sent_call, call in zip(calls if isinstance(calls, list) else [], message.get("tool_calls") or [], strict=True):
        assert not call["id"] or call["id"] == sent_call["id"], exchange.id
        kind = "custom" if "custom" in call else "function"
        assert call[kind]["name"] == sent_call[kind]["name"], exchange.id
        if kind == "custom":
            assert call["custom"]["input"] == sent_call["custom"]["input"], exchange.id


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
