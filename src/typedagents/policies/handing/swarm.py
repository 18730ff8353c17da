"""Groups whose members hand over to each other, and what happens where nobody did.

Who speaks next, by the first line that fits:

    the last decision handed over              whom it named (the kernel's own rule)
    nobody has had the floor yet               ``first``
    calls of tools wait for an answer          ``runner``, where there is one
    the runner or the user had the floor       the agent that had it before them, or ``first`` where that is neither
    ``after`` names a target for the agent     where that lands, if it applies
    otherwise                                  where ``otherwise`` lands

AG2's patterns are this with another ``otherwise``:

    default        swarm(team, first="a", user="u")                                  finish() is the default
    auto           swarm(team, ..., otherwise=to_whom(by_model()))
    round robin    swarm(team, ..., otherwise=to_whom(in_order("a", "b", "c", "u")))
    random         swarm(team, ..., otherwise=to_whom(at_random()))
    manual         swarm(team, ..., otherwise=to_whom(by_human("u")))
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, Never, TypedDict, assert_never, overload

from attrs import evolve, field, frozen
from typing_extensions import Unpack

from typedagents.core.chain import Fold
from typedagents.core.decision import Choice, Chosen, Stop
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.fitting import check_known
from typedagents.core.log import Began, Entry, Log, Opened
from typedagents.core.message import AgentName, agent_name
from typedagents.core.team import E1, E2, E3, USER, Agent, Team
from typedagents.core.view import Roster, SharedView
from typedagents.core.walking import walked
from typedagents.policies.combinators import E
from typedagents.policies.diagrams.drawing import Arrow, Chooser, Drawing
from typedagents.policies.selecting.able import called

from .handoff import Handoff
from .showing import without_handoffs
from .targets import Finish, Floor, Landing, Over, Target, Told, landed
from .ways import ways

_NOBODY: AgentName | None = None


@frozen
class _WorkerBefore:
    """The step that keeps who last had the floor, those ``aside`` left out."""

    aside: frozenset[str]

    def __call__(self, so_far: AgentName | None, entry: Entry) -> AgentName | None:
        if isinstance(entry, Opened):
            return None
        return entry.agent if isinstance(entry, Began) and entry.agent not in self.aside else so_far


def worker_before(log: Log, aside: frozenset[str]) -> AgentName | None:
    """Who had the floor last, those ``aside`` left out; None where nobody had."""
    return log.fold(Fold(_NOBODY, _WorkerBefore(aside)))


def _read_only(after: Mapping[str, Target[E]]) -> Mapping[AgentName, Target[E]]:
    found = {agent_name(name): target for name, target in after.items()}
    for name, target in found.items():
        _prove_silent(target, f"after {name!r}")
    return MappingProxyType(found)


def _prove_silent(target: Target[AnyEffect], where: str) -> None:
    if target.talks:
        raise ConfigError(
            f"{target!r} cannot say {where} who speaks next: nobody has the floor then, to say what it came to; put the team "
            "into the group as an agent, society(name, team), and name that: to(name)"
        )


BEFORE = Chooser("whoever had the floor before")


@frozen
class HandingOrder(Generic[E_co]):
    """See the module's text."""

    first: AgentName
    otherwise: Target[E_co]
    after: Mapping[AgentName, Target[E_co]] = field(hash=False)
    user: AgentName | None = None
    runner: AgentName | None = None

    def __attrs_post_init__(self) -> None:
        _prove_silent(self.otherwise, "otherwise")

    @property
    def parts(self) -> tuple[Target[E_co], ...]:
        return (*self.after.values(), self.otherwise)

    def check_roster(self, roster: Roster, /) -> None:
        own = (self.first, self.user, self.runner, *self.after)
        check_known("a swarm", [name for name in own if name is not None], roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        """Where each goes that has handed over to nobody; hand-overs are its agents' own."""
        arrows: list[Arrow] = []
        for name in names:
            if name in (self.user, self.runner):
                arrows.append(Arrow(name, BEFORE))
                continue
            if self.runner is not None:
                arrows.append(Arrow(name, self.runner, "calls tools"))
            after = self.after.get(name)
            if after is not None:
                arrows.extend(ways(after, name, names, "when done"))
            if after is None or not after.always:
                arrows.extend(ways(self.otherwise, name, names, "otherwise"))
        return Drawing(tuple(dict.fromkeys(arrows)), (self.first,))

    def __call__(self, view: SharedView, /) -> Generator[Request[E_co], object, Choice]:
        floor = view.standing.floor
        if floor is None:
            return self.first
        if self.runner is not None and floor != self.runner and called(view.log.transcript.last):
            return self.runner
        aside = frozenset(name for name in (self.user, self.runner) if name is not None)
        if floor in aside:
            worker = worker_before(view.log, aside) or self.first
            if worker not in aside:
                return worker
        landing = None
        if floor in self.after:
            landing = yield from landed(self.after[floor], view)
        if landing is None:
            landing = yield from landed(self.otherwise, view)
        return _choice(landing, self.otherwise)


def _choice(landing: Landing | None, otherwise: Target[E]) -> Choice:
    match landing:
        case Floor(agent, note):
            return Chosen(agent, note) if note else agent
        case Over(reason):
            return Stop(reason)
        case Told() | None:
            return Stop(f"{otherwise!r} names nobody here, and nobody was handed to")
        case _ as never:
            assert_never(never)


class SwarmOptions(TypedDict, total=False):
    """What ``swarm`` takes beside targets: who begins (else the first agent), the human's agent, who runs tools."""

    first: str
    user: str
    runner: str


NOTHING_AFTER: Mapping[str, Target[Never]] = MappingProxyType({})
FINISH = Finish()


@overload
def swarm(team: Team[E1], **options: Unpack[SwarmOptions]) -> Team[E1]: ...
@overload
def swarm(
    team: Team[E1], *, after: Mapping[str, Target[E2]], **options: Unpack[SwarmOptions]
) -> Team[E1 | E2]: ...
@overload
def swarm(team: Team[E1], *, otherwise: Target[E3], **options: Unpack[SwarmOptions]) -> Team[E1 | E3]: ...
@overload
def swarm(
    team: Team[E1],
    *,
    after: Mapping[str, Target[E2]],
    otherwise: Target[E3],
    **options: Unpack[SwarmOptions],
) -> Team[E1 | E2 | E3]: ...
def swarm(
    team: Team[AnyEffect],
    *,
    after: Mapping[str, Target[AnyEffect]] = NOTHING_AFTER,
    otherwise: Target[AnyEffect] = FINISH,
    **options: Unpack[SwarmOptions],
) -> Team[AnyEffect]:
    """``team``, whose members hand over to each other; see the module's text for who speaks where nobody did.

    ``after`` says where the floor goes when an agent has done its work, by its name; ``otherwise``, where nothing of
    that applies: by default the conversation ends. What an agent hands over is not shown to the others. An opening given
    as plain text counts as said by ``user``; where there is none, by somebody of that name who is not in the team.
    """
    user, runner = options.get("user"), options.get("runner")
    order = HandingOrder(
        agent_name(options.get("first", next(iter(team.agents)))),
        otherwise,
        _read_only(after),
        None if user is None else agent_name(user),
        None if runner is None else agent_name(runner),
    )
    return evolve(_hidden(team), select=order, opener=team.opener or order.user or USER)


def _hidden(team: Team[E]) -> Team[E]:
    """``team``, whose members are not shown the hand-overs of others."""
    found = (one for agent in team.agents.values() for one in walked(agent.policy, teams=False))
    handoffs = tuple(one for one in found if isinstance(one, Handoff))
    if not handoffs:
        return team
    agents = {
        name: Agent(name, without_handoffs(agent.policy, *handoffs), agent.description)
        for name, agent in team.agents.items()
    }
    return evolve(team, agents=MappingProxyType(agents))
