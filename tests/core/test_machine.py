"""The machine alone, fed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.programs import Look
from typedagents.core.effect import Failed, Ok, Path, Steps, Tell
from typedagents.core.errors import ConfigError, Divergence
from typedagents.core.human import Left
from typedagents.core.machine import Machine
from typedagents.core.message import AgentName
from typedagents.core.stop import Cancelled, HumanLeft
from typedagents.core.structure import Node, attempt, each, graph, ordered, race, scoped
from typedagents.core.tool import Approve, Approved, Denied
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


def test_what_a_program_tells_is_passed_on_ordered() -> None:
    def tells() -> Steps[None, Look]:
        yield Tell("one")
        yield Tell("two")

    assert machine(tells()).told == [("", "", "one"), ("", "", "two")]


def test_what_may_cost_something_costs_nothing_unless_it_says_so() -> None:
    class Free(Charged):
        pass

    assert Free().charge is None


def test_a_graph_begins_each_program_when_those_before_it_have_ended() -> None:
    def looked(what: str) -> Callable[[Mapping[str, int]], Steps[int, Look]]:
        return lambda before: added(what, sum(before.values()))

    def added(what: str, more: int) -> Steps[int, Look]:
        return (yield from Look(what)) + more

    made = machine(
        graph(
            {
                "end": Node(looked("end"), ("left", "right")),
                "left": Node(looked("left"), ("start",)),
                "right": Node(looked("right"), ("start",)),
                "start": Node(looked("start")),
                "alone": Node(looked("alone")),
            }
        )
    )
    assert opened(made) == ["0/3.0", "0/4.0"], "start and alone"
    made.feed(Path("0/3.0"), Ok(1), None)
    assert opened(made) == ["0/1.0", "0/2.0"], "left and right, while alone is under way"
    made.feed(Path("0/2.0"), Ok(10), None)
    assert opened(made) == []
    made.feed(Path("0/1.0"), Ok(100), None)
    assert opened(made) == ["0/0.0"]
    made.feed(Path("0/0.0"), Ok(1000), None)
    made.feed(Path("0/4.0"), Ok(5), None)

    assert made.ended == Ok({"end": 1112, "left": 101, "right": 11, "start": 1, "alone": 5})


def test_what_comes_after_a_failure_does_not_begin() -> None:
    def fails(before: Mapping[str, int]) -> Steps[int, Look]:
        return looks("fails") if not before else looks("?")

    def never(before: Mapping[str, int]) -> Steps[int, Look]:
        raise AssertionError("it began")

    made = machine(attempt(graph({"late": Node(never, ("fails",)), "fails": Node(fails)})))
    assert opened(made) == ["0/1.0"]
    made.feed(Path("0/1.0"), Failed("boom", "x"), None)

    assert made.ended == Ok(Failed("boom", "x"))


@pytest.mark.parametrize(
    ("after", "text"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": []}, "in a circle: 'a' after 'b' after 'c' after 'a'"),
        ({"d": ["a"], "a": ["a"]}, "in a circle: 'a' after 'a'"),
        ({"a": ["x", "y"]}, "'a' comes after 'x', 'y'; there are: a"),
    ],
)
def test_an_order_that_is_none_is_named(after: dict[str, list[str]], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        ordered(after)


@given(st.dictionaries(st.integers(0, 9).map(str), st.lists(st.integers(0, 9), max_size=4)))
def test_an_order_has_each_name_once_behind_those_before_it(wanted: dict[str, list[int]]) -> None:
    after = {
        name: [str(i) for i in others if i < int(name) and str(i) in wanted]
        for name, others in wanted.items()
    }

    order = ordered(after)

    assert sorted(order) == sorted(after)
    assert all(order.index(other) < order.index(name) for name, others in after.items() for other in others)


def test_what_this_library_says_while_a_policy_is_closed_is_passed_on() -> None:
    def minds(what: str) -> Steps[int, Look]:
        try:
            return (yield from Look(what))
        finally:
            raise ConfigError("minds being closed")

    made = machine(race([looks("a"), minds("b")]))
    opened(made)

    with pytest.raises(ConfigError, match="minds being closed"):
        made.feed(Path("0/0.0"), Ok(1), None)


@pytest.mark.parametrize(
    ("answer", "accepted"), [(Approved(), True), (Denied("no"), True), (Left(), True), (3, False)]
)
def test_a_verdict_is_one_of_three(answer: object, *, accepted: bool) -> None:
    approve = Approve("rm", "{}", "1", AgentName("a"))
    if accepted:
        assert approve.accept(answer) == answer
    else:
        with pytest.raises(TypeError, match="expected Approved, Denied or Left, got int: 3"):
            approve.accept(answer)
    assert approve.ends_run(answer) == (HumanLeft("a") if isinstance(answer, Left) else None)
