"""Requests of the Converse format, who signs them, and the provider against a server on this machine."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime

import msgspec
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.asking import KEY, Told, ask, failure
from tests.providers.bedrock_said import STREAM, WHOLE
from tests.providers.conversations import ADD, ME, MESSAGES, SUB
from tests.providers.loopback import Answer, Loopback, refusing, serving, whole
from tests.providers.test_bedrock_answers import PARTS
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
from typedagents.interpreter.ports import HttpRequest
from typedagents.providers import AwsKeys, Bedrock, OpenAIChat
from typedagents.providers.formats.bedrock_converse import BEDROCK, encode
from typedagents.providers.signing import Scope, signature_headers
from typedagents.testing import VirtualClock

CLOSED = '{"type":"object","properties":{},"additionalProperties":false}'
PNG = Inline(b"x", "image/png")
PICTURE = {"image": {"format": "png", "source": {"bytes": "eA=="}}}


def sent(request: CallModel) -> dict[str, object]:
    body = encode(request, BEDROCK, model="m", stream=False).body
    return msgspec.json.decode(body, type=dict[str, object])


def history(*said: tuple[str, Content]) -> list[object]:
    messages = Transcript([Message(sender, content) for sender, content in said])
    return msgspec.convert(sent(CallModel(messages, "me"))["messages"], list[object])


def user(*texts: str) -> dict[str, object]:
    return {"role": "user", "content": [{"text": text} for text in texts]}


def own(*content: object) -> dict[str, object]:
    return {"role": "assistant", "content": list(content)}


def test_every_setting_has_its_field() -> None:
    chosen = Settings(
        temperature=0.0,
        top_p=0.5,
        max_tokens=7,
        stop=("END",),
        tool_choice="add",
        extra=(("serviceTier", '{"type":"flex"}'),),
    )
    output = OutputSpec("o", '{"type": "object"}')
    request = CallModel(
        Transcript(), "me", instructions=Prompt("help"), tools=(ADD, SUB), output=output, settings=chosen
    )

    assert sent(request) == {
        "messages": [user("(The conversation begins.)")],
        "system": [{"text": "help"}],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "add",
                        "description": "adds",
                        "inputSchema": {"json": msgspec.json.decode(CLOSED)},
                        "strict": True,
                    }
                },
                {"toolSpec": {"name": "sub", "inputSchema": {"json": {}}}},
            ],
            "toolChoice": {"tool": {"name": "add"}},
        },
        "inferenceConfig": {"temperature": 0.0, "topP": 0.5, "maxTokens": 7, "stopSequences": ["END"]},
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"name": "o", "schema": CLOSED}},
            }
        },
        "serviceTier": {"type": "flex"},
    }
    assert sent(CallModel(Transcript(), "me")) == {"messages": [user("(The conversation begins.)")]}


@pytest.mark.parametrize(
    ("choice", "expected"), [(None, None), ("auto", {"auto": {}}), ("required", {"any": {}})]
)
def test_words_for_a_choice_of_tools(choice: str | None, expected: object) -> None:
    body = sent(CallModel(Transcript(), "me", tools=(ADD,), settings=Settings(tool_choice=choice)))

    assert msgspec.convert(body["toolConfig"], dict[str, object]).get("toolChoice") == expected


def test_where_no_tool_may_be_called_they_are_shown_only_to_a_history_with_calls() -> None:
    none = Settings(tool_choice="none")
    words = Transcript([Message("you", '{"toolUse":{}}')])
    called = Transcript([Message("me", ToolCall("c", "add"))])

    assert "toolConfig" not in sent(CallModel(words, "me", tools=(ADD,), settings=none))
    assert "toolConfig" in sent(CallModel(called, "me", tools=(ADD,), settings=none))


def test_bad_texts_of_settings_are_told() -> None:
    with pytest.raises(ConfigError, match="must not hold 'system'"):
        sent(CallModel(Transcript(), "me", settings=Settings(extra=(("system", "[]"),))))
    with pytest.raises(ConfigError, match="the schema of output 'o'"):
        sent(CallModel(Transcript(), "me", output=OutputSpec("o", "{")))


@pytest.mark.parametrize(
    ("stream", "path"), [(False, "/model/a%2Fb%3A0/converse"), (True, "/model/a%2Fb%3A0/converse-stream")]
)
def test_a_model_s_name_stands_in_the_path(*, stream: bool, path: str) -> None:
    assert encode(CallModel(Transcript(), "me"), BEDROCK, model="a/b:0", stream=stream).path == path


def test_roles_alternate_and_names_stand_before_words_where_several_others_speak() -> None:
    assert history(("me", "hi"), ("me", "there")) == [
        user("(The conversation begins.)"),
        own({"text": "hi"}, {"text": "there"}),
        user("(Go on.)"),
    ]
    assert history(("you", "a"), ("me", "b"), ("she", "c"), ("she", " "))[::2] == [
        user("you:", "a"),
        user("she:", "c"),
    ]


def test_calls_and_results() -> None:
    calls = (
        Refusal("no"),
        ToolCall("c1", "add", '{"a":1}'),
        ToolCall("c2", "add", "[]"),
        ToolCall("c3", "x"),
    )
    results = (
        ToolResult("c2", "add", (Text("no"),), failed=True),
        ToolResult("c1", "add", (Text("3"), Image(PNG))),
        ToolResult("c3", "x", ()),
    )

    assert history(("you", "go"), ("me", calls), ("you", (*results, Text("well?")))) == [
        user("go"),
        own(
            {"text": "no"},
            {"toolUse": {"toolUseId": "c1", "name": "add", "input": {"a": 1}}},
            {"toolUse": {"toolUseId": "c2", "name": "add", "input": {"not_an_object": "[]"}}},
            {"toolUse": {"toolUseId": "c3", "name": "x", "input": {}}},
        ),
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"text": "3"}, PICTURE], "status": "success"}},
                {"toolResult": {"toolUseId": "c2", "content": [{"text": "no"}], "status": "error"}},
                {"toolResult": {"toolUseId": "c3", "content": [{"text": "(nothing)"}], "status": "success"}},
                {"text": "well?"},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (Image(PNG), [PICTURE]),
        (
            Image(Link("s3://b/k", "image/jpg")),
            [{"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/k"}}}}],
        ),
        (Image(Link("https://x/y.png")), [{"text": "[image at https://x/y.png]"}]),
        (Image(Inline(b"x", "image/tiff")), [{"text": "[image]"}]),
        (Audio(PNG), [{"text": "[audio]"}]),
        (
            File(Inline(b"x", "text/plain"), "a_b.txt"),
            [
                {"text": "[file a-b-txt]"},
                {"document": {"format": "txt", "name": "a-b-txt", "source": {"bytes": "eA=="}}},
            ],
        ),
        (
            File(Inline(b"x", "")),
            [
                {"text": "[file document]"},
                {"document": {"format": "pdf", "name": "document", "source": {"bytes": "eA=="}}},
            ],
        ),
        (File(Inline(b"x", "application/zip")), [{"text": "[file]"}]),
        (File(Link("https://x/y", "text/csv")), [{"text": "[file at https://x/y]"}]),
    ],
)
def test_media_have_their_blocks_where_the_format_has_them(
    part: Image | Audio | File, blocks: list[object]
) -> None:
    assert history(("you", part)) == [{"role": "user", "content": blocks}]


def test_what_the_service_said_goes_back_to_it_as_it_came() -> None:
    results = (ToolResult("t1", "add", (Text("1"),)), ToolResult("t2", "now", (Text("2"),)))
    output = msgspec.convert(WHOLE["output"], dict[str, object])
    content = msgspec.convert(output["message"], dict[str, object])["content"]
    *before, last = msgspec.convert(content, list[dict[str, object]])
    untyped = {"toolUse": {"toolUseId": "t2", "name": "now", "input": {}}}

    assert last["toolUse"] == {**untyped["toolUse"], "type": "tool_use"}
    assert history(("you", "hi"), ("me", PARTS), ("you", results))[1] == own(*before, untyped)


def test_the_state_of_another_service_is_left_out() -> None:
    said = (
        Reasoning("a", Opaque("x", "block", "{}")),
        Reasoning("b"),
        Opaque("x", "block", "{}"),
        Image(PNG),
    )

    assert history(("you", "hi"), ("me", said))[1] == own({"text": "[image]"})


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_was_said_a_request_is_well_formed(messages: list[Message]) -> None:
    told = msgspec.convert(sent(CallModel(Transcript(messages), ME))["messages"], list[dict[str, object]])

    roles = [message["role"] for message in told]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    due = 0
    for message in told:
        blocks = msgspec.convert(message["content"], list[dict[str, object]])
        assert blocks
        assert [number for number, block in enumerate(blocks) if "toolResult" in block] == list(range(due))
        due = sum("toolUse" in block for block in blocks)
    assert due == 0


# --- the provider -----------------------------------------------------------------------------------------------

KEYS = AwsKeys("AKIDEXAMPLE", KEY, "session-token-0123456789")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def model(server: Loopback, api_key: str | AwsKeys = KEY) -> Bedrock:
    url = server.url.removesuffix("/v1")
    return Bedrock(
        model="a:0",
        base_url=url,
        api_key=api_key,
        region="eu-west-1",
        clock=VirtualClock(began=MOMENT.timestamp()),
    )


def in_frames(*frames: bytes) -> Answer:
    kind = b"application/vnd.amazon.eventstream"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\n\r\n" % kind
    return Answer((head, *(b"%x\r\n%s\r\n" % (len(one), one) for one in frames), b"0\r\n\r\n"))


def test_an_answer_is_a_reply(backend: str) -> None:
    with serving(whole(WHOLE, more="x-amzn-requestid: r1\r\n")) as server:
        reply = ask(model(server), backend)
        asked = server.asked[0]

    assert (reply.parts, reply.provider, reply.model, reply.id) == (PARTS, "bedrock", "a:0", "r1")
    assert asked.line == "POST /model/a%3A0/converse HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json == {"messages": [user("hi")]}


def test_a_stream_is_shown_as_it_comes(backend: str) -> None:
    told = Told()
    with serving(in_frames(*STREAM)) as server:
        reply = ask(evolve(model(server), delivery="streamed"), backend, told)
        assert server.asked[0].line == "POST /model/a%3A0/converse-stream HTTP/1.1"

    assert reply.parts == PARTS
    assert told.shown == [ReasoningDelta("h"), ReasoningDelta("m"), TextDelta("I "), TextDelta("add.")]


def test_a_request_is_signed_as_it_is_sent(backend: str) -> None:
    async def rotating() -> AwsKeys:
        return KEYS

    with serving(whole(WHOLE)) as server:
        ask(model(server, KEYS), backend)
        ask(evolve(model(server), api_key=rotating), backend)
        first, second = server.asked
        url = f"http://127.0.0.1:{server.port}/model/a%3A0/converse"

    request = HttpRequest("POST", url, body=first.body)
    json = (("content-type", first.headers["content-type"]),)
    expected = dict(signature_headers(request, KEYS, Scope("eu-west-1", "bedrock", MOMENT), signed=json))
    assert first.headers["host"] == f"127.0.0.1:{server.port}"
    for asked in (first, second):
        assert {name: asked.headers[name] for name in expected} == expected
        assert KEY not in str(asked.headers)


@pytest.mark.parametrize("api_key", [KEY, KEYS], ids=["bearer", "signed"])
def test_what_a_service_quotes_is_not_told(api_key: str | AwsKeys, backend: str) -> None:
    quoted = f"signature does not match: {KEY} session-token-0123456789"
    with serving(refusing(quoted, "403 Forbidden")) as server:
        error = failure(model(server, api_key), backend)

    assert error.kind == "permission"
    assert isinstance(api_key, str) or "session-token" not in error.text + str(error.facts)


def test_keys_that_sign_are_for_services_that_know_signatures(backend: str) -> None:
    with pytest.raises(ConfigError, match="OpenAIChat takes a key that is sent"):
        OpenAIChat(model="m", api_key=KEYS)

    def late() -> AwsKeys | Awaitable[AwsKeys]:
        return KEYS

    with serving(whole(WHOLE)) as server:
        error = failure(OpenAIChat(model="m", base_url=server.url, api_key=late), backend)
        assert (error.kind, server.asked) == ("auth", [])
