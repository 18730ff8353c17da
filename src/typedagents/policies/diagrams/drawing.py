"""What a selector says of itself to whoever draws its team: who may follow whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

from attrs import frozen

from typedagents.core.message import AgentName


@frozen
class Arrow:
    """``target`` may speak after ``source``, on the condition ``label``. ``dotted``: one such arrow is enough."""

    source: AgentName
    target: AgentName
    label: str = ""
    dotted: bool = False


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
