"""The events of a run as JSON lines, for programs: ``{"event": ..., "data": {...}}``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from typedagents.core.errors import TraceError
from typedagents.core.stop import StopReason
from typedagents.interpreter.bill import Bill
from typedagents.interpreter.outcome import Outcome, PartialText
from typedagents.interpreter.prompts import Prompt
from typedagents.trace.codec import encode

RowData: TypeAlias = Mapping[str, str | int | None]


@frozen
class BillData:
    """What was paid for, by agent and by model."""

    total: RowData
    agents: tuple[RowData, ...]
    models: tuple[RowData, ...]


@frozen
class Closing:
    """What the last line says. ``explained`` is the reason in words; ``trace`` is None where none was kept."""

    reason: StopReason
    explained: str
    summary: str
    bill: BillData
    trace: str | None
    partial: tuple[PartialText, ...]


@frozen
class Paused:
    """What the last line says after Ctrl-C, and where a run waits for people."""

    trace: str | None
    resume: str | None
    prompts: tuple[Prompt, ...] = ()


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
        outcome.reason,
        str(outcome.reason),
        outcome.summary,
        _told(outcome.bill),
        outcome.trace,
        outcome.partial,
    )


def _told(bill: Bill) -> BillData:
    return BillData(bill.total().data, tuple(bill.data("agent")), tuple(bill.data("model")))
