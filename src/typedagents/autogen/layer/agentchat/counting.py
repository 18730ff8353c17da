"""How often an agent has answered by itself in a chat: a fold of the log, as in the core, but for two things.

The first turn is the opening, which counts for nothing; and a chat that goes on after another (by ``send``) begins with
the count that the other left.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Began, Entry, Opened, Said
from typedagents.core.message import AgentName


@frozen
class Count:
    """The count, the turns so far, and whether this turn has counted."""

    replies: int
    turns: int = 0
    mine: bool = False


@frozen
class CountsFor:
    """The step that counts for one agent."""

    agent: AgentName
    before: int

    def __call__(self, at: Count, entry: Entry) -> Count:
        match entry:
            case Began():
                return Count(at.replies, at.turns + 1, entry.agent == self.agent)
            case Said() if at.mine and entry.message.sender == self.agent:
                human = entry.message.origin == "human"
                return Count(0 if human else at.replies + (at.turns > 1), at.turns)
            case Opened():
                return Count(self.before)
            case _:
                return at


Counting: TypeAlias = Fold[Entry, Count]


def counting(agent: AgentName, before: int = 0) -> Counting:
    """The fold that counts for ``agent``, who has answered ``before`` so often."""
    return Fold(Count(before), CountsFor(agent, before))
