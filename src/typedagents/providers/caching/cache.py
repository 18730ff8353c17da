"""``cache``: the same request is asked once, and answered from then on from what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from anyio import to_thread
from attrs import Factory, define, evolve, field, frozen

from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, Finish, ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import ToolCall
from typedagents.interpreter.notices import CacheTrouble
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.wrappers.wrapping import Within, Wrapper, answered

from .flights import Flight, Flights
from .key import identity_of, key_of
from .store import CacheStore, Kept, restored, stored

WORTH_KEEPING: frozenset[Finish] = frozenset({"stop", "tool_calls", "refusal"})
"""What a whole answer ends with; anything else was cut, filtered, or is to go on."""


@define
class Overhearing(Within):
    """The call as it is handed on, and what is shown of the answer."""

    shown_pieces: list[StreamedDelta] = field(factory=list, init=False)

    def emit(self, observation: object, /) -> None:
        if isinstance(observation, TextDelta | ReasoningDelta):
            self.shown_pieces.append(observation)
        super().emit(observation)


@frozen
class Cache(Wrapper):
    """See ``cache``."""

    word: ClassVar[str] = "cache"

    provider: ModelProvider
    store: CacheStore
    seed: int | str = field(default=0, kw_only=True)
    identity: str = field(default="", kw_only=True)
    _who: bytes = field(
        default=Factory(lambda self: identity_of(self.provider, self.identity, self.seed), takes_self=True),
        init=False,
        repr=False,
    )
    _flights: Flights = field(factory=Flights, init=False, repr=False, eq=False)

    @property
    def wrapped(self) -> tuple[ModelProvider, ...]:
        return (self.provider,)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The answer that is kept, or a new one."""
        key = key_of(request, self._who)
        while True:
            flight, bell = self._flights.join(key)
            if bell is None:
                with self._flights.making(key, flight):
                    return await self._made(key, flight, request, call)
            landed = await flight.wait(bell, call.deadline_s)
            if isinstance(landed, Kept):
                return self._given(landed, call)
            if landed is None:
                raise ProviderError(
                    f"model {request.model!r}: the same request is under way, and was not answered within "
                    f"{call.deadline_s:g} s; allow more time",
                    kind="timeout",
                    facts={"retryable": "true", "sent": "false"},
                )
            if landed == "nothing":  # what the other came to is not for everybody: each asks for itself
                return (await self._new(request, call)).reply

    async def _made(self, key: str, flight: Flight, request: CallModel, call: Call) -> ModelReply:
        found = await self._looked_up(key, call)
        if found is not None:
            flight.landed = found
            return self._given(found, call)
        new = await self._new(request, call)
        if worth_keeping(new.reply):
            flight.landed = new
            await self._put(key, new, call)
        return new.reply

    async def _new(self, request: CallModel, call: Call) -> Kept:
        hearing = Overhearing(call, call.deadline_s)
        reply = await answered(self.provider, request, hearing)
        return Kept(reply, tuple(hearing.shown_pieces))

    def _given(self, kept: Kept, call: Call) -> ModelReply:
        """Answer with what is kept, in pieces where the provider itself would answer so."""
        ways = set(_deliveries(self.provider))
        if "whole" not in ways or "streamed" in ways:
            for piece in kept.pieces if "streamed" in ways else kept.shown:
                call.emit(piece)
        return kept.again

    async def _looked_up(self, key: str, call: Call) -> Kept | None:
        """What is kept; a store that fails is told of, and never costs an answer."""
        try:
            data = await to_thread.run_sync(self.store.get, key)
        except Exception as error:
            call.emit(CacheTrouble("read", f"{type(error).__name__}: {error}"))
            return None
        return None if data is None else restored(data)

    async def _put(self, key: str, kept: Kept, call: Call) -> None:
        data = stored(evolve(kept, reply=evolve(kept.reply, lost=None)))
        try:
            await to_thread.run_sync(self.store.put, key, data)
        except Exception as error:
            call.emit(CacheTrouble("written", f"{type(error).__name__}: {error}"))


def worth_keeping(reply: ModelReply) -> bool:
    """Whether an answer is whole."""
    cut = any(isinstance(part, ToolCall) and not part.complete for part in reply.parts)
    return reply.finish in WORTH_KEEPING and bool(reply.parts) and not cut and not reply.cached


def _deliveries(provider: ModelProvider) -> Iterator[object]:
    """How the services inside answer."""
    if isinstance(provider, Wrapper):
        for inner in provider.wrapped:
            yield from _deliveries(inner)
    else:
        yield getattr(provider, "delivery", None)


def cache(provider: ModelProvider, store: CacheStore, *, seed: int | str = 0, identity: str = "") -> Cache:
    """``provider``, asked once for each request: ``cache(model, sqlite_store("answers.sqlite"))``.

    A request is the same where all of it is: the conversation, who speaks, model, instructions, tools, output, settings,
    the provider itself, and ``seed``, by which a program may ask for other answers. Equal requests that are under way at
    once, in whatever thread, are made once. Errors and answers that were cut are not kept. An answer that was kept says
    ``cached``, so that a bill counts it apart from what was paid; one that streamed streams again. Keys and deadlines do
    not count. ``identity`` is for providers that nothing tells from another one, such as functions.
    """
    return Cache(provider, store, seed=seed, identity=identity)
