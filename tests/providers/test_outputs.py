"""How answers of a certain shape are asked for, mode by mode, and that what servers answered is read as values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import jsonschema_rs
import msgspec
import pytest
from attrs import evolve, frozen

from tests.providers.asking import ask, model
from tests.providers.loopback import serving, streamed, whole
from tests.providers.recorded import CORPUS, MISSING, read
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import (
    CallModel,
    ModelReply,
    OutputSpec,
    PartialAnswer,
    Prompt,
    TextDelta,
    ToolSpec,
)
from typedagents.core.parts import Reasoning, Text, ToolCall
from typedagents.core.team import Agent, group
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.providers import AnthropicMessages, Cohere, NoKey, OpenAIChat, OpenAIResponses
from typedagents.providers.codec import Codec
from typedagents.providers.conformance import FORMATS
from typedagents.providers.formats.anthropic_messages import ANTHROPIC, messages_codec
from typedagents.providers.formats.cohere_chat import COHERE
from typedagents.providers.formats.gemini import GEMINI, gemini_codec
from typedagents.providers.formats.openai_chat import COMPATIBLE, OPENAI, chat_codec
from typedagents.providers.formats.openai_responses import RESPONSES, responses_codec
from typedagents.providers.formats.outputs import OutputMode, Outputs, said_plainly
from typedagents.providers.recording import Exchange, read_exchanges
from typedagents.providers.service import Service
from typedagents.tools.answers import AnswerForm, form_of
from typedagents.tools.shapes import Foreign, Misfit, Shaped
from typedagents.tools.tightening import ProfileName


@frozen
class Person:
    name: str
    age: int = 0


class Node(msgspec.Struct):
    name: str
    below: list[Node] = []


SPEC = form_of(Person).spec
ASKED = CallModel(
    Transcript([Message("you", "who?")]), AgentName("me"), instructions=Prompt("Be brief."), output=SPEC
)
STRICT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 0},
    },
    "required": ["name", "age"],
    "title": "Person",
    "additionalProperties": False,
}
OPEN = json.loads(SPEC.schema)
CLOSED = OPEN | {"additionalProperties": False}


def sent(codec: Codec, request: CallModel = ASKED) -> Mapping[str, object]:
    body: object = json.loads(codec.encode(request, model="m", stream=False).body)
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    ("codec", "where", "said"),
    [
        (
            chat_codec(OPENAI),
            "response_format",
            {"type": "json_schema", "json_schema": {"name": "Person", "schema": STRICT, "strict": True}},
        ),
        (
            responses_codec(RESPONSES),
            "text",
            {"format": {"type": "json_schema", "name": "Person", "schema": STRICT, "strict": True}},
        ),
        (messages_codec(ANTHROPIC), "output_config", {"format": {"type": "json_schema", "schema": CLOSED}}),
        (
            gemini_codec(GEMINI),
            "generationConfig",
            {"responseMimeType": "application/json", "responseJsonSchema": OPEN},
        ),
    ],
)
def test_by_default_each_format_is_sent_the_schema_as_it_takes_it(
    codec: Codec, where: str, said: object
) -> None:
    assert sent(codec)[where] == said


def test_what_a_strict_mode_cannot_say_is_sent_without_or_as_a_tool() -> None:
    table = evolve(ASKED, output=form_of(dict[str, int]).spec)
    tree = evolve(ASKED, output=form_of(Node).spec)

    form = sent(chat_codec(OPENAI), table)["response_format"]
    assert isinstance(form, dict)
    assert form["json_schema"]["strict"] is False
    body = sent(messages_codec(ANTHROPIC), tree)
    assert "output_config" not in body
    assert body["tool_choice"] == {"type": "tool", "name": "Node"}
    assert form_of(Node).spec.name in json.dumps(body["tools"])


def asked(mode: OutputMode, request: CallModel = ASKED, dialect: ProfileName = "openai") -> CallModel:
    return Outputs(mode, dialect).asked(request)


def test_a_tool_takes_the_answer_and_has_to_be_called() -> None:
    request = asked("tool")

    assert request.output is None
    assert [tool.name for tool in request.tools] == ["Person"]
    assert json.loads(request.tools[0].parameters) == STRICT
    assert (request.tools[0].strict, request.settings.tool_choice) == (True, "Person")


def test_beside_other_tools_one_of_all_has_to_be_called() -> None:
    other = ToolSpec("add", "", '{"type":"object","properties":{}}')
    request = asked("tool", evolve(ASKED, tools=(other,)))

    assert [tool.name for tool in request.tools] == ["add", "Person"]
    assert request.settings.tool_choice == "required"


def test_in_words_the_whole_schema_is_told_and_json_is_asked_for_where_it_can_be() -> None:
    by_mode, in_words = asked("json"), asked("prompt")

    for request in (by_mode, in_words):
        assert request.instructions
        assert request.instructions.text.startswith("Be brief.\n\nAnswer with one JSON object")
        assert SPEC.schema in request.instructions.text
        assert request.output is None
    assert (by_mode.settings.extra, in_words.settings.extra) == (
        (("response_format", '{"type":"json_object"}'),),
        (),
    )
    alone = asked("prompt", evolve(ASKED, instructions=None)).instructions
    assert alone
    assert alone.text.startswith("Answer with one JSON object")
    tools = (ToolSpec("add", "", '{"type":"object","properties":{}}'),)
    assert asked("json", evolve(ASKED, tools=tools)).settings.extra == ()


def test_strict_tools_are_said_as_the_server_takes_them_and_others_as_they_are() -> None:
    strict = ToolSpec("p", "", SPEC.schema, strict=True)
    loose = ToolSpec("q", "", SPEC.schema)
    request = asked("schema", evolve(ASKED, output=None, tools=(strict, loose)))

    assert json.loads(request.tools[0].parameters) == STRICT
    assert request.tools[1] == loose
    assert asked("schema", evolve(ASKED, output=None)) == evolve(ASKED, output=None)


def test_a_schema_that_is_not_to_be_strict_is_sent_as_it_is() -> None:
    spec = OutputSpec("o", '{"type":"object"}', strict=False)
    assert asked("schema", evolve(ASKED, output=spec)).output == spec


def test_a_schema_that_is_no_object_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"the schema of output 'o' must be JSON text of an object: .*; found '\[\]'"
    ):
        asked("schema", evolve(ASKED, output=OutputSpec("o", "[]")))


def test_the_call_of_the_tool_is_said_as_the_words_it_is() -> None:
    thought, call = Reasoning("hm"), ToolCall("1", "Person", '{"name":"Ada"}')
    other = ToolCall("2", "add")

    assert said_plainly(ModelReply((thought, Text("so"), call), "tool_calls"), SPEC) == ModelReply(
        (thought, Text(call.arguments))
    )
    assert said_plainly(ModelReply((call, other), "tool_calls"), SPEC).finish == "tool_calls"
    assert said_plainly(ModelReply((call,), "length"), SPEC).finish == "length"
    assert said_plainly(ModelReply("x"), SPEC) == ModelReply("x")


def test_through_a_server_the_answer_in_a_tool_is_words(backend: str) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "Person", "arguments": '{"name":"Ada"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    with serving(whole(body)) as server:
        profile = evolve(COMPATIBLE, outputs=Outputs("tool"))
        reply = ask(evolve(model(server), profile=profile), backend, request=ASKED)

    assert (reply.text, reply.finish) == ('{"name":"Ada"}', "stop")


PIECES = ('{"name": "A', 'da", ', '"age": 36}')


def in_chat() -> Iterator[object]:
    """The answer in its tool, the name of which comes late, and another call of that tool beside it."""
    told: list[dict[str, object]] = [{"index": 0, "id": "1", "function": {"arguments": PIECES[0]}}]
    told += [{"index": 0, "function": {"name": "Person", "arguments": PIECES[1]}}]
    told += [{"index": 1, "id": "2", "function": {"name": "Person", "arguments": '{"name": "Bo"}'}}]
    told += [{"index": 2, "id": "3", "function": {"name": "other", "arguments": '{"name": "Cy"}'}}]
    told += [{"index": 0, "function": {"arguments": PIECES[2]}}]
    for call in told:
        yield {"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}


def in_messages() -> Iterator[object]:
    block = {"type": "tool_use", "id": "1", "name": "Person", "input": {}}
    yield {"type": "message_start", "message": {"id": "r", "model": "m", "usage": {"input_tokens": 1}}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "content_block_start", "index": 1, "content_block": block}
    for piece in ("", *PIECES):
        delta = {"type": "input_json_delta", "partial_json": piece}
        yield {"type": "content_block_delta", "index": 1, "delta": delta}
    yield {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def in_responses() -> Iterator[object]:
    item = {"type": "function_call", "call_id": "1", "id": "f", "name": "Person", "arguments": ""}
    yield {"type": "response.created", "response": {"id": "r", "output": []}}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    for piece in PIECES:
        yield {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": piece}
    output = [{**item, "arguments": "".join(PIECES)}]
    yield {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": output}}


def in_cohere() -> Iterator[object]:
    said = {"id": "1", "type": "function", "function": {"name": "Person", "arguments": ""}}
    yield {"type": "message-start", "id": "r", "delta": {"message": {"role": "assistant"}}}
    yield {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": said}}}
    for piece in PIECES:
        told = {"tool_calls": {"function": {"arguments": piece}}}
        yield {"type": "tool-call-delta", "index": 0, "delta": {"message": told}}
    yield {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}}


TOOL = Outputs("tool")
STREAMS: dict[str, tuple[Callable[[], Iterator[object]], Callable[[str], Service]]] = {
    "chat": (
        in_chat,
        lambda url: OpenAIChat(model="m", base_url=url, profile=evolve(COMPATIBLE, outputs=TOOL)),
    ),
    "messages": (
        in_messages,
        lambda url: AnthropicMessages(
            model="m", base_url=url, api_key=NoKey(), profile=evolve(ANTHROPIC, outputs=TOOL)
        ),
    ),
    "responses": (
        in_responses,
        lambda url: OpenAIResponses(
            model="m", base_url=url, api_key=NoKey(), profile=evolve(RESPONSES, outputs=TOOL)
        ),
    ),
    "cohere": (
        in_cohere,
        lambda url: Cohere(model="m", base_url=url, api_key=NoKey(), profile=evolve(COHERE, outputs=TOOL)),
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_watchers_are_shown_an_answer_in_a_tool_while_it_comes(name: str) -> None:
    events, made = STREAMS[name]
    seen: list[Event] = []
    with serving(streamed(*events())) as server:
        model = evolve(made(server.url), delivery="streamed")
        world = World(with_models(model), None, watchers=(seen.append,))
        agent = Agent("a", model_reply(output=Person))
        outcome = world.run_sync(group(agent, limits=Limits(max_decisions=1)), "who?")

    shown = [one.observation for one in seen if isinstance(one, Observed)]
    assert outcome.answer(Person) == Person("Ada", 36)
    assert "".join(one.text for one in shown if isinstance(one, TextDelta)) == "".join(PIECES)
    partial = [one.value for one in shown if isinstance(one, PartialAnswer)]
    assert {"name": "Ada"} in partial
    assert partial[-1] == {"name": "Ada", "age": 36}


# --- recordings -------------------------------------------------------------------------------------------------


def structured() -> Iterator[Exchange]:
    """Recorded answers of which the shape was asked for."""
    for file in sorted(CORPUS.glob("*.jsonl")):
        for one in read_exchanges(file):
            if "req:structured" in one.tags and one.endpoint in FORMATS and one.response.status == 200:
                yield one


@frozen
class Fits:
    """JSON data as they are, where they keep to a schema."""

    schema: str

    def __call__(self, data: object, /) -> object:
        errors = jsonschema_rs.Draft202012Validator(self.schema).iter_errors(data)
        found = tuple((tuple(error.instance_path), error.message) for error in errors)
        if found:
            raise Misfit(found)
        return data


def schema_in(asked: object) -> Mapping[str, object]:
    """The schema that was asked for; of the older ones of Gemini, which are no JSON Schema, only that it is of an object."""
    found = json.loads(json.dumps(asked))
    form = found.get("response_format", {}).get("json_schema") or found.get("text", {}).get("format")
    form = form or found.get("output_config", {}).get("format") or found.get("output_format")
    if form:
        return dict(form["schema"])
    if "outputConfig" in found:
        return dict(json.loads(found["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]))
    return dict(found["generationConfig"].get("responseJsonSchema") or {})


def answer_to(exchange: Exchange) -> ModelReply:
    answer = read(exchange).answer
    assert isinstance(answer, ModelReply), exchange.id
    return answer


@pytest.mark.skipif(not CORPUS.exists(), reason=MISSING)
def test_recorded_answers_are_read_as_values_of_what_was_asked() -> None:
    answers = [(exchange, answer_to(exchange)) for exchange in structured()]
    whole = [one for one in answers if one[1].finish == "stop"]  # some call tools, or were cut

    for exchange, reply in whole:
        schema = schema_in(exchange.request.json)
        shape = Foreign("answer", json.dumps(schema), Fits(json.dumps(schema)), json.dumps)
        form = AnswerForm(OutputSpec("answer", json.dumps(schema)), Shaped(shape))
        read = form.read(reply.text)
        assert read.value == json.loads(read.json), exchange.id
    assert len(whole) > 0.8 * len(answers) > 0
