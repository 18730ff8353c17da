"""Models that fail as they are told, and what asks them."""

from __future__ import annotations

from collections.abc import Sequence

import anyio.lowlevel
from attrs import define, field

from tests.providers.asking import REQUEST, Told
from tests.providers.ways import came_in
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.usage import Usage
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.faults import Complaint, fault
from typedagents.testing import VirtualClock

USED = Usage(fresh_input=10, output=5)


def refusal(status: int = 429, *headers: tuple[str, str]) -> ProviderError:
    """What a service says with this status and these headers."""
    return fault("asked", status, headers, Complaint())


def answer(text: str = "hello", usage: Usage | None = USED) -> ModelReply:
    return ModelReply(text, usage=usage, model="m", provider="here")


@define(eq=False)
class Faulty:
    """Says these in order, the last one for ever; each takes ``takes_s`` by the clock. ``seen``: the calls so far."""

    said: Sequence[ModelReply | ProviderError]
    clock: VirtualClock | None = None
    takes_s: float = 0.0
    shows: str = ""
    seen: list[Call] = field(factory=list, init=False)
    asked: list[CallModel] = field(factory=list, init=False)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        said = self.said[min(len(self.seen), len(self.said) - 1)]
        self.seen.append(call)
        self.asked.append(request)
        await anyio.lowlevel.checkpoint()
        if self.clock is not None:
            self.clock.seconds += self.takes_s
        if self.shows:
            call.emit(TextDelta(self.shows))
        if isinstance(said, ProviderError):
            raise said
        return said


def came_of(
    provider: ModelProvider, way: str = "asyncio", told: Told | None = None, request: CallModel = REQUEST
) -> ModelReply | ProviderError:
    """What a provider answers, or how it fails."""
    return came_in(way, provider, request, told or Told())


def failed(
    provider: ModelProvider, way: str = "asyncio", told: Told | None = None, request: CallModel = REQUEST
) -> ProviderError:
    """How a provider fails."""
    came = came_of(provider, way, told, request)
    assert isinstance(came, ProviderError), came
    return came


def replied(
    provider: ModelProvider, way: str = "asyncio", told: Told | None = None, request: CallModel = REQUEST
) -> ModelReply:
    """What a provider answers."""
    came = came_of(provider, way, told, request)
    assert isinstance(came, ModelReply), came
    return came
