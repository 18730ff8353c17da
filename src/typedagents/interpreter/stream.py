"""Following a run from inside an event loop: an async iterator of typed events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import define, field

from typedagents.core.errors import PolicyError

from .events import Event, Watcher
from .outcome import Outcome


@define(eq=False)
class EventStream:
    """The events of a run, in order; ``outcome`` when they have all been read."""

    _events: MemoryObjectReceiveStream[Event]
    _outcome: Outcome | None = field(default=None, init=False)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events.__aiter__()

    @property
    def outcome(self) -> Outcome:
        """What the run came to; an error before it has ended."""
        if self._outcome is None:
            raise PolicyError("the run has not ended yet; read its events to the end first")
        return self._outcome


@asynccontextmanager
async def streaming(go: Callable[[Watcher], Awaitable[Outcome]]) -> AsyncIterator[EventStream]:
    """Run ``go`` beside the block; leaving the block early suspends the run."""
    send, receive = anyio.create_memory_object_stream[Event](inf)
    stream = EventStream(receive)
    broken: Exception | None = None

    async def produce() -> None:
        nonlocal broken
        with send:
            try:
                stream._outcome = await go(send.send_nowait)
            except Exception as error:
                broken = error

    with receive:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(produce)
                yield stream
                group.cancel_scope.cancel()
        except BaseExceptionGroup as several:
            # Only the block itself can raise here; the group is not the caller's business.
            raise several.exceptions[0] from several.exceptions[0].__cause__
    if broken is not None:
        raise broken
