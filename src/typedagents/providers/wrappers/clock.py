"""Time as the wrappers see it. Nothing else in them asks what time it is, so tests need not wait."""

from __future__ import annotations

import time
from typing import Protocol

import anyio
from attrs import frozen


class Clock(Protocol):
    """``now`` never goes back, and is the same in all threads; ``date`` is for waits that end at a date."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def date(self) -> float:
        """Seconds since 1970, UTC."""
        ...

    async def sleep(self, seconds: float, /) -> None: ...


@frozen
class RealClock:
    """The machine's own."""

    def now(self) -> float:
        return time.monotonic()

    def date(self) -> float:
        return time.time()

    async def sleep(self, seconds: float, /) -> None:
        await anyio.sleep(seconds)


REAL = RealClock()
