"""Plain functions in threads of their own, so that what takes long, or never comes back, holds up nothing else.

The threads are daemons, unlike those that event loops lend: one that hangs can be given up, and does not keep the
process from ending.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

import anyio
from anyio.lowlevel import EventLoopToken, RunVar
from attrs import define, field

T = TypeVar("T")

AT_ONCE = 40
"""How many tools may be in threads at once, in one event loop; more wait. Those that were given up do not count."""

_places: RunVar[anyio.CapacityLimiter] = RunVar("typedagents.interpreter.tool_threads")


@asynccontextmanager
async def a_place() -> AsyncIterator[None]:
    """Waits until one more thread is allowed."""
    limiter = _places.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _places.set(limiter)
    async with limiter:
        yield


@define(eq=False)
class _Errand(Generic[T]):
    """A call under way in a thread, and what came of it."""

    function: Callable[[], T]
    unwanted: Callable[[T], None]
    done: anyio.Event = field(factory=anyio.Event)
    came: list[T] = field(factory=list)
    error: BaseException | None = None
    given_up: bool = False
    _lock: threading.Lock = field(factory=threading.Lock)

    def run(self, token: EventLoopToken) -> None:
        try:
            self.keep(self.function())
        except BaseException as error:
            self.error = error
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits any more
            anyio.from_thread.run_sync(self.done.set, token=token)

    def keep(self, value: T) -> None:
        with self._lock:
            if not self.given_up:
                self.came.append(value)
                return
        self.unwanted(value)

    def give_up(self) -> None:
        with self._lock:
            self.given_up = True
        for value in self.came:
            self.unwanted(value)


async def in_thread(function: Callable[[], T], unwanted: Callable[[T], None]) -> T:
    """What ``function`` returns or raises in a thread.

    Where this is cancelled it goes on, and what it returns goes to ``unwanted``, in whichever thread.
    """
    errand = _Errand(function, unwanted)
    seen, token = contextvars.copy_context(), anyio.lowlevel.current_token()
    threading.Thread(target=seen.run, args=(errand.run, token), name="tool", daemon=True).start()
    try:
        await errand.done.wait()
    except BaseException:
        errand.give_up()
        raise
    if errand.error is not None:
        raise errand.error
    return errand.came[0]
