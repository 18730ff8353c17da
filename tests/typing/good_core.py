"""User code that both checkers must accept: effects of one's own, what policies may ask for, and who performs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never, assert_type

from attrs import frozen

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import Effect, Failed, Ok, Steps, proved
from typedagents.core.handler import Call, Handler
from typedagents.core.kernel import converse
from typedagents.core.message import AgentName
from typedagents.core.structure import attempt, both, each, race
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.turn import Ended
from typedagents.core.view import Policy, SharedView, View
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.world import World


@frozen
class Weigh(Effect[float]):
    what: str

    def accept(self, value: object, /) -> float:
        return proved(value, float)


@frozen
class Paint(Effect[str]):
    what: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def weighs(view: View, /) -> Steps[Decision, Weigh]:
    weight = yield from Weigh("me")
    assert_type(weight, float)
    return Reply(f"{weight:.1f}")


def weighs_and_paints(view: View, /) -> Steps[Decision, Weigh | Paint | Now]:
    weight, colour = yield from both(Weigh("me"), Paint("it"))
    assert_type(weight, float)
    assert_type(colour, str)
    weights = yield from each([Weigh("a"), Weigh("b")])
    assert_type(weights, tuple[float, ...])
    quick = yield from race([Weigh("a"), Weigh("b")])
    assert_type(quick, float)
    match (yield from attempt(Paint("it"))):
        case Ok(value):
            assert_type(value, str)
        case Failed(kind):
            assert_type(kind, str)
    ended = yield from converse(group(Agent(AgentName("inner"), weighs)), "weigh")
    assert_type(ended, Ended)
    return Stop(f"{ended.reason}")


def waits(view: View, /) -> Steps[Decision, Sleep | Draw | Now]:
    yield from Sleep(1)
    assert_type((yield from Draw(6)), int)
    assert_type((yield from Now()), float)
    return Reply("woke")


def plain(view: View, /) -> Reply:
    return Reply("hello")


def chooses(view: SharedView, /) -> Steps[str, Paint]:
    return (yield from Paint("whom"))


SCALES: Handler[Weigh] = Weigh.by(lambda effect: 1.0)


async def paint(effect: Paint, call: Call) -> str:
    call.emit("painting")
    return effect.what


BRUSH = Paint.by(paint)
assert_type(SCALES | BRUSH, Handler[Weigh | Paint])

weigher = Agent(AgentName("weigher"), weighs)
painter = Agent(AgentName("painter"), weighs_and_paints)
speaker = Agent(AgentName("speaker"), plain)

team: Team[Weigh | Paint | Now] = group(weigher, painter)
calm: Team[Never] = group(speaker)
chosen: Team[Weigh | Paint] = group(weigher).selected_by(chooses)
listed: Team[Weigh] = group_of([weigher, weigher])

both_world = World(SCALES | BRUSH, store=None)
outcome: Outcome = both_world.run_sync(team, "hi")
both_world.run_sync(group(weigher))
both_world.run_sync(calm)
both_world.run_sync(chosen)
World(SCALES).run_sync(group(weigher, Agent(AgentName("sleeper"), waits)))

a_policy: Policy[Weigh | Paint] = weighs
more: Callable[[View], Decision] = plain

lucky = Variable("lucky", int, 7)
assert_type(outcome.context[lucky], int)
lucky.to(8)
