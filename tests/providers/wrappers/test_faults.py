"""Every hand-made fault, through a provider and ``retry``: whether the call is made again, and after what wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from attrs import frozen

from tests.providers.recorded import CORPUS, DATA, MISSING, recorded
from tests.providers.wrappers.models import came_of
from typedagents.core.errors import ProviderError
from typedagents.core.model import ModelReply
from typedagents.interpreter.ports import (
    Deadlines,
    Headers,
    HttpReply,
    HttpRequest,
    HttpStream,
    HttpTransport,
)
from typedagents.providers import AnthropicMessages, Gemini, NoKey, OpenAIChat, OpenAIResponses, retry
from typedagents.providers.recording import Exchange
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


def chat(transport: HttpTransport, delivery: Delivery) -> Service:
    return OpenAIChat(model="m", base_url=URL, api_key=NoKey(), transport=transport, delivery=delivery)


def responses(transport: HttpTransport, delivery: Delivery) -> Service:
    return OpenAIResponses(model="m", base_url=URL, api_key=NoKey(), transport=transport, delivery=delivery)


def messages(transport: HttpTransport, delivery: Delivery) -> Service:
    return AnthropicMessages(model="m", base_url=URL, api_key=NoKey(), transport=transport, delivery=delivery)


def gemini(transport: HttpTransport, delivery: Delivery) -> Service:
    return Gemini(model="m", base_url=URL, api_key=NoKey(), transport=transport, delivery=delivery)


SERVICES: dict[str, Callable[[HttpTransport, Delivery], Service]] = {
    "chat.completions": chat,
    "responses": responses,
    "messages": messages,
    "generateContent": gemini,
    "streamGenerateContent": gemini,
}
HERE = [exchange for endpoint in SERVICES for exchange in recorded(DATA / "faults.jsonl", endpoint)]
FILE = CORPUS / "synthetic" / "faults.jsonl"
THERE = [exchange for endpoint in SERVICES for exchange in recorded(FILE, endpoint)] if FILE.is_file() else []
BY_ID = {exchange.id: exchange for exchange in (*HERE, *THERE)}

BACKOFF_S = 0.25
"""Half of the first step of the backoff."""


def expected_waits(exchange: Exchange) -> list[float]:
    """What is waited before the second and last attempt."""
    expect = exchange.expect
    assert expect
    if not expect.retryable or expect.kind == "ok" or expect.retry_after == "date":  # in the year 2099
        return []
    return [float(expect.retry_after) if expect.retry_after is not None else BACKOFF_S]


@pytest.mark.parametrize("exchange", BY_ID.values(), ids=list(BY_ID))
def test_a_fault_is_waited_for_as_it_should_be(exchange: Exchange) -> None:
    expect, clock = exchange.expect, VirtualClock()
    assert expect
    canned = Canned(exchange.response.status, exchange.headers, exchange.body)
    service = SERVICES[exchange.endpoint](canned, "streamed" if exchange.stream else "whole")
    shown = "Hel" in exchange.response.body and exchange.streamed
    came = came_of(retry(service, attempts=2, clock=clock, draw=lambda: 0.5))

    assert clock.slept == ([] if shown else expected_waits(exchange))
    if isinstance(came, ModelReply):
        assert expect.kind == "ok"
        return
    assert isinstance(came, ProviderError)
    assert expect.kind == came.kind
    if isinstance(expect.retry_after, float):
        assert float(came.facts["retry_after"]) == expect.retry_after


@pytest.mark.skipif(not THERE, reason=MISSING)
def test_there_are_as_many_as_there_should_be() -> None:
    lines = FILE.read_bytes().splitlines()

    assert len(lines) == 50
    assert len(THERE) >= 48
