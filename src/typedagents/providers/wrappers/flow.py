"""When a call may go: the rules of ``limit``, without a clock, a lock or a loop.

Calls stand in one queue, and only the first may go: when fewer than ``concurrency`` are under way, when those of the last
minute leave room for it and for its tokens, and when the gate is open that a service's refusal closes for all. *The last
minute* is counted exactly, as the calls that went in it: in no stretch of 60 seconds do more go than are allowed. Tokens
count as estimated until the answer says how many they were. A call that alone is larger than a minute's tokens goes
when the minute is empty, since it could never go otherwise, and an estimate may be wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from attrs import define, field

from .waits import backoff

MINUTE = 60.0


@define(eq=False)
class Ticket:
    """A call: its tokens, when it went, whether that was in the last minute, and how to wake it."""

    tokens: int
    ring: Callable[[], None]
    went: float = -inf
    recent: bool = False


@define(eq=False)
class Flow:
    """The queue, the calls of the last minute, and the gate. Whoever uses it holds a lock."""

    concurrency: int | None
    requests: int | None
    tokens: int | None
    under_way: int = field(default=0, init=False)
    not_before: float = field(default=-inf, init=False)
    _refusals: int = field(default=0, init=False)
    _queue: deque[Ticket] = field(factory=deque, init=False)
    _minute: deque[Ticket] = field(factory=deque, init=False)
    _used: int = field(default=0, init=False)

    def join(self, ticket: Ticket) -> None:
        """Stand at the end of the queue."""
        self._queue.append(ticket)

    def wait(self, ticket: Ticket, now: float) -> float:
        """Seconds until ``ticket`` can go, as things stand; 0: it goes. Endless: until the bell rings."""
        if self._queue[0] is not ticket:
            return inf
        wait = max(0.0, self.not_before - now, self._until_room(ticket, now))
        if self.concurrency is not None and self.under_way >= self.concurrency:
            return inf
        if not wait:
            self._queue.popleft()
            self.under_way += 1
            ticket.went = now
            if self.requests is not None or self.tokens is not None:
                self._minute.append(ticket)
                self._used += ticket.tokens
                ticket.recent = True
            self._ring()
        return wait

    def _until_room(self, ticket: Ticket, now: float) -> float:
        """Seconds until enough of the last minute's calls are a minute old."""
        while self._minute and self._minute[0].went + MINUTE <= now:
            old = self._minute.popleft()
            self._used -= old.tokens
            old.recent = False
        count, used = len(self._minute), self._used
        until = now
        for each in self._minute:
            crowded = self.requests is not None and count >= self.requests
            heavy = self.tokens is not None and used > 0 and used + ticket.tokens > self.tokens
            if not (crowded or heavy):
                break
            until = each.went + MINUTE
            count, used = count - 1, used - each.tokens
        return until - now

    def leave(self, ticket: Ticket) -> None:
        """Give up waiting."""
        self._queue.remove(ticket)
        self._ring()

    def done(self, ticket: Ticket, tokens: int) -> None:
        """A call is over, and used so many tokens."""
        self.under_way -= 1
        if ticket.recent:
            self._used += tokens - ticket.tokens
        ticket.tokens = tokens
        self._ring()

    def well(self) -> None:
        """A service has answered."""
        self._refusals = 0

    def refused(self, now: float, wait: float | None) -> None:
        """A service wants less: nobody goes before it said, or for a while that doubles."""
        self._refusals += 1
        self.close_until(now + (backoff(self._refusals) if wait is None else wait))

    def close_until(self, moment: float) -> None:
        """Nobody goes before ``moment``."""
        self.not_before = max(self.not_before, moment)

    def _ring(self) -> None:
        if self._queue:
            self._queue[0].ring()
