"""Conversations within a turn: an agent that talks with others before it answers, and a team that is an agent."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic

from attrs import frozen

from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import E, E_co, Request
from typedagents.core.message import agent_name
from typedagents.core.team import Agent, Team
from typedagents.core.view import View

from .conversing import conversed
from .talks import Talk, openings, talks_of


@frozen(repr=False)
class Nested(Generic[E_co]):
    """See ``nested``."""

    talks: tuple[Talk[E_co], ...]

    @property
    def parts(self) -> tuple[object, ...]:
        return openings(self.talks)

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return tuple([one.team for one in self.talks])

    def __call__(self, view: View, /) -> Generator[Request[E_co | Now], object, Decision]:
        last = view.transcript.last
        carryover: list[str] = []
        summary = ""
        for one in self.talks:
            ended = yield from one.held(view, carryover, None if last is None else last.parts)
            summary = ended.log.summary
            if one.carries:
                carryover.append(summary)
        return Reply(summary)

    def __repr__(self) -> str:
        return f"nested({', '.join(repr(one.title) for one in self.talks)})"


def nested(*talks: Talk[E] | Team[E]) -> Nested[E]:
    """The policy that holds ``talks`` one after the other, and says what the last of them came to.

    A talk without words of its own is opened with the last message of the conversation around, and told what the
    earlier ones came to. Put it behind ``when(...)`` to hold them only where a rule, a sender or a function says so.
    """
    return Nested(talks_of(talks, "a nested conversation"))


@frozen(repr=False)
class Society(Generic[E_co]):
    """See ``society``."""

    team: Team[E_co]

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return (self.team,)

    def __call__(self, view: View, /) -> Generator[Request[E_co | Now], object, Decision]:
        ended = yield from conversed(self.team, view.transcript)
        said = len(ended.log.transcript) > len(view.transcript)
        return Reply(ended.log.summary) if said else Pass()

    def __repr__(self) -> str:
        return f"society({self.team.name!r})"


def society(name: str, team: Team[E], description: str = "") -> Agent[E | Now]:
    """A team as one agent: it talks over all that was said so far, and says what that came to."""
    return Agent(agent_name(name), Society(team), description)
