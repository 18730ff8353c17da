"""Requests of the generateContent format, and the provider against a server on this machine."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.conversations import ME, MESSAGES
from tests.providers.gemini_asked import as_list, as_object, sent
from tests.providers.loopback import Loopback, refusing, serving, streamed, whole
from tests.providers.test_gemini_answers import CHUNKS, chunk
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
from typedagents.providers import Gemini
from typedagents.providers.formats.gemini import GEMINI, encode


def history(*said: tuple[str, Content]) -> list[object]:
    messages = Transcript([Message(sender, content) for sender, content in said])
    return as_list(sent(CallModel(messages, "me"))["contents"])


def user(*texts: str) -> dict[str, object]:
    return {"role": "user", "parts": [{"text": text} for text in texts]}


def own(*texts: str) -> dict[str, object]:
    return {"role": "model", "parts": [{"text": text} for text in texts]}


def test_every_setting_has_its_field() -> None:
    chosen = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        seed=1,
        stop=("END",),
        reasoning_effort="low",
        tool_choice="add",
        extra=(("topK", "5"), ("safetySettings", "[]")),
    )
    tool = ToolSpec("add", "adds", '{"type":"object"}')
    output = OutputSpec("o", '{"type":"object"}')
    request = CallModel(
        Transcript(), "me", instructions=Prompt("help"), tools=(tool,), output=output, settings=chosen
    )

    assert sent(request) == {
        "contents": [user("(The conversation begins.)")],
        "systemInstruction": {"parts": [{"text": "help"}]},
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "add", "description": "adds", "parametersJsonSchema": {"type": "object"}}
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["add"]}},
        "generationConfig": {
            "temperature": 0.0,
            "topP": 0.5,
            "maxOutputTokens": 7,
            "seed": 1,
            "stopSequences": ["END"],
            "thinkingConfig": {"thinkingLevel": "low"},
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
            "topK": 5,
        },
        "safetySettings": [],
    }
    assert sent(CallModel(Transcript(), "me", tools=(tool,), settings=Settings(tool_choice="required")))[
        "toolConfig"
    ] == {"functionCallingConfig": {"mode": "ANY"}}


def test_what_the_provider_writes_itself_is_no_extra() -> None:
    with pytest.raises(ConfigError, match="must not hold 'tools'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=(("tools", "[]"),))))


def test_a_model_s_name_and_way_of_answering_stand_in_the_path() -> None:
    request = CallModel(Transcript(), "me")

    assert (
        encode(request, GEMINI, model="models/g-1", stream=False).path == "/v1beta/models/g-1:generateContent"
    )
    streamed_path = encode(request, GEMINI, model="a/b", stream=True).path
    assert streamed_path == "/v1beta/models/a%2Fb:streamGenerateContent?alt=sse"


def test_roles_alternate_and_names_stand_before_words_where_several_others_speak() -> None:
    assert history(("me", "hi"), ("me", "there")) == [
        user("(The conversation begins.)"),
        own("hi", "there"),
        user("(Go on.)"),
    ]
    assert history(("you", "a"), ("me", "b"), ("she", "c")) == [
        user("you:", "a"),
        own("b"),
        user("she:", "c"),
    ]
    assert history(("you", "a"), ("you", " ")) == [user("a")]


def test_calls_and_results() -> None:
    state = Opaque("google", "call", '{"thoughtSignature":"s1"}')
    calls = (
        Text("I add."),
        ToolCall("made_1", "add", '{"a":1}', state=state),
        ToolCall("c2", "add", "[]"),
        ToolCall("c3", "add", "{}"),
    )
    results = (
        ToolResult("c2", "add", (Text("no"),), failed=True),
        ToolResult("made_1", "add", (Text('{"sum":3}'), Image(Inline(b"x", "image/png")))),
        ToolResult("c3", "add", (Text("3"),)),
    )

    assert history(("you", "go"), ("me", calls), ("you", (*results, Text("well?")))) == [
        user("go"),
        {
            "role": "model",
            "parts": [
                {"text": "I add."},
                {"functionCall": {"name": "add", "args": {"a": 1}}, "thoughtSignature": "s1"},
                {"functionCall": {"name": "add", "args": {"not_an_object": "[]"}, "id": "c2"}},
                {"functionCall": {"name": "add", "args": {}, "id": "c3"}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "add", "response": {"sum": 3}}},
                {"inlineData": {"mimeType": "image/png", "data": "eA=="}},
                {"functionResponse": {"name": "add", "response": {"error": "no"}, "id": "c2"}},
                {"functionResponse": {"name": "add", "response": {"result": "3"}, "id": "c3"}},
                {"text": "well?"},
            ],
        },
    ]


def test_media_have_their_parts() -> None:
    parts = (Image(Link("https://x/y.png")), File(Inline(b"%PDF", "")), Audio(Link("gs://a", "audio/mp3")))

    assert history(("me", (parts[0], Refusal("no"))), ("you", parts)) == [
        user("(The conversation begins.)"),
        {
            "role": "model",
            "parts": [{"fileData": {"mimeType": "image/png", "fileUri": "https://x/y.png"}}, {"text": "no"}],
        },
        {
            "role": "user",
            "parts": [
                {"fileData": {"mimeType": "image/png", "fileUri": "https://x/y.png"}},
                {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
                {"fileData": {"mimeType": "audio/mp3", "fileUri": "gs://a"}},
            ],
        },
    ]


def test_the_service_s_own_state_goes_back_to_it_and_to_nobody_else() -> None:
    said = (
        Reasoning("hm", Opaque("google", "signature", '"s0"')),
        Reasoning("plain"),
        Opaque("elsewhere", "part", "{}"),
        Reasoning("theirs", Opaque("elsewhere", "signature", '"x"')),
        Opaque("google", "part", '{"executableCode":{"code":"1"}}'),
        Text("so"),
        Opaque("google", "signature", '"s1"'),
    )

    assert history(("you", "hi"), ("me", said), ("you", "go on"))[1] == {
        "role": "model",
        "parts": [
            {"text": "hm", "thought": True, "thoughtSignature": "s0"},
            {"executableCode": {"code": "1"}},
            {"text": "so"},
            {"text": "", "thoughtSignature": "s1"},
        ],
    }


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_was_said_a_request_is_well_formed(messages: list[Message]) -> None:
    told = [as_object(one) for one in as_list(sent(CallModel(Transcript(messages), ME))["contents"])]

    roles = [message["role"] for message in told]
    assert roles == ["user", "model"] * (len(roles) // 2) + ["user"]
    due = 0
    for message in told:
        parts = [as_object(part) for part in as_list(message["parts"])]
        assert parts
        assert sum("functionResponse" in part for part in parts) == due
        due = sum("functionCall" in part for part in parts)
    assert due == 0


# --- the provider -----------------------------------------------------------------------------------------------


def model(server: Loopback) -> Gemini:
    return Gemini(model="g", base_url=server.url.removesuffix("/v1"), api_key=KEY)


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole(chunk({"text": "hello"}, finishReason="STOP"))) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (reply.text, reply.provider) == ("hello", "google")
    assert asked.line == "POST /v1beta/models/g:generateContent HTTP/1.1"
    assert asked.headers["x-goog-api-key"] == KEY
    assert asked.json == {"contents": [user("hi")]}


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(streamed(*CHUNKS, end=False)) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)

    assert reply.text == "I add"
    assert told.shown == [ReasoningDelta("hm"), TextDelta("I add")]


def test_a_refused_key_is_told_without_the_key(backend: str) -> None:
    with serving(refusing(f"API key not valid: {KEY}", "401 Unauthorized")) as server:
        assert failure(model(server), backend).kind == "auth"


def test_without_a_key_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="GEMINI_API_KEY, GOOGLE_API_KEY"):
        Gemini(model="g")
