"""What a turn costs when the model is a plain function: the framework alone.

Machines differ, so a fixed piece of the same kind of work (generators that yield small frozen values, driven by a loop)
is timed in the same run, and every figure is scaled by what it takes here. On the machine the bars were written for it
takes 4.1 ms: that was derived from a program measured on both machines, which took 12.2 us a turn there.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Generator

from attrs import frozen

from tests.bench.conftest import Measured
from typedagents import (
    Agent,
    CallModel,
    Decision,
    Limits,
    ModelReply,
    Reply,
    Steps,
    Team,
    TraceMemory,
    Unlimited,
    View,
    World,
    group,
)

REFERENCE_S = 0.0041
ROUNDS = 2000
REPLY = ModelReply("lorem ipsum dolor sit amet consectetur adipiscing elit sed do ei")


def cpu_s(work: Callable[[], object], times: int = 5) -> float:
    """The least CPU time of several runs."""
    best = float("inf")
    for _ in range(times):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


@frozen
class Step:
    number: int
    text: str


def stepping(count: int) -> Generator[Step, int, int]:
    total = 0
    for number in range(count):
        total += yield Step(number, "a step")
    return total


def anchor() -> int:
    """Fixed work of the kind that is measured."""
    total = 0
    for _ in range(ROUNDS):
        steps = stepping(10)
        step = next(steps)
        try:
            while True:
                step = steps.send(step.number)
        except StopIteration as finished:
            total += finished.value
    return total


def speak(view: View) -> Steps[Decision, CallModel]:
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.parts, "model")


def team(turns: int) -> Team[CallModel]:
    limits = Limits(max_decisions=turns, max_model_calls=Unlimited, max_effects=Unlimited)
    return group(Agent("a", speak), Agent("b", speak), limits=limits)


HANDLER = CallModel.by(lambda call: REPLY)


def us_a_turn(turns: int, work: Callable[[], object]) -> float:
    """Microseconds a turn on the reference machine; work and anchor alternate, so that load strikes both."""
    before = cpu_s(anchor)
    took = cpu_s(work)
    return took / min(before, cpu_s(anchor)) * REFERENCE_S / turns * 1e6


def test_a_turn_in_process(measured: Measured) -> None:
    world = World(HANDLER, store=None)
    at_1000 = us_a_turn(1000, lambda: world.run_sync(team(1000), "hi"))
    measured("a turn, sync, 1,000 turns", at_1000, "us", at_most=30)
    at_10000 = us_a_turn(10_000, lambda: world.run_sync(team(10_000), "hi"))
    measured("a turn, sync, 10,000 turns", at_10000, "us")
    measured("flat: 10,000 turns to 1,000, per turn", at_10000 / at_1000, "x", at_most=1.5)
    measured("a turn, async", us_a_turn(1000, lambda: asyncio.run(world.run(team(1000), "hi"))), "us")


def test_a_turn_with_its_trace(measured: Measured) -> None:
    def recorded() -> TraceMemory:
        traces = TraceMemory()
        World(HANDLER, store=traces).run_sync(team(1000), "hi", name="bench")
        return traces

    traces = recorded()
    measured("bytes of trace a turn", sum(map(len, traces.read("bench"))) / 1000, "bytes", at_most=8000)
    measured("a turn, traced in memory", us_a_turn(1000, recorded), "us")
    world = World(HANDLER, store=traces)
    measured("a turn, replayed", us_a_turn(1000, lambda: world.replay(team(1000), "bench")), "us")
