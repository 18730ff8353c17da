"""Who can do what a message asks for: after a tool call, the agents that run the tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from attrs import frozen

from typedagents.core.errors import listed
from typedagents.core.message import AgentName, Message
from typedagents.core.view import Roster, SharedView
from typedagents.policies.calling.pending import waiting_in

from .candidates import Admits, Candidates


def called(message: Message | None) -> frozenset[str]:
    """The tools that ``message`` calls, but for those whose results are in it."""
    if message is None:
        return frozenset()
    return frozenset(call.name for call in waiting_in(message.parts))


def runners(roster: Roster, needed: frozenset[str]) -> frozenset[AgentName]:
    """Who runs all that is ``needed``; else who runs some of it; else of whom it is not known what they run."""
    known = roster.wiring.items()
    every = frozenset(name for name, wiring in known if needed <= wiring.runs)
    some = every or frozenset(name for name, wiring in known if needed & wiring.runs)
    return some or frozenset(name for name, wiring in known if wiring.open)


@final
@frozen(repr=False)
class Able(Candidates):
    """See ``able``."""

    def admits(self, view: SharedView, /) -> Admits:
        needed = called(view.log.transcript.last)
        return runners(view.roster, needed).__contains__ if needed else lambda name: True

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        needed = called(view.log.transcript.last)
        can = [name for name in view.roster if name in runners(view.roster, needed)]
        if can:
            return f"only {listed(can)} can run {listed(sorted(needed))}, which the last message calls"
        return f"no agent runs {listed(sorted(needed))}, which the last message calls"

    def __repr__(self) -> str:
        return "able()"


def able() -> Able:
    """Those who run what the last message calls, all of it if anybody does; everyone where it calls nothing.

    Who runs what is read off the agents (``Agent.runs``). Where nobody is known to, those may speak whose policy does
    not say what it runs.
    """
    return Able()
