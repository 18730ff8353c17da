"""The ways in which a provider is asked: in an event loop, or in a run that blocks; and one that answers as recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final

import anyio
from attrs import define, field, frozen

from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.limits import Limits
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.team import Agent, group
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.ports import (
    Deadlines,
    Headers,
    HttpReply,
    HttpRequest,
    HttpStream,
    ModelProvider,
    with_models,
)
from typedagents.interpreter.secrets import Secret
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.providers.codec import Codec
from typedagents.providers.recording import Exchange
from typedagents.providers.service import Service
from typedagents.providers.wrappers.wrapping import answered

RUN_SYNC: Final = "run_sync"
WAYS: Final = ("asyncio", "trio", RUN_SYNC)


@define(eq=False)
class Asked:
    """A model that asks ``provider`` a certain thing, whatever it is asked, and keeps what came."""

    provider: ModelProvider
    request: CallModel
    call: Call
    came: ModelReply | ProviderError | None = None

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        try:
            self.came = await answered(self.provider, self.request, self.call)
        except ProviderError as error:
            self.came = error
            raise
        return self.came


def came_in(way: str, provider: ModelProvider, request: CallModel, call: Call) -> ModelReply | ProviderError:
    """What ``provider`` answers, or how it fails, when it is asked in this way."""
    model = Asked(provider, request, call)
    if way == RUN_SYNC:
        team = group(Agent("a", model_reply()), limits=Limits(max_decisions=1))
        World(with_models(model), None).run_sync(team, "hi")
    else:

        async def main() -> None:
            async with keeping():
                with suppress(ProviderError):  # it is kept
                    await model.complete(request, call)

        anyio.run(main, backend=way)
    assert model.came is not None
    return model.came


# --- as recorded ------------------------------------------------------------------------------------------------


@frozen
class Pieces:
    """Pieces one by one. No generator: one that is left before its end must be closed."""

    pieces: Iterator[bytes]

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> bytes:
        piece = next(self.pieces, None)
        if piece is None:
            raise StopAsyncIteration
        return piece


@frozen
class Incoming:
    """A recorded answer, as it came in."""

    exchange: Exchange

    @property
    def status(self) -> int:
        return self.exchange.status

    @property
    def headers(self) -> Headers:
        return self.exchange.headers

    def chunks(self) -> AsyncIterator[bytes]:
        return Pieces(iter(self.exchange.pieces))

    async def read(self) -> bytes:
        return self.exchange.body


@define(eq=False)
class Recorded:
    """A transport that answers with an exchange, and keeps what was sent."""

    exchange: Exchange
    sent: list[HttpRequest] = field(factory=list)

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply:
        self.sent.append(request)
        return HttpReply(self.exchange.status, self.exchange.headers, self.exchange.body)

    def open(self, request: HttpRequest, deadlines: Deadlines, /) -> AbstractAsyncContextManager[HttpStream]:
        self.sent.append(request)
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[HttpStream]:
        yield Incoming(self.exchange)


@frozen(kw_only=True)
class Spoken(Service):
    """A service that is spoken to by any codec."""

    spoken: Codec

    @property
    def codec(self) -> Codec:
        return self.spoken

    @property
    def path(self) -> str:
        return ""

    def key_headers(self, key: Secret) -> Headers:
        return ()
