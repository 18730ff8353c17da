"""The events of a run as JSON lines, for programs: ``{"event": ..., "data": {...}}``."""

from __future__ import annotations

import sys

from attrs import frozen

from typedagents.core.errors import TraceError
from typedagents.core.stop import StopReason
from typedagents.interpreter.budget import Bill
from typedagents.interpreter.outcome import Outcome, PartialText
from typedagents.trace.codec import encode


@frozen
class Closing:
    """What the last line says. ``explained`` is the reason in words; ``trace`` is None where none was kept."""

    reason: StopReason
    explained: str
    summary: str
    bill: Bill
    trace: str | None
    partial: tuple[PartialText, ...]


@frozen
class Paused:
    """What the last line says after Ctrl-C."""

    trace: str | None
    resume: str | None


def write(name: str, data: object) -> None:
    """Print one event."""
    try:
        line = encode({"event": name, "data": data})
    except TraceError:  # an effect or observation that JSON cannot hold is told in words
        line = encode({"event": name, "data": repr(data)})
    sys.stdout.write(f"{line.decode()}\n")
    sys.stdout.flush()


def closing(outcome: Outcome) -> Closing:
    """What an outcome says on its line."""
    return Closing(
        outcome.reason, str(outcome.reason), outcome.summary, outcome.bill, outcome.trace, outcome.partial
    )
