"""What the results of one message come to together: changes of context variables, and where the floor goes.

Each result may hand over, or end the conversation. Where several do, and to different ends, one of them holds, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from typedagents.core.context import Change
from typedagents.core.decision import Stop
from typedagents.core.errors import ConfigError
from typedagents.core.log import Changed
from typedagents.core.parts import Text, ToolResult
from typedagents.core.view import Roster, View

Several: TypeAlias = Literal["first", "last", "error"]
"""Which hand-over of several in one message holds. ``error``: none, and the model is told to choose one."""


def several_of(given: Several) -> Several:
    """``given``, where it is one of the three."""
    if given not in ("first", "last", "error"):
        raise ConfigError(f"several is 'first', 'last' or 'error'; found {given!r}")
    return given


@frozen
class Settled:
    """What results come to together: they themselves, the changes they make, and who speaks next or why it ends."""

    results: tuple[ToolResult, ...]
    changes: tuple[Change, ...] = ()
    hand_to: str | None = None
    ends: Stop | None = None

    @property
    def goes_on(self) -> bool:
        """Whether nobody is handed to, and nothing ends."""
        return self.hand_to is None and self.ends is None


def settled(results: Sequence[ToolResult], several: Several = "last") -> Settled:
    """What ``results`` of one message come to: their changes in order, and the hand-over that holds.

    A hand-over that does not hold is taken from its result, and the model is told; what the tool said stays. A failed
    result changes nothing, and hands to nobody.
    """
    changes = tuple(change for result in results if not result.failed for change in result.changes)
    asked = [result for result in results if _hands_over(result)]
    if len({(result.hand_to, result.ends) for result in asked}) < 2:
        return _settled(results, changes, asked[0] if asked else None)
    kept = {"first": asked[0], "last": asked[-1], "error": None}[several]
    if kept is None:
        why = f"({len(asked)} hand-overs were asked for at once, and none was made: ask for one.)"
    else:
        goes = "and the conversation ends" if kept.ends is not None else f"to {kept.hand_to}"
        why = f"(Not made: of {len(asked)} hand-overs asked for at once, the {several} one holds, {goes}.)"
    return _settled(
        [
            without_hand_over(result, why) if _hands_over(result) and not _alike(result, kept) else result
            for result in results
        ],
        changes,
        kept,
    )


def _hands_over(result: ToolResult) -> bool:
    return not result.failed and (result.hand_to is not None or result.ends is not None)


def _alike(result: ToolResult, kept: ToolResult | None) -> bool:
    return kept is not None and (result.hand_to, result.ends) == (kept.hand_to, kept.ends)


def _settled(results: Sequence[ToolResult], changes: tuple[Change, ...], kept: ToolResult | None) -> Settled:
    if kept is None:
        return Settled(tuple(results), changes)
    ends = None if kept.ends is None else Stop(kept.ends)
    return Settled(tuple(results), changes, kept.hand_to if ends is None else None, ends)


def changed(view: View, changes: Iterable[Change]) -> View:
    """``view`` with ``changes`` made: for what is done after them in the same turn."""
    entries = [Changed(view.me, change.variable, change.json) for change in changes]
    if not entries:
        return view
    return View(view.log.extend(entries), view.roster, view.conversation, view.me).showing(view.transcript)


def without_hand_over(result: ToolResult, why: str) -> ToolResult:
    """``result`` without where it goes; the model is told ``why``."""
    return evolve(result, content=(*result.content, Text(why)), hand_to=None, ends=None)


def fitting(result: ToolResult, roster: Roster) -> ToolResult:
    """``result``, without a hand-over to a stranger."""
    if result.hand_to is None or result.hand_to in roster:
        return result
    why = (
        f"(Not made: a hand-over to {result.hand_to!r}, who is not in the team; it has: {', '.join(roster)}.)"
    )
    return without_hand_over(result, why)
