"""What a picture shows of an agent's policy: the teams whose conversations it holds, and to whom it hands over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from typedagents.core.effect import AnyEffect
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, Team
from typedagents.core.walking import teams_of, walked
from typedagents.policies.guardrails import GuardReceived, GuardSaid, Judged, Matching
from typedagents.policies.handing.handing import HandsTo
from typedagents.policies.handing.handoff import Handoff
from typedagents.policies.handing.ways import ways
from typedagents.policies.nesting import Nested
from typedagents.policies.sequences import Holds, Plans
from typedagents.policies.talks import Talk
from typedagents.policies.words import named

from .drawing import NOTHING, Arrow, Drawing, row_of


@frozen
class Held:
    """Teams, by what they are called where their conversations are held, and which comes after which."""

    teams: tuple[tuple[AgentName, Team[AnyEffect]], ...]
    drawing: Drawing = NOTHING


def held_by(policy: object) -> Iterator[Held]:
    """What ``policy``, and each policy or tool that it is made of, holds."""
    for here in walked(policy, teams=False):
        match here:
            case Holds():
                yield _talks((here.talk,))
            case Nested():
                yield _talks(here.talks, row_of([one.title for one in here.talks]))
            case Plans():
                after = [Arrow(before, one.title) for one in here.talks for before in one.after]
                first = [one.title for one in here.talks if not one.after]
                yield _talks(here.talks, Drawing(tuple(after), tuple(first)))
            case _:
                teams = [team for team in teams_of(here) if isinstance(team, Team)]
                if teams:
                    yield Held(tuple([(AgentName(team.name), team) for team in teams]))


def _talks(talks: Sequence[Talk[AnyEffect]], drawing: Drawing = NOTHING) -> Held:
    return Held(tuple([(one.title, one.team) for one in talks]), drawing)


def hand_overs(agent: Agent[AnyEffect], names: Sequence[AgentName]) -> Iterator[Arrow]:
    """To whom of its team, whose members are ``names``, ``agent`` hands over, and by what."""
    for here in walked(agent.policy, teams=False):
        match here:
            case Handoff():
                yield from ways(here.target, agent.name, names, here.spec.name)
            case HandsTo():
                yield from ways(here.target, agent.name, names, "")
            case GuardReceived():
                yield from ways(here.target, agent.name, names, f"receives: {_fault(here.inspection)}")
            case GuardSaid():
                yield from ways(here.target, agent.name, names, f"says: {_fault(here.inspection)}")
            case _:
                pass


def _fault(inspection: object) -> str:
    """What ``inspection`` finds, in words."""
    match inspection:
        case Matching():
            return inspection.why
        case Judged():
            return inspection.rule
        case _:
            return named(inspection)
