"""The embedded server through each surface it has: a real program of others, which takes what we send and streams back."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest
from attrs import evolve

from tests.providers_local.calls import ASSISTANT, USER, PlainCall, asking
from tests.providers_local.test_live import WEATHER
from typedagents.core.errors import ProviderError
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, Settings, TextDelta, ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.interpreter.secrets import Secret
from typedagents.providers import AnthropicMessages, OpenAIResponses
from typedagents.providers.counting import Counting
from typedagents.providers.local import LocalModel
from typedagents.providers.local.model import LlamaServer
from typedagents.providers.local.process import servers
from typedagents.providers.service import Delivery

pytestmark = pytest.mark.local_llm

SHORT = Settings(max_tokens=40, temperature=0)
NO_REUSE = (("connection", "close"),)  # see ``LocalModel``


def chat(address: str, key: Secret, delivery: Delivery) -> Counting:
    return LlamaServer(model="m", base_url=f"{address}/v1", api_key=key, delivery=delivery, headers=NO_REUSE)


def responses(address: str, key: Secret, delivery: Delivery) -> Counting:
    return OpenAIResponses(
        model="m", base_url=f"{address}/v1", api_key=key, delivery=delivery, headers=NO_REUSE
    )


def messages(address: str, key: Secret, delivery: Delivery) -> Counting:
    return AnthropicMessages(model="m", base_url=address, api_key=key, delivery=delivery, headers=NO_REUSE)


SURFACES: dict[str, Callable[[str, Secret, Delivery], Counting]] = {
    "chat": chat,
    "responses": responses,
    "messages": messages,
}


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["whole", "streamed"])
def service(surface: str, request: pytest.FixtureRequest, local_model: LocalModel) -> Counting:
    local_model.start()
    server = servers().running(local_model)
    assert server
    delivery: Delivery = "streamed" if request.param == "streamed" else "whole"
    return SURFACES[surface](server.address, server.key, delivery)


def said(service: Counting, request: CallModel, call: PlainCall | None = None) -> ModelReply:
    return anyio.run(service.complete, request, call or PlainCall())


def test_it_answers_and_counts(service: Counting) -> None:
    call = PlainCall()

    reply = said(service, asking("Say hello.", system="You are kind.", settings=SHORT), call)

    assert reply.text
    assert reply.finish == "stop"
    assert reply.usage
    assert reply.usage.input_tokens > 10
    assert 0 < reply.usage.output_tokens <= 40
    shown = "".join(delta.text for delta in call.shown if isinstance(delta, TextDelta))
    assert shown == (reply.text if service.delivery == "streamed" else "")


def test_a_tool_is_called_and_its_result_is_read(service: Counting) -> None:
    request = evolve(asking("What is the weather in Paris?", settings=SHORT), tools=(WEATHER,))

    reply = said(service, request)
    (call,) = [part for part in reply.parts if isinstance(part, ToolCall)]

    assert (call.name, call.arguments.replace(" ", "")) == ("get_weather", '{"city":"Paris"}')
    assert reply.finish == "tool_calls"

    result = ToolResult(call.id, call.name, (Text("sunny, 23 degrees"),))
    told = Transcript(
        [*request.transcript, Message(ASSISTANT, reply.parts, "model"), Message(USER, (result,))]
    )
    # Offered again, this model calls it again.
    assert "sunny" in said(service, evolve(request, tools=(), transcript=told)).text.lower()


@pytest.mark.parametrize("tools", [(), (WEATHER,)])
def test_it_counts_beforehand_what_it_counts_afterwards(
    service: Counting, tools: tuple[ToolSpec, ...]
) -> None:
    request = evolve(asking("What is the weather in Paris?", settings=SHORT), tools=tools)
    count = anyio.run(service.count_tokens, request)

    reply = said(service, request)
    assert reply.usage
    assert count == reply.usage.input_tokens


def test_what_runs_too_long_ends_at_its_limit(service: Counting) -> None:
    reply = said(service, asking("Write a story.", settings=Settings(max_tokens=8)))

    assert reply.usage
    assert reply.usage.output_tokens == 8
    # This server's Responses are always completed.
    assert reply.finish == ("stop" if isinstance(service, OpenAIResponses) else "length")


def test_too_long_a_conversation_is_refused_as_such(service: Counting) -> None:
    with pytest.raises(ProviderError) as caught:
        said(service, asking("word " * 6000))

    assert caught.value.kind == "context_length"
