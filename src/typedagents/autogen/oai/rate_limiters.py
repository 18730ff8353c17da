"""Waiting between the calls of a model client of a program's own. Entries of ours say ``requests_per_minute``."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from typedagents.autogen.exception_utils import InvalidValue

__all__ = ["RateLimiter", "TimeRateLimiter"]


class RateLimiter(Protocol):
    """Something that waits."""

    def sleep(self, *args: object, **kwargs: object) -> None: ...


class TimeRateLimiter:
    """Lets ``sleep`` return ``rate`` times in a second, at even distances; threads share it."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        if rate <= 0:
            raise InvalidValue(f"rate is a number of calls in a second, above 0; found {rate!r:.60}")
        self._distance = 1 / rate
        self._clock, self._wait = clock, wait
        self._lock = Lock()
        self._next = clock()

    def sleep(self, *args: object, **kwargs: object) -> None:
        """Wait until it is this call's turn."""
        del args, kwargs
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._distance
        if turn > now:
            self._wait(turn - now)
