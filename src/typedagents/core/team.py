"""Agents and teams: who takes part, who speaks next, what ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Generic, Never, TypedDict, overload

from attrs import evolve, field, frozen
from attrs.converters import optional
from typing_extensions import TypeVar, Unpack

from .effect import AnyEffect, E, E_co
from .errors import ConfigError
from .fitting import check_fit
from .limits import Limits
from .message import AgentName, Words, agent_name, as_parts
from .model import ToolSpec
from .parts import Part
from .rule import NeverHolds, Rule, keeps_time
from .view import Policy, Roster, Selector, SharedView, Summary, WaveSelector
from .wiring import Wiring, check_wiring, wiring_of, wiring_of_all

# An agent or selector that asks for nothing binds no effect: the default says so.
S = TypeVar("S", bound=AnyEffect, default=Never)
E1 = TypeVar("E1", bound=AnyEffect, default=Never)
E2 = TypeVar("E2", bound=AnyEffect, default=Never)
E3 = TypeVar("E3", bound=AnyEffect, default=Never)
E4 = TypeVar("E4", bound=AnyEffect, default=Never)
E5 = TypeVar("E5", bound=AnyEffect, default=Never)
E6 = TypeVar("E6", bound=AnyEffect, default=Never)
E7 = TypeVar("E7", bound=AnyEffect, default=Never)
E8 = TypeVar("E8", bound=AnyEffect, default=Never)


USER = AgentName("user")
"""Who opens what nobody of the team does: whoever asks."""


@frozen
class Agent(Generic[E_co]):
    """A name, a policy, and a description for others (selectors, introductions)."""

    name: AgentName = field(converter=agent_name)
    policy: Policy[E_co]
    description: str = ""

    def __attrs_post_init__(self) -> None:
        if not callable(self.policy):
            raise ConfigError(
                f"the policy of agent {self.name!r} must be callable; found {self.policy!r:.60}"
            )

    @property
    def wiring(self) -> Wiring:
        """What its policy says of tools; O(size of the policy)."""
        return wiring_of(self.policy)

    @property
    def tells(self) -> tuple[ToolSpec, ...]:
        """The tools whose calls it says, for whoever runs them."""
        return self.wiring.tells

    @property
    def runs(self) -> frozenset[str]:
        """The names of the tools whose calls it answers, whoever says them."""
        return self.wiring.runs


@frozen
class InOrder:
    """The next in order after whoever had the floor last, or opened; the first when that was nobody of the team."""

    def __call__(self, view: SharedView, /) -> str | None:
        standing = view.standing
        last = standing.floor or standing.speaker
        following = None if last is None else view.roster.after(last)
        return following if following is not None else next(iter(view.roster))


def _opening(given: Words | None) -> str | tuple[Part, ...] | None:
    return given if given is None or isinstance(given, str) else as_parts(given)


@frozen
class Team(Generic[E_co]):
    """Agents by name, who chooses the next speaker, the rule that ends it, and its limits. See ``group`` and ``chat``.

    ``opener`` is who is taken to have said an opening given as plain text, of the team or not; None: the first agent, and
    ``user`` where there is one agent only, who would else answer itself. ``summary`` is asked when the conversation is
    over; None: its last message sums it up. ``version``: runs go on with the version that they were begun with, so name
    another where a policy is changed (see ``teams``). ``ConfigError`` where an agent is told of a tool that no agent runs.
    """

    agents: Mapping[AgentName, Agent[E_co]]
    select: Selector[E_co] | WaveSelector[E_co]
    until: Rule = NeverHolds()
    limits: Limits = Limits()
    name: str = "conversation"
    opener: AgentName | None = field(default=None, converter=optional(agent_name))
    opening: str | tuple[Part, ...] | None = field(default=None, converter=_opening)
    summary: Summary[E_co] | None = None
    version: str = ""
    roster: Roster = field(init=False, repr=False, eq=False)
    keeps_time: bool = field(init=False, repr=False, eq=False)
    wiring: Wiring = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not self.agents:
            raise ConfigError("a team needs at least one agent; found none")
        wirings = {name: agent.wiring for name, agent in self.agents.items()}
        check_wiring(self.name, wirings)
        object.__setattr__(self, "wiring", wiring_of_all(wirings.values()))
        descriptions = {name: agent.description for name, agent in self.agents.items()}
        object.__setattr__(self, "roster", Roster(descriptions, wirings))
        object.__setattr__(self, "keeps_time", keeps_time(self.until))
        check_fit([*(agent.policy for agent in self.agents.values()), self.select], self.roster)

    @property
    def parts(self) -> tuple[object, ...]:
        """Its agents' policies, its selector and its summary."""
        summary = () if self.summary is None else (self.summary,)
        return (*(agent.policy for agent in self.agents.values()), self.select, *summary)

    @property
    def opens_as(self) -> AgentName:
        """Who is taken to have said an opening given as plain text."""
        return self.opener or (USER if len(self.agents) == 1 else next(iter(self.agents)))

    @overload
    def selected_by(self, select: Selector[S]) -> Team[E_co | S]: ...
    @overload
    def selected_by(self, select: WaveSelector[S]) -> Team[E_co | S]: ...
    def selected_by(self, select: Selector[S] | WaveSelector[S]) -> Team[E_co | S]:
        """The same team with another selector, whose effects are added to the team's."""
        return Team(
            self.agents,
            select,
            self.until,
            self.limits,
            self.name,
            self.opener,
            self.opening,
            self.summary,
            self.version,
        )

    def summed_up_by(self, summary: Summary[S]) -> Team[E_co | S]:
        """The same team, whose conversations are summed up by ``summary``; its effects are added to the team's."""
        return Team(
            self.agents,
            self.select,
            self.until,
            self.limits,
            self.name,
            self.opener,
            self.opening,
            summary,
            self.version,
        )

    def stopping(self, rule: Rule) -> Team[E_co]:
        """The same team, that ends also when ``rule`` holds."""
        return evolve(self, until=rule if self.until == NeverHolds() else self.until | rule)

    def limited(self, limits: Limits) -> Team[E_co]:
        """The same team with other limits."""
        return evolve(self, limits=limits)


