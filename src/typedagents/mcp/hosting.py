"""A context manager held open by a task of its own, so that any task may use what it gives, and any may close it.

What anyio opens with a task group or a cancel scope must be closed by the task that opened it, innermost first. A
connection is opened by the first call that needs it and closed at the end of the run, by other tasks in another order:
so a task that belongs to nobody holds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from math import inf
from typing import Generic, TypeVar

import anyio
from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class Hosted(Generic[T]):
    """What ``opener`` gives, open until ``close``, or until ``over`` is set because it came to its end by itself.

    ``value`` is None until it is open; ``failure`` is what was raised on the way in, meanwhile or on the way out.
    """

    opener: Callable[[], AbstractAsyncContextManager[T]]
    patience_s: float
    """Seconds that opening may take."""
    over: anyio.Event = field(factory=anyio.Event, init=False)
    value: T | None = field(default=None, init=False)
    failure: Exception | None = field(default=None, init=False)
    late: bool = field(default=False, init=False)
    interrupted: bool = field(default=False, init=False)
    """Ctrl-C came while this was what ran. Its task belongs to nobody, so it is for who uses it to raise it again."""
    ended: anyio.Event = field(factory=anyio.Event, init=False)
    _ready: anyio.Event = field(factory=anyio.Event, init=False)
    _scope: anyio.CancelScope = field(factory=anyio.CancelScope, init=False)
    _task: object = field(default=None, init=False)
    _host: int | None = field(default=None, init=False)

    async def start(self) -> None:
        """Returns when it is open, or when it is known that it cannot be opened. Cancelled, it closes what is there."""
        self._task = spawned(self._hold)
        try:
            await self._ready.wait()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self.close()
            raise

    async def close(self) -> None:
        """Returns when it is closed. What is still being opened is given up.

        Asked by its own task, where what it holds open ends the loop's last ``keeping()``, it does not wait for itself.
        """
        self.over.set()
        if self.value is None:
            self._scope.cancel()
        if anyio.get_current_task().id != self._host:
            await self.ended.wait()

    async def _hold(self) -> None:
        self._host = anyio.get_current_task().id
        try:
            with self._scope:
                self._scope.deadline = anyio.current_time() + self.patience_s
                async with self.opener() as value:
                    self._scope.deadline = inf
                    self.value = value
                    self._ready.set()
                    await self.over.wait()
            self.late = self._scope.cancelled_caught and not self.over.is_set()
        except Exception as error:
            self.failure = error
        except BaseException as error:
            self.interrupted = any(isinstance(one, KeyboardInterrupt) for one in leaves(error))
            if not self.interrupted:
                raise
        finally:
            self.over.set()
            self._ready.set()
            self.ended.set()


def leaves(error: BaseException) -> Iterator[BaseException]:
    """What ``error`` is about, without the groups that it was wrapped in on its way."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


def spawned(function: Callable[[], Coroutine[object, object, None]]) -> object:
    """Run ``function`` in a task that belongs to no other, in this loop; returns what keeps the task alive."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return trio.lowlevel.spawn_system_task(function)
    return loop.create_task(function())
