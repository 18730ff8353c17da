"""How many automatic replies every agent of a conversation sent: one fold for all of them.

``auto_replies`` says the same of one agent. Asked of each of many it would go through the log once for each; here an
entry costs O(log of the agents) once, and so does a look.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Began, Entry, Opened, Said
from typedagents.core.message import AgentName


@frozen(eq=False)
class Counts:
    """A persistent search tree: what is changed makes a new path from the root, all else is shared.

    Ordered by a digest of the names, so that it is balanced whatever the order in which agents speak.
    """

    place: tuple[int, AgentName]
    count: int
    left: Counts | None = None
    right: Counts | None = None


def _place(name: AgentName) -> tuple[int, AgentName]:
    return crc32(name.encode()), name


def counted(counts: Counts | None, name: AgentName) -> int:
    """The count of ``name``; nought where it has none."""
    place, here = _place(name), counts
    while here is not None and here.place != place:
        here = here.left if place < here.place else here.right
    return 0 if here is None else here.count


def with_count(counts: Counts | None, name: AgentName, count: int) -> Counts:
    """``counts``, but for that of ``name``."""
    place, here = _place(name), counts
    way: list[Counts] = []
    while here is not None and here.place != place:
        way.append(here)
        here = here.left if place < here.place else here.right
    new = Counts(place, count) if here is None else Counts(place, count, here.left, here.right)
    for above in reversed(way):
        if place < above.place:
            new = Counts(above.place, above.count, new, above.right)
        else:
            new = Counts(above.place, above.count, above.left, new)
    return new


@frozen(eq=False)
class AllSent:
    """The counts, who has the floor, and what it did with it so far."""

    counts: Counts | None = None
    floor: AgentName | None = None
    turn: Literal["silent", "counted", "human"] = "silent"


NONE_SENT = AllSent()


def _count(at: AllSent, entry: Entry) -> AllSent:
    if isinstance(entry, Began):
        return AllSent(at.counts, entry.agent)
    if isinstance(entry, Opened):
        return NONE_SENT
    if not isinstance(entry, Said) or entry.message.sender != at.floor:
        return at
    floor = entry.message.sender
    if entry.message.origin == "human":
        return AllSent(with_count(at.counts, floor, 0), floor, "human")
    if at.turn != "silent":
        return at
    return AllSent(with_count(at.counts, floor, counted(at.counts, floor) + 1), floor, "counted")


ALL_SENT: Fold[Entry, AllSent] = Fold(NONE_SENT, _count)
