"""What a run holds while it goes on: the lines that wait to be written, and what it takes to make an outcome of its end."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from attrs import define, field

from typedagents.core.effect import Path
from typedagents.core.stop import BudgetExceeded, Cancelled, EffectLimit, HumanLeft
from typedagents.core.turn import Ended
from typedagents.trace.recorder import Recorder

from .bill import Bill
from .budget import Spending
from .events import Event, RunEnded
from .loops import Loop
from .outcome import Outcome, PartialText
from .traces import TraceWriter

FROM_OUTSIDE = (Cancelled, EffectLimit, BudgetExceeded, HumanLeft)
"""Ends that may find effects under way. At all others nobody waits for one any more."""


@define
class Lines:
    """Collects the lines of one step and writes them at once. What is held inside an effect may run in another thread."""

    writer: TraceWriter | None
    _pending: list[bytes] = field(factory=list)
    _lock: Lock = field(factory=Lock)

    def append(self, line: bytes) -> None:
        self._pending.append(line)

    def flush(self) -> None:
        if self._pending and self.writer is not None:
            with self._lock:
                count = len(self._pending)
                lines = b"".join(self._pending[:count])
                del self._pending[:count]
                self.writer.append(lines)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


@define(eq=False)
class UnderWay:
    """A run under way: what it takes to make an outcome of its end."""

    name: str
    loop: Loop
    spending: Spending
    agent_at: Callable[[Path], str]
    recorder: Recorder | None
    place: str | None
    tell: Callable[[Event], None]

    def keep_partials(self) -> tuple[PartialText, ...]:
        """Write down what had streamed in when the run was broken off."""
        kept = tuple(
            (path, self.agent_at(path), "".join(pieces))
            for path, pieces in self.loop.performer.partials.items()
        )
        for path, agent, text in kept:
            if self.recorder:
                self.recorder.partial(path, agent, text)
        return tuple(PartialText(agent, text) for _, agent, text in kept)

    def outcome(self, ended: Ended) -> Outcome:
        partial = self.keep_partials() if isinstance(ended.reason, FROM_OUTSIDE) else ()
        self.tell(RunEnded(self.name, ended.reason))
        bill = Bill.of(self.spending.charges)
        return Outcome(ended.log, ended.reason, bill, self.name, self.place, partial)
