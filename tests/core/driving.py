"""Drivers for tests: completions in any order, counted; and runs kept as stored values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from attrs import define, field
from msgspec.json import decode, encode

from tests.core.programs import NOW, answered
from typedagents.core.ambient import Now
from typedagents.core.effect import AnyEffect, E, Outcome, Path
from typedagents.core.kernel import opened
from typedagents.core.log import Log, Spent
from typedagents.core.stop import Cancelled
from typedagents.core.stored import Awaiting, resume, start
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.core.usage import Charge, merged
from typedagents.interpreter.bill import Bill
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.driver import Driver, Start
from typedagents.interpreter.events import Event
from typedagents.trace.recorder import Recorder
from typedagents.trace.recording import Recording

Choice = Callable[[Sequence[Path]], int]
Answer = Callable[[Path, AnyEffect], Outcome]
"""What a world says to the effect at a path: the same whenever it is asked."""


def by_effect(path: Path, effect: AnyEffect) -> Outcome:
    """The world of the random programs, which goes by the effect alone."""
    return answered(effect)


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
    team: Team[E],
    choose: Choice,
    answer: Answer = by_effect,
    *,
    opening: Ready | None = None,
    before: Sequence[bytes] | None = None,
    budget: Budget | None = None,
    tell: Callable[[Event], None] | None = None,
    cancelled_after: int | None = None,
) -> Ran:
    """``team`` run to its end, or cancelled after so many results; with ``before``, from there on, its lines first."""
    at = opening or opened(team, "hello")
    lines: list[bytes] = []
    recording = None
    if before is None:
        recorder = Recorder(lines.append, lambda: NOW)
        recorder.header("0", "run", team, at.log)
    else:
        recording = Recording.load(before)
        lines += [line for line in before if line.endswith(b"\n")]
        recorder = Recorder.onto(recording, lines.append, lambda: NOW)
    under_way = recording is None or recording.end is None
    driver = Driver(team, at, recording, recorder, budget or Budget(), tell, performs=under_way)
    steps = driver.drive()
    flying: list[Start[E | Now]] = []
    order: list[Path] = []
    end: object = None
    try:
        work = next(steps)
        while True:
            flying = [one for one in flying if one.path not in work.drop]
            flying += work.start
            if len(order) == cancelled_after:
                work = steps.send(Cancelled("enough"))
            one = flying.pop(choose([start.path for start in flying]))
            order.append(one.path)
            work = steps.send((one.path, answer(one.path, one.effect)))
    except StopIteration as finished:
        end = finished.value
    assert isinstance(end, Ended)
    return Ran(end, lines, order, Bill.of(driver.spending.charges))


def keep(
    team: Team[E],
    order: Sequence[Path],
    answer: Answer = by_effect,
    stored: Callable[[Awaiting[E | Now]], Awaiting[E | Now] | Ended] = lambda at: at,
) -> tuple[Ended, list[Path]]:
    """``team`` run as a value that is ``stored`` between any two effects, completed in this order; and what was asked."""
    choose = as_before(order)
    at = start(team, opened(team, "hello"))
    done: list[Path] = []
    while isinstance(at, Awaiting):
        at = stored(at)
        assert isinstance(at, Awaiting)
        one = at.open[choose([each.path for each in at.open])]
        done.append(one.path)
        at = resume(team, at, one.path, answer(one.path, one.effect))
    return at, done


# --- what lines and logs say -------------------------------------------------------------------------------------


def finished(lines: Sequence[bytes]) -> set[str]:
    """The paths whose result or failure is in these lines."""
    return {
        line.split(b'"path":"')[1].split(b'"')[0].decode()
        for line in lines
        if line.startswith((b'{"line":"done"', b'{"line":"failed"'))
    }


def spent(log: Log) -> tuple[Charge, ...]:
    """What the entries of ``log`` say was spent."""
    return merged(charge for entry in log if isinstance(entry, Spent) for charge in entry.charges)


def interrupted(lines: Sequence[bytes]) -> set[str]:
    """The paths of effects that are never to be repeated, and were begun in these lines and not finished."""
    begun = [decode(line, type=dict[str, object]) for line in lines if line.startswith(b'{"line":"begun"')]
    return {str(one["path"]) for one in begun if one["repeat"] == "at_most_once"} - finished(lines)


def facts(lines: Sequence[bytes]) -> list[bytes]:
    """``lines`` whose order does not matter, with each message in full in every chain it stands in.

    Of two equal messages that are said at once the first to be said is written out, and the other refers to it.
    """
    read = [(line, decode(line, type=dict[str, object])) for line in lines]
    full = {fields["head"]: fields["message"] for _, fields in read if fields["line"] == "message"}
    found: list[bytes] = []
    for line, fields in read:
        if fields["line"] in ("message", "again"):
            message = full[fields.get("of", fields["head"])]
            line = encode([fields["head"], fields["before"], message])  # noqa: PLW2901  # the same, in full
        found.append(line)
    return sorted(found)
