"""Stopping a run from outside, in one of two ways.

``suspend`` pauses: what is open stays open, and the trace can be resumed. ``cancel`` ends: the end is written, with
what had streamed in so far. Both may be called from any thread, and from watchers; the first call counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Literal, TypeAlias

from typedagents.core.stop import Cancelled

Wanted: TypeAlias = Cancelled | Literal["suspend"] | None


class Control:
    """Hand it to one or more runs; it stops them all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wanted: Wanted = None
        self._alarms: list[Callable[[], object]] = []

    @property
    def wanted(self) -> Wanted:
        """What was asked for, if anything."""
        return self._wanted

    def cancel(self, reason: str = "") -> None:
        """End the run: effects under way are given up, the end is written to the trace."""
        self._want(Cancelled(reason))

    def suspend(self) -> None:
        """Pause the run: effects under way are given up, and performed again on ``resume`` where that is allowed."""
        self._want("suspend")

    def _want(self, wanted: Wanted) -> None:
        with self._lock:
            self._wanted = self._wanted or wanted
            alarms = tuple(self._alarms)
        for alarm in alarms:
            alarm()

    @contextmanager
    def alarmed(self, alarm: Callable[[], object]) -> Iterator[None]:
        """Call ``alarm`` when something is asked for while inside; at once if it was before."""
        with self._lock:
            self._alarms.append(alarm)
        try:
            if self._wanted is not None:
                alarm()
            yield
        finally:
            with self._lock:
                self._alarms.remove(alarm)
