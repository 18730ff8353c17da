"""Every hand-made fault, through a provider and ``retry``: whether the call is made again, and after what wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from attrs import frozen

from tests.providers.asking import Told
from tests.providers.recorded import DATA
from tests.providers.wrappers.models import came_of
from typedagents.core.model import ModelReply
from typedagents.interpreter.notices import Notice
from typedagents.interpreter.ports import (
    Deadlines,
    Headers,
    HttpReply,
    HttpRequest,
    HttpStream,
)
from typedagents.providers import (
    AnthropicMessages,
    Bedrock,
    Gemini,
    NoKey,
    Ollama,
    OpenAIChat,
    OpenAIResponses,
    retry,
)
from typedagents.providers.recording import Exchange, read_exchanges
from typedagents.providers.recording.exchange import Expected
from typedagents.providers.service import Delivery, Service
from typedagents.testing import VirtualClock

URL = "http://localhost:1"


@frozen
class Canned:
    """A transport that gives one answer, and forbids the network."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply:
        del request, deadlines
        return HttpReply(self.status, self.headers, self.body)

    def open(self, request: HttpRequest, deadlines: Deadlines, /) -> AbstractAsyncContextManager[HttpStream]:
        del request, deadlines
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[HttpStream]:
        yield self

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.body

    async def read(self) -> bytes:
        return self.body


def service(exchange: Exchange) -> Service:
    """Whom such an answer came from, with that answer alone."""
    canned = Canned(exchange.status, exchange.headers, exchange.body)
    delivery: Delivery = "streamed" if exchange.stream else "whole"
    key = NoKey()
    match exchange.endpoint:
        case "chat.completions":
            return OpenAIChat(model="m", base_url=URL, api_key=key, transport=canned, delivery=delivery)
        case "responses":
            return OpenAIResponses(model="m", base_url=URL, api_key=key, transport=canned, delivery=delivery)
        case "messages":
            return AnthropicMessages(
                model="m", base_url=URL, api_key=key, transport=canned, delivery=delivery
            )
        case "generateContent" | "streamGenerateContent":
            return Gemini(model="m", base_url=URL, api_key=key, transport=canned, delivery=delivery)
        case "api.chat":
            return Ollama(model="m", base_url=URL, api_key=key, transport=canned, delivery=delivery)
        case _:
            assert exchange.endpoint == "converse"
            return Bedrock(model="m", region="us-east-1", api_key=key, transport=canned, delivery=delivery)


FAULTS = list(read_exchanges(DATA / "faults.jsonl"))

BACKOFF_S = 0.25
"""Half of the first step of the backoff."""


def expected_waits(expect: Expected) -> list[float]:
    """What is waited before the second and last attempt."""
    if not expect.retryable or expect.kind == "ok" or expect.retry_after == "date":  # in the year 2099
        return []
    return [float(expect.retry_after) if expect.retry_after is not None else BACKOFF_S]


@pytest.mark.parametrize("exchange", FAULTS, ids=lambda exchange: exchange.id)
def test_a_fault_is_waited_for_as_it_should_be(exchange: Exchange) -> None:
    expect, clock, told = exchange.expect, VirtualClock(), Told()
    assert isinstance(expect, Expected)
    came = came_of(retry(service(exchange), attempts=2, clock=clock, draw=lambda: 0.5), told=told)
    shown = [notice for notice in told.shown if not isinstance(notice, Notice)]

    assert clock.slept == ([] if shown else expected_waits(expect))
    if isinstance(came, ModelReply):
        assert expect.kind == "ok"
        return
    assert expect.kind == came.kind
    if isinstance(expect.retry_after, float):
        assert float(came.facts["retry_after"]) == expect.retry_after


def test_there_are_as_many_as_there_should_be() -> None:
    assert len(FAULTS) == 50
