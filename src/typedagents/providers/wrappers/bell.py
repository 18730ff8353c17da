"""A bell that any thread may ring for a task of any event loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import inf
from threading import get_ident
from typing import Protocol, runtime_checkable

from anyio import Event, create_task_group
from anyio.lowlevel import current_token
from attrs import define, field

from .clock import Clock


@runtime_checkable
class _Asyncio(Protocol):
    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object: ...


@runtime_checkable
class _Trio(Protocol):
    def run_sync_soon(self, sync_fn: Callable[[], object], /) -> None: ...


@define(eq=False)
class Bell:
    """Made by the task that waits for it. A ring is never lost; several count as one."""

    _loop: object = field(factory=lambda: current_token().native_token, init=False)
    _thread: int = field(factory=get_ident, init=False)
    _event: Event = field(factory=Event, init=False)

    def ring(self) -> None:
        """Wake who waits; waits for nobody."""
        if get_ident() == self._thread:
            self._event.set()
            return
        with suppress(RuntimeError):  # the loop has ended, and who waited with it
            if isinstance(self._loop, _Asyncio):
                self._loop.call_soon_threadsafe(self._event.set)
            elif isinstance(self._loop, _Trio):
                self._loop.run_sync_soon(self._event.set)

    async def wait(self, clock: Clock, at_most_s: float) -> None:
        """Until it rings, or that much time has passed."""
        if at_most_s == inf:
            await self._event.wait()
        else:
            async with create_task_group() as group:

                async def time_is_up() -> None:
                    await clock.sleep(at_most_s)
                    group.cancel_scope.cancel()

                group.start_soon(time_is_up)
                await self._event.wait()
                group.cancel_scope.cancel()
        self._event = Event()
