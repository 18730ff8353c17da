"""The machine alone, fed by hand."""

from __future__ import annotations

import pytest

from tests.core.programs import Look
from typedagents.core.effect import Failed, Ok, Path, Steps, Tell
from typedagents.core.errors import Divergence
from typedagents.core.machine import Machine
from typedagents.core.stop import Cancelled
from typedagents.core.structure import attempt, each, race, scoped
from typedagents.core.usage import Charged


def machine(steps: Steps[object, Look], winners: dict[str, str] | None = None) -> Machine[Look]:
    made = Machine(steps, winners=winners or {})
    made.begin()
    return made


def looks(what: str) -> Steps[int, Look]:
    return (yield from Look(what))


def opened(made: Machine[Look]) -> list[str]:
    paths: list[str] = [one.path for one in made.opened]
    made.opened.clear()
    return paths


def test_paths_name_turn_place_and_child() -> None:
    def program() -> Steps[int, Look]:
        yield from looks("a")
        came = yield from attempt(each([looks("b"), scoped("s", looks("c"))]))
        return 0 if isinstance(came, Ok) else 1

    made = machine(program())
    assert opened(made) == ["0"]
    made.feed(Path("0"), Ok(1), None)
    assert opened(made) == ["1/0.0", "1/1.0/s.0"]
    made.feed(Path("1/1.0/s.0"), Ok(1), None)
    made.feed(Path("1/0.0"), Failed("boom", "x"), None)
    assert made.ended == Ok(1)
    assert made.halted is None


def test_what_nobody_waits_for_is_ignored() -> None:
    made = machine(looks("a"))
    made.feed(Path("9"), Ok(1), None)
    made.feed(Path("0"), Ok(7), None)
    made.feed(Path("0"), Ok(8), None)

    assert made.ended == Ok(7)
    assert made.journal == {Path("0"): Ok(7)}


def test_a_race_whose_winner_is_known_waits_for_it() -> None:
    made = machine(race([looks("a"), looks("b")]), {"0/": "1"})
    assert opened(made) == ["0/0.0", "0/1.0"]
    made.feed(Path("0/0.0"), Ok(1), None)
    assert made.ended is None
    made.feed(Path("0/1.0"), Ok(2), None)
    assert made.ended == Ok(2)


def test_a_race_without_its_winner_is_found_out() -> None:
    with pytest.raises(
        Divergence, match=r"at 0/: the race was won by program 5, and the run now has 2 there"
    ):
        machine(race([looks("a"), looks("b")]), {"0/": "5"})


def test_losers_are_closed_and_dropped_and_their_effects_never_start() -> None:
    closed: list[str] = []

    def tidy(what: str) -> Steps[int, Look]:
        try:
            return (yield from Look(what))
        finally:
            closed.append(what)

    made = machine(race([each([tidy("a"), tidy("b")]), each([tidy("c")])]))
    assert opened(made) == ["0/0.0/0.0", "0/0.0/1.0", "0/1.0/0.0"]
    made.feed(Path("0/1.0/0.0"), Ok(1), None)

    assert made.ended == Ok((1,))
    assert made.won == [("0/", "1")]
    assert sorted(made.dropped) == ["0/0.0/0.0", "0/0.0/1.0"]
    assert sorted(closed) == ["a", "b", "c"]


def test_halted_nothing_more_is_asked_and_all_is_closed() -> None:
    made = machine(each([looks("a"), looks("b")]))
    made.halt(Cancelled())
    made.feed(Path("0/0.0"), Ok(1), None)

    assert opened(made) == []
    assert made.ended is None
    assert not made.waits_for(Path("0/0.0"))


def test_steps_driven_by_hand_are_not_read_before_they_end() -> None:
    steps = each([looks("a")])
    next(steps)
    with pytest.raises(RuntimeError, match=r"a program was read before it ended"):
        steps.send(None)


def test_what_a_program_tells_is_passed_on_in_order() -> None:
    def tells() -> Steps[None, Look]:
        yield Tell("one")
        yield Tell("two")

    assert machine(tells()).told == [("", "one"), ("", "two")]


def test_what_may_cost_something_costs_nothing_unless_it_says_so() -> None:
    class Free(Charged):
        pass

    assert Free().charge is None
