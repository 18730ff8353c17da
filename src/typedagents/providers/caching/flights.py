"""Equal requests that are under way at the same time, in any thread and event loop: one is made, the others wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from threading import Lock
from typing import Literal, TypeAlias

from attrs import define, field

from typedagents.providers.wrappers.bell import Bell
from typedagents.providers.wrappers.clock import REAL

from .store import Kept

Landed: TypeAlias = Kept | Literal["nothing", "given up"]
"""What those who wait are given. ``nothing``: an error, or what is not kept; ``given up``: it was cancelled."""


@define(eq=False)
class Flight:
    """A request under way, and who waits for it."""

    landed: Landed | None = None
    bells: list[Bell] = field(factory=list)

    async def wait(self, bell: Bell, at_most_s: float | None) -> Landed | None:
        """What it came to; None where the time is up."""
        await bell.wait(REAL, inf if at_most_s is None else at_most_s)
        return self.landed


@define(eq=False)
class Flights:
    """Those of one cache, by key."""

    _by_key: dict[str, Flight] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def join(self, key: str) -> tuple[Flight, Bell | None]:
        """The request of this key, and the bell that rings when it is over; no bell: it is yours to make."""
        with self._lock:
            flight = self._by_key.get(key)
            if flight is None:
                flight = self._by_key[key] = Flight()
                return flight, None
            bell = Bell()
            flight.bells.append(bell)
            return flight, bell

    @contextmanager
    def making(self, key: str, flight: Flight) -> Iterator[None]:
        """Around the making of a request: whoever waits for it is told at the end how it went."""
        try:
            yield
        except Exception:
            self._land(key, flight, "nothing")
            raise
        except BaseException:
            self._land(key, flight, "given up")
            raise
        else:
            self._land(key, flight, flight.landed or "nothing")

    def _land(self, key: str, flight: Flight, landed: Landed) -> None:
        with self._lock:
            flight.landed = landed
            del self._by_key[key]
            bells = flight.bells
        for bell in bells:
            bell.ring()
