"""Drivers for tests: completions in any order, counted; and runs kept as stored values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from attrs import define, field

from tests.core.programs import NOW, Asked, answered
from typedagents.core.ambient import Now
from typedagents.core.effect import Path
from typedagents.core.kernel import opened
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.interpreter.budget import Bill, Budget
from typedagents.interpreter.driver import Driver, Start
from typedagents.trace.recorder import Recorder
from typedagents.trace.recording import Recording

Choice = Callable[[Sequence[Path]], int]


def any_order(seed: int) -> Choice:
    """Completes whichever effect the dice name."""
    dice = Random(seed)
    return lambda flying: dice.randrange(len(flying))


def as_before(order: Sequence[Path]) -> Choice:
    """Completes in the order of an earlier run."""
    place = {path: i for i, path in enumerate(order)}
    return lambda flying: min(range(len(flying)), key=lambda i: place.get(flying[i], len(place)))


@define
class Ran:
    """A run that was driven by hand: its end, its lines, and what was performed, in order."""

    end: Ended
    lines: list[bytes] = field(factory=list)
    order: list[Path] = field(factory=list)
    bill: Bill = field(factory=Bill)

    @property
    def count(self) -> Counter[str]:
        return Counter(self.order)


def drive(
    team: Team[Asked | Now],
    choose: Choice,
    *,
    opening: Ready | None = None,
    before: Sequence[bytes] | None = None,
    budget: Budget | None = None,
) -> Ran:
    """``team`` run to its end; with ``before``, from there on, its lines first."""
    at = opening or opened(team, "hello")
    lines: list[bytes] = []
    recording = None
    if before is None:
        recorder = Recorder(lines.append, lambda: NOW)
        recorder.header("0", "run", team.name, tuple(team.agents), at.log)
    else:
        recording = Recording.load(before)
        lines += [line for line in before if line.endswith(b"\n")]
        recorder = Recorder.onto(recording, lines.append, lambda: NOW)
    driver = Driver(team, at, recording, recorder, budget or Budget())
    steps = driver.drive()
    flying: list[Start[Asked | Now]] = []
    order: list[Path] = []
    end: object = None
    try:
        work = next(steps)
        while True:
            flying = [one for one in flying if one.path not in work.drop]
            flying += work.start
            one = flying.pop(choose([start.path for start in flying]))
            order.append(one.path)
            work = steps.send((one.path, answered(one.effect)))
    except StopIteration as finished:
        end = finished.value
    assert isinstance(end, Ended)
    return Ran(end, lines, order, Bill.of(driver.spending.charges))
