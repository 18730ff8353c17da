"""How many automatic replies each agent sent since it last spoke for a human: a fold of the log, so nothing is reset.

A turn counts once, when the agent says something in it and no word of that comes from a human. What was said before
the first turn (the opening) does not count, nor does what was said before the conversation was opened.

One fold counts for all agents: with one for each, every agent of a large group would go through the whole log once.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Began, Entry, Log, Opened, Said
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
class Sent:
    """The counts, who has the floor, and what it did with it so far."""

    counts: Counts | None = None
    floor: AgentName | None = None
    turn: Literal["silent", "counted", "human"] = "silent"


NONE_SENT = Sent()


def _count(at: Sent, entry: Entry) -> Sent:
    if isinstance(entry, Began):
        return Sent(at.counts, entry.agent)
    if isinstance(entry, Opened):
        return NONE_SENT
    if not isinstance(entry, Said) or entry.message.sender != at.floor:
        return at
    floor = entry.message.sender
    if entry.message.origin == "human":
        return Sent(with_count(at.counts, floor, 0), floor, "human")
    if at.turn != "silent":
        return at
    return Sent(with_count(at.counts, floor, counted(at.counts, floor) + 1), floor, "counted")


SENT: Fold[Entry, Sent] = Fold(NONE_SENT, _count)


def auto_replies(log: Log, agent: AgentName) -> int:
    """How many automatic replies ``agent`` sent since it last spoke for a human; O(log of the agents) an entry, once."""
    return counted(log.fold(SENT).counts, agent)
