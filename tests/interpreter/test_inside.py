"""Conversations that are held inside an effect of another run: one trace, one budget, and nothing again on replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import anyio
import pytest
from attrs import frozen
from msgspec.json import decode

from typedagents.core.decision import Reply, Stop
from typedagents.core.effect import Effect, Repetition, Steps, proved
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call, Handler
from typedagents.core.limits import Limits
from typedagents.core.message import agent_name
from typedagents.core.model import CallModel
from typedagents.core.stop import BudgetExceeded, EffectFailure
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.testing import scripted_model

NO_BUDGET = Budget()


@frozen
class Consult(Effect[str]):
    """Ask elsewhere."""

    kind: ClassVar[str] = "Consult"
    question: str

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def asks(view: View) -> Steps[Reply, Consult]:
    first = yield from Consult("one?")
    second = yield from Consult("two?")
    return Reply(f"{first} {second}", ends=Stop("asked"))


OUTER = group(Agent(agent_name("outer"), asks), name="outer")
INNER: Team[CallModel] = group(
    Agent(agent_name("inner"), model_reply()), name="inner", limits=Limits(max_decisions=1)
)


def inner(*lines: str, budget: Budget = NO_BUDGET) -> World[CallModel]:
    return World(with_models(scripted_model(*lines)), None, budget)


def sync(world: World[CallModel]) -> Handler[Consult]:
    return Consult.by(lambda effect, call: _said(world.run_sync(INNER, effect.question, under=call)))


def later(world: World[CallModel]) -> Handler[Consult]:
    async def consult(effect: Consult, call: Call) -> str:
        return _said(await world.run(INNER, effect.question, under=call))

    return Consult.by(consult)


Making = Callable[[World[CallModel]], Handler[Consult]]


def _said(outcome: Outcome) -> str:
    assert outcome.bill.calls <= 1
    return outcome.transcript[-1].text


@pytest.mark.parametrize("making", [sync, later])
def test_it_is_written_in_the_same_trace_and_not_held_again(making: Making) -> None:
    store = TraceMemory()
    outcome = World(making(inner("a", "b")), store).run_sync(OUTER, name="r")
    assert outcome.transcript[-1].text == "a b"
    assert outcome.bill.calls == 2
    lines = [decode(line) for line in store.read("r")]
    begun = {line["path"]: line["agent"] for line in lines if line["line"] == "begun"}
    assert begun == {
        "t0.0": "outer",
        "t0.0/p0.t0.0": "inner",
        "t0.1": "outer",
        "t0.1/p0.t0.0": "inner",
    }
    assert [line["line"] for line in lines].count("header") == 1
    assert [line["line"] for line in lines].count("end") == 1
    assert World(making(inner()), store).replay(OUTER, "r") == outcome


def test_in_an_event_loop() -> None:
    async def main() -> Outcome:
        return await World(later(inner("a", "b")), None).run(OUTER)

    assert anyio.run(main).transcript[-1].text == "a b"


def test_the_budget_around_binds_it_too() -> None:
    reasons: list[object] = []

    def consult(effect: Consult, call: Call) -> str:
        outcome = inner("a", "b").run_sync(INNER, effect.question, under=call)
        reasons.append(outcome.reason)
        return "asked"

    World(Consult.by(consult), None, Budget(max_model_calls=1)).run_sync(OUTER)
    assert not isinstance(reasons[0], BudgetExceeded)
    assert reasons[1] == BudgetExceeded("max_model_calls=1", "CallModel")


def test_its_own_budget_binds_it_first() -> None:
    outcome = World(sync(inner("a", budget=Budget(max_model_calls=0))), None).run_sync(OUTER)
    assert outcome.transcript[-1].text == "one? two?"


def test_after_a_crash_nobody_knows_what_it_came_to() -> None:
    store = TraceMemory()
    World(sync(inner("a", "b")), store).run_sync(OUTER, name="r")
    lines = store.read("r")
    second = next(i for i, line in enumerate(lines) if b'"t0.1"' in line)
    store.traces["cut"] = bytearray(b"".join(lines[: second + 1]))

    outcome = World(sync(inner("b")), store).resume_sync(OUTER, "cut")
    assert isinstance(outcome.reason, EffectFailure)
    assert outcome.reason.failure.kind == "unknown"


@frozen
class Look(Effect[str]):
    """Ask elsewhere, as often as need be."""

    kind: ClassVar[str] = "Look"
    repeats: ClassVar[Repetition] = "idempotent"

    def accept(self, value: object, /) -> str:
        return proved(value, str)


def looks(view: View) -> Steps[Reply, Look]:
    return Reply((yield from Look()), ends=Stop("looked"))


def test_what_is_done_again_after_a_crash_has_another_place() -> None:
    store, team = TraceMemory(), group(Agent(agent_name("outer"), looks))

    def world(*lines: str) -> World[Look]:
        inside = inner(*lines)
        return World(Look.by(lambda effect, call: _said(inside.run_sync(INNER, "hi", under=call))), store)

    world("a").run_sync(team, name="r")
    lines = store.read("r")
    done = next(i for i, line in enumerate(lines) if b'"done"' in line and b'"t0.0"' in line)
    store.traces["cut"] = bytearray(b"".join(lines[:done]))
    assert world("b").resume_sync(team, "cut").transcript[-1].text == "b"
    paths = [line.get("path") for line in map(decode, store.read("cut")) if line["line"] == "begun"]
    assert paths == ["t0.0", "t0.0/p0.t0.0", "t0.0/p2-0.t0.0"]


def test_under_takes_a_call_of_a_run() -> None:
    with pytest.raises(ConfigError, match="under is the call"):
        inner("a").run_sync(INNER, "hi", under=NoCall())


@frozen
class NoCall:
    """A call of nobody's."""

    id: str = ""
    run: str = ""
    agent: str = ""
    attempt: int = 1
    deadline_s: float | None = None

    def emit(self, observation: object, /) -> None:
        """Show it to nobody."""