class TeamOptions(TypedDict, total=False):
    """What ``group`` takes beside agents: see ``Team``."""

    until: Rule
    limits: Limits
    name: str
    opening: Words
    version: str


def group_of(agents: Sequence[Agent[E]], **options: Unpack[TeamOptions]) -> Team[E]:
    """A team of any number of agents, who speak in order."""
    by_name: dict[AgentName, Agent[E]] = {}
    for agent in agents:
        if not isinstance(agent, Agent):
            raise ConfigError(
                f"a team is made of agents; found {agent!r:.60}: write group(a, b), and group(*agents) for a list"
            )
        if agent.name in by_name:
            raise ConfigError(f"two agents are named {agent.name!r}; give each a name of its own")
        by_name[agent.name] = agent
    return Team(MappingProxyType(by_name), InOrder(), **options)


@overload
def group(a: Agent[E1], /, **options: Unpack[TeamOptions]) -> Team[E1]: ...
@overload
def group(a: Agent[E1], b: Agent[E2], /, **options: Unpack[TeamOptions]) -> Team[E1 | E2]: ...
@overload
def group(
    a: Agent[E1], b: Agent[E2], c: Agent[E3], /, **options: Unpack[TeamOptions]
) -> Team[E1 | E2 | E3]: ...
@overload
def group(
    a: Agent[E1], b: Agent[E2], c: Agent[E3], d: Agent[E4], /, **options: Unpack[TeamOptions]
) -> Team[E1 | E2 | E3 | E4]: ...
@overload
def group(
    a: Agent[E1], b: Agent[E2], c: Agent[E3], d: Agent[E4], e: Agent[E5], /, **options: Unpack[TeamOptions]
) -> Team[E1 | E2 | E3 | E4 | E5]: ...
@overload
def group(
    a: Agent[E1],
    b: Agent[E2],
    c: Agent[E3],
    d: Agent[E4],
    e: Agent[E5],
    f: Agent[E6],
    /,
    **options: Unpack[TeamOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6]: ...
@overload
def group(
    a: Agent[E1],
    b: Agent[E2],
    c: Agent[E3],
    d: Agent[E4],
    e: Agent[E5],
    f: Agent[E6],
    g: Agent[E7],
    /,
    **options: Unpack[TeamOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6 | E7]: ...
@overload
def group(
    a: Agent[E1],
    b: Agent[E2],
    c: Agent[E3],
    d: Agent[E4],
    e: Agent[E5],
    f: Agent[E6],
    g: Agent[E7],
    h: Agent[E8],
    /,
    **options: Unpack[TeamOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8]: ...
@overload
def group(*agents: Agent[E], **options: Unpack[TeamOptions]) -> Team[E]: ...
def group(*agents: Agent[AnyEffect], **options: Unpack[TeamOptions]) -> Team[AnyEffect]:
    """A team of these agents, who speak in order. For a list of agents use ``group_of``."""
    return group_of(agents, **options)
