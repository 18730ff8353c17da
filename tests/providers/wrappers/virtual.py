"""Event loops in which time passes only while everybody waits, and at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import trio
from attrs import define
from attrs import field as attribute

T = TypeVar("T")


class _Leaping(selectors.SelectSelector):
    """Where others would wait for a time, it passes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:  # type: ignore[explicit-any]  # typeshed's key holds one
        if timeout is not None and timeout > 0:
            self.now += timeout
            timeout = 0
        return super().select(timeout)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop by that clock."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def in_virtual_time(backend: str, main: Callable[[], Awaitable[T]]) -> T:
    """What ``main`` comes to, without anybody waiting."""
    if backend == "trio":
        clock = trio.testing.MockClock(autojump_threshold=0)
        return anyio.run(main, backend=backend, backend_options={"clock": clock})
    return anyio.run(main, backend=backend, backend_options={"loop_factory": _Loop})


@define(eq=False)
class LoopClock:
    """The event loop's own time, as a ``Clock``."""

    began: float = attribute(default=1_800_000_000.0)

    def now(self) -> float:
        return anyio.current_time()

    def date(self) -> float:
        return self.began + anyio.current_time()

    async def sleep(self, seconds: float, /) -> None:
        await anyio.sleep(seconds)
