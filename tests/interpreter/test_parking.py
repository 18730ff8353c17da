"""Effects that nobody can tell the outcome of yet are set aside: the run does what else there is, pauses, and goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

import anyio
import pytest
from attrs import define, field
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.driving import any_order, drive
from tests.core.programs import (
    NOW,
    ORDERLY,
    Ask,
    Asked,
    Buy,
    Look,
    Receipt,
    answered,
    programs,
    small_limits,
    teams,
)
from tests.interpreter.effects import Fetch, FetchesAll
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect, EffectFailed, Ok, Steps
from typedagents.core.errors import Parked, Suspended
from typedagents.core.handler import Call, Handler
from typedagents.core.human import AskHuman, HumanAnswer
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.stop import Cancelled
from typedagents.core.structure import race
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.control import Control
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

WILD = ("ask", "look", "buy", "now", "plain", "human", "fail")
calm = teams(programs(*ORDERLY))
wild = teams(programs(*ORDERLY, "race", leaves=WILD), small_limits())
ways = st.sampled_from(["sync", "asyncio", "trio"])


@define
class Patient:
    """Parks an effect as often as the seed says, by its place; then answers it. Some are answered later than others."""

    seed: int
    parked: Counter[str] = field(factory=Counter)
    performed: Counter[str] = field(factory=Counter)

    def answer(self, effect: AnyEffect, call: Call) -> object:
        path = call.id.partition("/")[2]
        if self.parked[path] < (len(path) + self.seed) % 3:
            self.parked[path] += 1
            raise Parked("not yet")
        self.performed[path] += 1
        outcome = answered(effect)
        if isinstance(outcome, Ok):
            return outcome.value
        raise EffectFailed(outcome)

    def number(self, effect: Look, call: Call) -> int:
        return effect.accept(self.answer(effect, call))

    def human(self, effect: AskHuman, call: Call) -> HumanAnswer:
        return effect.accept(self.answer(effect, call))

    async def text(self, effect: Ask, call: Call) -> str:
        for _ in range(len(call.id) % 3):
            await anyio.lowlevel.checkpoint()
        return effect.accept(self.answer(effect, call))

    async def receipt(self, effect: Buy, call: Call) -> Receipt:
        await anyio.lowlevel.checkpoint()
        return effect.accept(self.answer(effect, call))

    def handler(self) -> Handler[Asked]:
        return Ask.by(self.text) | Look.by(self.number) | Buy.by(self.receipt) | AskHuman.by(self.human)


def paused(
    way: str, in_thread: Callable[[], Outcome], in_loop: Callable[[], Coroutine[object, object, Outcome]]
) -> Outcome | None:
    """How the run ended; None where it paused."""
    try:
        return in_thread() if way == "sync" else anyio.run(in_loop, backend=way)
    except Suspended:
        return None


def ran(world: World[Fetch], team: Team[Fetch], way: str, *, again: bool) -> Outcome | None:
    """How run ``r`` ended, begun or gone on with; None where it paused."""
    if again:
        return paused(way, lambda: world.resume_sync(team, "r"), lambda: world.resume(team, "r"))
    return paused(way, lambda: world.run_sync(team, "go", name="r"), lambda: world.run(team, "go", name="r"))


def to_the_end(world: World[Asked], team: Team[Asked | Now], way: str) -> tuple[Outcome, int]:
    """How it ended, and how often it paused before."""
    pauses, outcome = (
        0,
        paused(
            way, lambda: world.run_sync(team, "hello", name="r"), lambda: world.run(team, "hello", name="r")
        ),
    )
    while outcome is None:
        pauses += 1
        outcome = paused(way, lambda: world.resume_sync(team, "r"), lambda: world.resume(team, "r"))
    return outcome, pauses


@given(calm, st.integers(0, 2), ways)
def test_a_run_that_was_parked_ends_as_if_it_had_not_been(
    team: Team[Asked | Now], seed: int, way: str
) -> None:
    by_hand = drive(team, any_order(seed))
    patient = Patient(seed)
    world = World(patient.handler(), TraceMemory(), clock=lambda: NOW)
    outcome, pauses = to_the_end(world, team, way)
    event(f"pauses: {min(pauses, 4)}")

    assert (outcome.log, outcome.reason, outcome.bill) == (by_hand.end.log, by_hand.end.reason, by_hand.bill)
    assert set(patient.performed.values()) <= {1}, "what has a result is not performed again"
    assert pauses >= max(patient.parked.values(), default=0)
    assert world.replay(team, "r") == outcome


@given(wild, st.integers(0, 2), ways)
def test_limits_and_races_end_parked_runs_too(team: Team[Asked | Now], seed: int, way: str) -> None:
    patient = Patient(seed)
    world = World(patient.handler(), TraceMemory(), clock=lambda: NOW)
    outcome, _ = to_the_end(world, team, way)
    performed = patient.performed.copy()

    assert world.replay(team, "r") == outcome
    assert patient.performed == performed


@define
class Later:
    """Parks what is named until it is ``known``."""

    parks: Sequence[str]
    known: bool = False

    def fetch(self, effect: Fetch) -> str:
        if effect.what in self.parks and not self.known:
            raise Parked(f"nobody knows {effect.what} yet")
        return effect.what.upper()


def races(view: View, /) -> Steps[Decision, Fetch]:
    first = yield from race([Fetch("slow"), Fetch("fast")])
    return Reply(first + (yield from Fetch("more")))


def one(policy: FetchesAll) -> Team[Fetch]:
    return group(Agent(AgentName("a"), policy), limits=Limits(max_decisions=1))


@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_the_loser_of_a_race_may_stay_parked(way: str) -> None:
    team = group(Agent(AgentName("a"), races), limits=Limits(max_decisions=1))
    world = World(Fetch.by(Later(["slow"]).fetch), TraceMemory())
    outcome = ran(world, team, way, again=False)

    assert outcome is not None
    assert outcome.transcript[-1].text == "FASTMORE"


@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_what_waits_is_to_be_seen_in_the_trace_and_asked_anew(way: str) -> None:
    later, store = Later(["b", "c"]), TraceMemory()
    world, team = World(Fetch.by(later.fetch), store), one(FetchesAll(("a", "b", "c")))

    assert ran(world, team, way, again=False) is None
    withheld = [line for line in store.read("r") if b'"withheld"' in line]
    assert withheld == [
        b'{"line":"withheld","path":"t0.0/1.0"}\n',
        b'{"line":"withheld","path":"t0.0/2.0"}\n',
    ]
    assert ran(world, team, way, again=True) is None
    later.known = True
    outcome = ran(world, team, way, again=True)
    assert outcome is not None
    assert outcome.transcript[-1].text == "A,B,C"


@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_a_run_may_be_cancelled_while_something_is_parked(way: str) -> None:
    control = Control()

    def fetch(effect: Fetch) -> str:
        if effect.what == "b":
            raise Parked("not yet")
        control.cancel("enough")
        return effect.what

    world, team = World(Fetch.by(fetch), TraceMemory()), one(FetchesAll(("b", "a")))
    if way == "sync":
        outcome = world.run_sync(team, "go", control=control)
    else:
        outcome = anyio.run(partial(world.run, team, "go", control=control), backend=way)
    assert outcome.reason == Cancelled("enough")
