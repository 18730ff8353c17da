"""Async resources (HTTP clients, connections) belong to one event loop, are made lazily in it, and are shared there.

Whoever runs something holds ``keeping()`` open; whoever needs a resource asks ``kept(owner, opener)``. The last to
leave a loop closes what was kept in it. Hold ``keeping()`` yourself around several runs to keep clients between them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Generic, TypeVar

from anyio import CancelScope, Lock
from anyio.lowlevel import RunVar
from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class _Keep:
    """What is kept in one loop."""

    holders: int = 0
    stack: AsyncExitStack = field(factory=AsyncExitStack)
    lock: Lock = field(factory=Lock)


_keep: RunVar[_Keep | None] = RunVar("typedagents.lifetime")


@define(eq=False)
class Shelf(Generic[T]):
    """One kind of resource, typed: ``Shelf(opener).get()`` is the loop's own instance."""

    opener: Callable[[], AbstractAsyncContextManager[T]]
    _held: dict[int, tuple[_Keep, T]] = field(factory=dict, init=False)

    @asynccontextmanager
    async def get(self) -> AsyncIterator[T]:
        """The resource of this loop, opened at need; outside ``keeping()`` it is closed again right away."""
        keep = _keep.get(None)
        if keep is None:
            async with self.opener() as alone:
                yield alone
            return
        found = self._held.get(id(keep))
        if found is None:
            async with keep.lock:
                found = self._held.get(id(keep))
                if found is None:
                    found = (keep, await keep.stack.enter_async_context(self.opener()))
                    self._held[id(keep)] = found
                    keep.stack.callback(self._held.pop, id(keep))
        yield found[1]


@asynccontextmanager
async def keeping() -> AsyncIterator[None]:
    """Keep this loop's resources open while inside; the last to leave closes them."""
    keep = _keep.get(None)
    if keep is None:
        keep = _Keep()
        _keep.set(keep)
    keep.holders += 1
    try:
        yield
    finally:
        keep.holders -= 1
        if not keep.holders:
            _keep.set(None)
            with CancelScope(shield=True):
                await keep.stack.aclose()
