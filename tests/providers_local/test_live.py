"""The embedded model itself. What it says may differ from one processor to the next: its form is tested."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Literal

import anyio
import pytest
from attrs import evolve

from tests.providers_local.calls import PlainCall, asking
from typedagents.core.errors import ProviderError
from typedagents.core.limits import Limits
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Settings, TextDelta, ToolSpec
from typedagents.core.parts import ToolCall
from typedagents.core.team import Agent, group
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.providers.keys import NoKey
from typedagents.providers.local import LocalModel
from typedagents.providers.local.process import servers
from typedagents.providers.openai import OpenAIChat

pytestmark = pytest.mark.local_llm

SHORT = Settings(max_tokens=40)
WEATHER = ToolSpec(
    name="get_weather",
    description="Get the current weather of a city.",
    parameters='{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
)
PERSON = OutputSpec(
    name="person",
    schema='{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},'
    '"required":["name","age"],"additionalProperties":false}',
)


def test_it_answers(local_model: LocalModel) -> None:
    reply = reply_to(local_model, asking("Say hello.", settings=SHORT))

    assert reply.text
    assert (reply.finish, reply.provider) == ("stop", "local")


def test_what_it_will_be_sent_is_counted_by_its_own_vocabulary(local_model: LocalModel) -> None:
    request = evolve(asking("What is the weather in Paris?", settings=SHORT), tools=(WEATHER,))

    count = anyio.run(local_model.count_tokens, request)

    reply = reply_to(local_model, request)
    assert reply.usage
    assert count == reply.usage.input_tokens


def test_words_stream_in_and_usage_is_told(local_model: LocalModel) -> None:
    call = PlainCall()

    reply = anyio.run(local_model.complete, asking("Count from one to five.", settings=SHORT), call)

    assert len(call.shown) > 1
    assert "".join(shown.text for shown in call.shown if isinstance(shown, TextDelta)) == reply.text
    assert reply.usage
    assert reply.usage.input_tokens > 10
    assert 0 < reply.usage.output_tokens <= 40
    assert reply.usage.cache_read == 0


def replies(model: LocalModel, *words: str) -> list[str]:
    async def all_of() -> list[str]:
        settings = Settings(max_tokens=60)
        return [(await model.complete(asking(text, settings=settings), PlainCall())).text for text in words]

    return anyio.run(all_of)


def test_equal_requests_get_equal_answers_whatever_was_asked_between(local_model: LocalModel) -> None:
    asked = ("Tell me about dragons.", "Tell me about dragons and knights.", "Tell me about dragons.")

    first, _, again = replies(local_model, *asked)

    assert again == first


def test_a_temperature_with_the_same_seed_gives_the_same_answer(local_model: LocalModel) -> None:
    request = asking("Invent a name for a cat.", settings=Settings(temperature=0.7, max_tokens=20))

    said = {reply_to(local_model, request).text for _ in range(2)}

    assert len(said) == 1


def test_a_reply_that_runs_too_long_ends_at_its_limit(local_model: LocalModel) -> None:
    reply = reply_to(local_model, asking("Write a long story.", settings=Settings(max_tokens=8)))

    assert reply.finish == "length"


def test_a_conversation_that_is_too_long_is_refused_as_such(local_model: LocalModel) -> None:
    with pytest.raises(ProviderError) as caught:
        reply_to(local_model, asking("word " * 6000))

    assert caught.value.kind == "context_length"


def test_a_server_that_was_killed_is_started_anew(local_model: LocalModel) -> None:
    before = running(local_model)

    os.kill(before, signal.SIGTERM)
    reply = reply_to(local_model, asking("Say hello.", settings=SHORT))

    assert reply.text
    assert running(local_model) != before


def test_a_tool_is_called_with_its_argument(local_model: LocalModel) -> None:
    request = evolve(asking("What is the weather in Paris?"), tools=(WEATHER,))

    calls = [part for part in reply_to(local_model, request).parts if isinstance(part, ToolCall)]

    assert [(call.name, call.arguments.replace(" ", "")) for call in calls] == [
        ("get_weather", '{"city":"Paris"}')
    ]


def test_an_answer_in_a_given_shape_has_it(local_model: LocalModel) -> None:
    request = evolve(asking("Anna is 31 years old."), output=PERSON)

    assert (
        reply_to(local_model, request).text.replace(" ", "").replace("\n", "") == '{"name":"Anna","age":31}'
    )


def test_whoever_does_not_know_the_key_is_not_answered(local_model: LocalModel) -> None:
    server = servers().running(local_model)
    assert server
    stranger = OpenAIChat(model="any", base_url=f"{server.address}/v1", api_key=NoKey())

    with pytest.raises(ProviderError) as caught:
        anyio.run(stranger.complete, asking("hello"), PlainCall())

    assert caught.value.kind == "auth"


def reply_to(model: LocalModel, request: CallModel) -> ModelReply:
    return anyio.run(model.complete, request, PlainCall())


def running(model: LocalModel) -> int:
    server = servers().running(model)
    assert server
    return server.process.pid


@dataclass
class Pet:
    """A pet and its name."""

    name: str
    kind: Literal["cat", "dog"]


def test_a_typed_answer_is_a_value(local_model: LocalModel) -> None:
    agent = Agent("a", model_reply(instructions="Tell what you read.", output=Pet, settings=SHORT))
    once = group(agent, limits=Limits(max_decisions=1))
    outcome = World(with_models(local_model), store=None).run_sync(once, "My cat is called Tom.").check()

    assert outcome.answer(Pet).kind in {"cat", "dog"}
    assert outcome.cost_usd == 0
