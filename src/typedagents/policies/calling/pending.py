"""Which calls of tools wait for an answer: a fold of the log.

Those of the last message that holds calls, but for those that were answered since; a newer message with calls takes the
place of an older one, whose calls nobody will answer any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Entry, Log, Said
from typedagents.core.message import AgentName
from typedagents.core.parts import Part, ToolCall, ToolResult
from typedagents.tools.functions.calls import failed_result


@frozen
class Pending:
    """Calls that wait, in the order in which ``by`` said them."""

    calls: tuple[ToolCall, ...] = ()
    by: AgentName | None = None


NOTHING = Pending()


def unanswered(calls: Sequence[ToolCall], parts: Iterable[Part]) -> tuple[ToolCall, ...]:
    """``calls`` without those that results among ``parts`` answer; a result answers the first call of its id."""
    left = list(calls)
    for part in parts:
        if isinstance(part, ToolResult):
            place = next((i for i, call in enumerate(left) if call.id == part.call_id), None)
            if place is not None:
                del left[place]
    return tuple(left)


def calls_in(parts: Iterable[Part]) -> tuple[ToolCall, ...]:
    """The calls among ``parts``."""
    return tuple(part for part in parts if isinstance(part, ToolCall))


def waiting_in(parts: Sequence[Part]) -> tuple[ToolCall, ...]:
    """The calls among ``parts`` that no result among them answers."""
    return unanswered(calls_in(parts), parts)


def _step(at: Pending, entry: Entry) -> Pending:
    if not isinstance(entry, Said):
        return at
    parts = entry.message.parts
    if calls_in(parts):
        return Pending(waiting_in(parts), entry.message.sender)
    return Pending(unanswered(at.calls, parts), at.by) if at.calls else at


_PENDING: Fold[Entry, Pending] = Fold(NOTHING, _step)


def pending_calls(log: Log) -> Pending:
    """The calls that wait in ``log``; O(1) a message, once."""
    return log.fold(_PENDING)


def not_made(call: ToolCall, why: str) -> ToolResult:
    """The failed result of a call that was not made."""
    return failed_result(call.id, call.name, why)
