"""Where the floor may go: targets, which a tool call, a condition or the end of an agent's work names.

    to("billing")                             an agent, by its name
    to("billing").when(TIER.equals("gold"))   the same, where a rule holds
    to("a").when(EARLY) | to("b")             the first that applies
    to_whom(selector)                          whom a selector names: a model, dice, a human, an order
    stay()                                    whoever has the floor
    asking(team)                              another conversation, held within the turn; the floor stays
    finish("solved")                          nobody: the conversation ends

``|`` is associative. A target comes to a ``Landing``, of which there are three.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from itertools import pairwise
from types import GeneratorType
from typing import Generic, Never, TypeAlias, final

from attrs import field, frozen

from typedagents.core.ambient import Now
from typedagents.core.decision import Chosen, Stop
from typedagents.core.effect import E1, E2, E_co, Request
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.fitting import check_known
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message, agent_name
from typedagents.core.rule import Rule
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.team import Team
from typedagents.core.view import Roster, Selector, SharedView
from typedagents.policies.combinators import E
from typedagents.policies.conversing import conversed
from typedagents.policies.words import named


@frozen
class Floor:
    """This agent speaks next; ``note`` says why, where that needs explaining."""

    agent: AgentName
    note: str = ""


@frozen
class Over:
    """The conversation ends."""

    reason: str | RuleFired | DecisionLimit


@frozen
class Told:
    """Words for whoever asked, who keeps the floor."""

    text: str


Landing: TypeAlias = Floor | Over | Told


class Target(ABC, Generic[E_co]):
    """Where the floor may go. What finding that out asks of the world is in the type."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[object, ...]:
        """What it asks."""
        return ()

    @property
    def always(self) -> bool:
        """Whether it applies to every conversation."""
        return True

    @property
    def talks(self) -> bool:
        """Whether it may come to ``Told``, which only an agent in its turn can make use of."""
        return False

    def applies(self, log: Log, /) -> bool:
        """Whether it applies to this conversation."""
        return True

    @abstractmethod
    def land(self, view: SharedView, /) -> Generator[Request[E_co], object, Landing]:
        """Where the floor goes; asked only where it applies."""

    def when(self, rule: Rule) -> Target[E_co]:
        """The same target, where ``rule`` holds."""
        return Conditional(rule, self)

    def __or__(self: Target[E1], other: Target[E2]) -> Target[E1 | E2]:
        return FirstTarget((*_options(self), *_options(other)))


def landed(target: Target[E], view: SharedView) -> Generator[Request[E], object, Landing | None]:
    """What ``target`` comes to; None where it does not apply."""
    if not target.applies(view.log):
        return None
    return (yield from target.land(view))


def noted(floor: Floor) -> tuple[str, ...]:
    """What an agent notes that hands over: why, where that needs explaining."""
    return (floor.note,) if floor.note else ()


def _options(target: Target[E]) -> tuple[Target[E], ...]:
    return target.targets if isinstance(target, FirstTarget) else (target,)


@final
@frozen(repr=False)
class ToAgent(Target[Never]):
    """See ``to``."""

    agent: AgentName = field(converter=agent_name)

    def check_roster(self, roster: Roster, /) -> None:
        check_known(repr(self), [self.agent], roster)

    def land(self, view: SharedView, /) -> Generator[Request[Never], object, Landing]:
        yield from ()
        return Floor(self.agent)

    def __repr__(self) -> str:
        return f"to({self.agent!r})"


@final
@frozen(repr=False)
class Stay(Target[Never]):
    """See ``stay``."""

    def land(self, view: SharedView, /) -> Generator[Request[Never], object, Landing]:
        yield from ()
        standing = view.standing
        return Floor(standing.floor or standing.speaker or next(iter(view.roster)))

    def __repr__(self) -> str:
        return "stay()"


@final
@frozen(repr=False)
class Finish(Target[Never]):
    """See ``finish``."""

    reason: str = "there is nothing left to do"

    def land(self, view: SharedView, /) -> Generator[Request[Never], object, Landing]:
        yield from ()
        return Over(self.reason)

    def __repr__(self) -> str:
        return f"finish({self.reason!r})"


