"""Teams that a test makes as it goes, found by name: what random programs are held under. Kept out of the sandbox."""

from __future__ import annotations

from attrs import evolve, frozen

from tests.core.programs import Ask, Asked, Buy, Look, Receipt, answered
from typedagents.core.ambient import Now
from typedagents.core.effect import AnyEffect, EffectFailed, Failed
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.registry import Teams
from typedagents.core.team import Agent, Team, group
from typedagents.interpreter.world import World
from typedagents.policies.fixed import says

MADE: dict[str, Team[Asked | Now]] = {}


@frozen
class _Made(Teams[Asked | Now]):
    def find(self, name: str, version: str = "") -> Team[Asked | Now]:
        return MADE[name]


def made(team: Team[Asked | Now]) -> Team[Asked | Now]:
    """The team under a new name, to be found."""
    named = evolve(team, name=f"team{len(MADE)}")
    MADE[named.name] = named
    return named


def answer(effect: AnyEffect) -> object:
    """What the world of the random programs says."""
    outcome = answered(effect)
    if isinstance(outcome, Failed):
        raise EffectFailed(outcome)
    return outcome.value


SOMEBODY: Team[Asked | Now] = group(
    Agent(AgentName("a"), says("hi")), limits=Limits(max_decisions=1), name="somebody"
)
teams: Teams[Asked | Now] = _Made((SOMEBODY,))


def ask(effect: Ask) -> str:
    return effect.accept(answer(effect))


def look(effect: Look) -> int:
    return effect.accept(answer(effect))


def buy(effect: Buy) -> Receipt:
    return effect.accept(answer(effect))


WORLD = World(Ask.by(ask) | Look.by(look) | Buy.by(buy), store=None)
