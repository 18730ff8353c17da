"""Several conversations as one team: one after the other, or in any order that their prerequisites allow.

Both are ordinary teams, whose transcript holds what each talk came to, so that they replay, resume, nest and are
bounded like any other.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Generic, final

from attrs import frozen

from typedagents.core.ambient import Now
from typedagents.core.chain import Fold
from typedagents.core.decision import Decision, Draft, Reply
from typedagents.core.effect import E, E_co, Request
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Began, Entry, Log, Opened, Said, Transcript
from typedagents.core.message import AgentName, Message, Words, agent_name
from typedagents.core.rule import Rule
from typedagents.core.structure import Node, graph, ordered
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.turn import Ended
from typedagents.core.view import STANDING, SharedView, View

from .diagrams.drawing import Drawing, row_of
from .talks import Talk, openings, talks_of

ROOMY = Limits(max_decisions=Unlimited)


@frozen
class Course:
    """What a conversation was opened with, before anybody's turn, and what was said in its turns."""

    opening: Message | None = None
    begun: bool = False
    said: Transcript = Transcript()


def _go_on(at: Course, entry: Entry) -> Course:
    match entry:
        case Opened():
            return Course()
        case Began() if not at.begun:
            return Course(at.opening, begun=True)
        case Said(message) if at.begun:
            return Course(at.opening, begun=True, said=(at.said or Transcript()).append(message))
        case Said(message):
            return Course(at.opening or message)
        case _:
            return at


COURSE: Fold[Entry, Course] = Fold(Course(), _go_on)


def opened_with(view: View) -> Words | None:
    """What this conversation was opened with; O(1)."""
    opening = view.log.fold(COURSE).opening
    return None if opening is None else opening.parts


@frozen
class OnePerTurn:
    """The first has the first turn, the second the second, and so on, whoever opened."""

    def __call__(self, view: SharedView, /) -> str | None:
        roster, last = view.roster, view.standing.floor
        if last is None:
            return next(iter(roster))
        return roster.after(last) if view.turn < len(roster) else None

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        """All of them, one after the other."""
        return row_of(names)


@final
@frozen
class AllHeld(Rule):
    """Holds when so many talks are over."""

    count: int

    def __call__(self, log: Log, /) -> bool:
        return log.fold(STANDING).turns >= self.count

    def __str__(self) -> str:
        return f"all {self.count} talks are over" if self.count > 1 else "the talk is over"


# --- one after the other ----------------------------------------------------------------------------------------


@frozen(repr=False)
class Holds(Generic[E_co]):
    """Holds ``talk`` and says what it came to. What the others said before is carried over, but for the ``silent``."""

    talk: Talk[E_co]
    silent: frozenset[AgentName] = frozenset()

    @property
    def parts(self) -> tuple[object, ...]:
        return openings([self.talk])

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return (self.talk.team,)

    def __call__(self, view: View, /) -> Generator[Request[E_co | Now], object, Decision]:
        said = view.log.fold(COURSE).said
        carryover = [message.text for message in said if message.sender not in self.silent]
        ended = yield from self.talk.held(view, carryover, opened_with(view))
        return Reply(ended.log.summary)

    def __repr__(self) -> str:
        return f"holds({self.talk.title!r})"


def sequence(*talks: Talk[E] | Team[E], name: str = "sequence", limits: Limits = ROOMY) -> Team[E | Now]:
    """A team that holds ``talks`` one after the other; each is told what the earlier ones came to, in order.

    Its transcript holds what each came to, said under the talk's name; its summary is that of the last. Where an effect
    fails in one, it ends for that reason.
    """
    held = talks_of(talks, "a sequence")
    silent = frozenset(talk.title for talk in held if not talk.carries)
    agents = [Agent(talk.title, Holds(talk, silent)) for talk in held]
    return group_of(agents, until=AllHeld(len(agents)), name=name, limits=limits).selected_by(OnePerTurn())


# --- in any order that their prerequisites allow ----------------------------------------------------------------


@frozen
class _Begins(Generic[E_co]):
    """Begins ``talk`` when those before it are over."""

    talk: Talk[E_co]
    view: View

    def __call__(self, given: Mapping[str, Ended], /) -> Generator[Request[E_co | Now], object, Ended]:
        carryover = [ended.log.summary for ended in given.values()]
        return self.talk.held(self.view, carryover, opened_with(self.view))


@frozen(repr=False)
class Plans(Generic[E_co]):
    """Holds ``talks`` as concurrently as their order allows, and says what each came to, in given order."""

    talks: tuple[Talk[E_co], ...]

    @property
    def parts(self) -> tuple[object, ...]:
        return openings(self.talks)

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return tuple([one.team for one in self.talks])

    def __call__(self, view: View, /) -> Generator[Request[E_co | Now], object, Decision]:
        ended = yield from graph({one.title: Node(_Begins(one, view), one.after) for one in self.talks})
        return Reply([Draft(f"{one.title}: {ended[one.title].log.summary}") for one in self.talks])

    def __repr__(self) -> str:
        return f"plans({', '.join(repr(one.title) for one in self.talks)})"


@frozen
class LastOnes:
    """Sums up a plan by what those talks came to that none comes after, one a line."""

    talks: tuple[tuple[AgentName, bool], ...]

    def __call__(self, log: Log, /) -> str:
        transcript = log.transcript
        if len(transcript) < len(self.talks):  # it failed before it said anything
            return ""
        said = [transcript[i].text for i in range(-len(self.talks), 0)]
        results = zip(said, self.talks, strict=True)
        return "\n".join(text.removeprefix(f"{title}: ") for text, (title, last) in results if last)


def plan(*talks: Talk[E] | Team[E], name: str = "plan", limits: Limits = ROOMY) -> Team[E | Now]:
    """A team that holds ``talks`` as concurrently as their prerequisites (``talk(..., after=...)``) allow.

    Each is told what its prerequisites came to, and nothing of the others. ``ConfigError`` names a talk that comes after
    itself, or after one that is not there.
    """
    held = talks_of(talks, "a plan")
    ordered({one.title: one.after for one in held})
    followed = {title for one in held for title in one.after}
    last = LastOnes(tuple((one.title, one.title not in followed) for one in held))
    planner = Agent(agent_name(name), Plans(held))
    return group(planner, until=AllHeld(1), name=name, limits=limits).summed_up_by(last)