@final
@frozen(repr=False)
class ByChoice(Target[E_co]):
    """See ``to_whom``."""

    selector: Selector[E_co]

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.selector,)

    def land(self, view: SharedView, /) -> Generator[Request[E_co], object, Landing]:
        answer = self.selector(view)
        choice: object = (yield from answer) if isinstance(answer, GeneratorType) else answer
        match choice:
            case Chosen(agent, note):
                return Floor(agent, note)
            case str() if choice in view.roster:
                return Floor(agent_name(choice))
            case Stop(reason):
                return Over(reason)
            case None:
                return Over(f"{named(self.selector)} named nobody to speak next")
            case _:
                raise PolicyError(
                    f"the selector {named(self.selector)} named {choice!r:.60}, who is not in the team; it has: "
                    f"{', '.join(view.roster)}"
                )

    def __repr__(self) -> str:
        return f"to_whom({named(self.selector)})"


@final
@frozen(repr=False)
class AskingTeam(Target[E_co | Now], Generic[E_co]):
    """See ``asking``."""

    team: Team[E_co]

    @property
    def teams(self) -> tuple[Team[E_co], ...]:
        return (self.team,)

    @property
    def talks(self) -> bool:
        return True

    def land(self, view: SharedView, /) -> Generator[Request[E_co | Now], object, Landing]:
        last = view.transcript.last
        said = None
        if self.team.opening is None and last is not None:
            said = Message(self.team.opens_as, last.parts)
        ended = yield from conversed(self.team, said)
        return Told(ended.log.summary)

    def __repr__(self) -> str:
        return f"asking({self.team.name!r})"


@final
@frozen(repr=False)
class Conditional(Target[E_co]):
    """A target where ``rule`` holds."""

    rule: Rule
    target: Target[E_co]

    @property
    def parts(self) -> tuple[object, ...]:
        return (self.target,)

    @property
    def always(self) -> bool:
        return False

    @property
    def talks(self) -> bool:
        return self.target.talks

    def applies(self, log: Log, /) -> bool:
        return self.rule(log) and self.target.applies(log)

    def land(self, view: SharedView, /) -> Generator[Request[E_co], object, Landing]:
        return self.target.land(view)

    def __repr__(self) -> str:
        return f"{self.target!r}.when({self.rule})"


def _reached(targets: tuple[Target[E], ...]) -> tuple[Target[E], ...]:
    for target, following in pairwise(targets):
        if target.always:
            raise ConfigError(
                f"{target!r} applies always, so that {following!r} behind it is never reached; put it last, or give it a "
                "condition: .when(...)"
            )
    return targets


@final
@frozen(repr=False)
class FirstTarget(Target[E_co]):
    """The first of ``targets`` that applies."""

    targets: tuple[Target[E_co], ...] = field(converter=_reached)

    @property
    def parts(self) -> tuple[object, ...]:
        return self.targets

    @property
    def always(self) -> bool:
        return self.targets[-1].always

    @property
    def talks(self) -> bool:
        return any(target.talks for target in self.targets)

    def applies(self, log: Log, /) -> bool:
        return any(target.applies(log) for target in self.targets)

    def land(self, view: SharedView, /) -> Generator[Request[E_co], object, Landing]:
        log = view.log
        return next(target for target in self.targets if target.applies(log)).land(view)

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.targets))


def to(agent: str) -> ToAgent:
    """The agent of this name."""
    return ToAgent(agent)


def stay() -> Stay:
    """Whoever has the floor keeps it."""
    return Stay()


def finish(reason: str = "there is nothing left to do") -> Finish:
    """Nobody: the conversation ends, for this reason."""
    return Finish(reason)


def to_whom(selector: Selector[E]) -> ByChoice[E]:
    """Whom ``selector`` names; where it names nobody, the conversation ends."""
    return ByChoice(selector)


def asking(team: Team[E]) -> AskingTeam[E]:
    """Another conversation, held by ``team`` within the turn, opened with the last message or as the team says.

    Whoever has the floor is told what it came to, and keeps it. Only for hand-overs of an agent in its turn: to give a
    team the floor, put it into the group as an agent (``society``).
    """
    return AskingTeam(team)
