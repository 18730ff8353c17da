"""What selectors say of themselves to whoever draws their team: who may follow whom, and who chooses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, Protocol, TypeAlias, final, runtime_checkable

from attrs import frozen

from typedagents.core.message import AgentName
from typedagents.core.team import InOrder
from typedagents.policies.words import named


@final
@frozen
class Chooser:
    """Who or what decides where no arrow between agents does, in words."""

    words: str


@final
@frozen
class End:
    """Where the conversation ends."""


END = End()
Place: TypeAlias = AgentName | Chooser | End
Line: TypeAlias = Literal["solid", "dotted", "tie"]
"""``dotted``: of several that join, one such arrow is enough. ``tie``: no way, only what belongs together."""


@frozen
class Arrow:
    """``target`` may speak after ``source``, on the condition ``label``."""

    source: AgentName | Chooser
    target: Place
    label: str = ""
    line: Line = "solid"


@frozen
class Drawing:
    """Arrows, and those who begin, where that is known."""

    arrows: tuple[Arrow, ...] = ()
    first: tuple[AgentName, ...] = ()


@runtime_checkable
class Drawn(Protocol):
    """A selector that can be drawn: it says who may follow whom of these agents, who are in its team's order."""

    def drawing(self, names: Sequence[AgentName], /) -> Drawing: ...


NOTHING = Drawing()


def round_of(names: Sequence[AgentName]) -> Drawing:
    """Each after the other, the first after the last; nothing for one alone."""
    if len(names) < 2:
        return NOTHING
    following = [*names[1:], names[0]]
    return Drawing(tuple([Arrow(one, after) for one, after in zip(names, following, strict=True)]))


def row_of(names: Sequence[AgentName]) -> Drawing:
    """Each after the other."""
    return Drawing(tuple([Arrow(one, after) for one, after in pairwise(names)]), tuple(names[:1]))


def around(words: str, names: Sequence[AgentName]) -> Drawing:
    """Any after any, as ``words`` says, who stands in the middle."""
    middle = Chooser(words)
    return Drawing(tuple([arrow for name in names for arrow in (Arrow(middle, name), Arrow(name, middle))]))


def drawing_of(selector: object, names: Sequence[AgentName]) -> Drawing:
    """That of ``selector``; one that says nothing of itself stands in the middle."""
    match selector:
        case InOrder():
            return round_of(names)
        case Drawn():
            return selector.drawing(names)
        case _:
            return around(named(selector), names)
