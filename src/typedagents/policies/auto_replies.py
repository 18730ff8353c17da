"""How many automatic replies an agent sent since it last spoke for a human: a fold of the log, so nothing is reset.

A turn counts once, when the agent says something in it and no word of that comes from a human. What was said before
the first turn (the opening) does not count, nor does what was said before the conversation was opened.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Began, Entry, Log, Opened, Said
from typedagents.core.message import AgentName


@frozen
class Sent:
    """The count, and where the agent is in its turn."""

    count: int = 0
    turn: Literal["others", "silent", "counted", "human"] = "others"


NONE_SENT = Sent()


@frozen
class CountFor:
    """The step that counts for one agent."""

    agent: AgentName

    def __call__(self, at: Sent, entry: Entry) -> Sent:
        if isinstance(entry, Began):
            turn: Literal["silent", "others"] = "silent" if entry.agent == self.agent else "others"
            return at if at.turn == turn else Sent(at.count, turn)
        if isinstance(entry, Said):
            if at.turn == "others" or entry.message.sender != self.agent:
                return at
            if entry.message.origin == "human":
                return Sent(0, "human")
            return Sent(at.count + 1, "counted") if at.turn == "silent" else at
        return NONE_SENT if isinstance(entry, Opened) else at


@lru_cache(maxsize=1024)
def _fold_for(agent: AgentName) -> Fold[Entry, Sent]:
    return Fold(NONE_SENT, CountFor(agent))


def auto_replies(log: Log, agent: AgentName) -> int:
    """How many automatic replies ``agent`` sent since it last spoke for a human; O(1) an entry, once."""
    return log.fold(_fold_for(agent)).count
