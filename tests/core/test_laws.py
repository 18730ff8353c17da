"""The laws of the design, over random teams. Effects that were performed are counted."""

from __future__ import annotations

from collections import Counter

from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.driving import any_order, as_before, drive, finished, interrupted, keep, spent
from tests.core.programs import ORDERLY, Asked, programs, small_limits, teams
from typedagents.core.ambient import Now
from typedagents.core.limits import Unlimited
from typedagents.core.team import Team
from typedagents.core.view import STANDING
from typedagents.interpreter.budget import Budget

calm = teams(programs(*ORDERLY))
WILD = ("ask", "look", "buy", "now", "plain", "human", "fail", "leave")
wild = teams(programs(*ORDERLY, "race", "either", leaves=WILD), small_limits())
REPEATABLE = ("look", "buy", "now", "plain", "human", "leave")
seeds = st.integers(0, 7)


@given(calm, seeds)
def test_no_order_of_arrival_can_be_seen(team: Team[Asked | Now], seed: int) -> None:
    one = drive(team, any_order(seed))
    other = drive(team, any_order(seed + 1))
    event(type(one.end.reason).__name__)

    assert other.end == one.end
    assert sorted(other.lines) == sorted(one.lines)
    assert other.count == one.count
    assert max(one.count.values(), default=1) == 1
    assert other.bill == one.bill
    assert spent(one.end.log) == one.bill.by_model, "the log names the cost of all that was performed"


@given(calm, seeds)
def test_cut_anywhere_and_resumed_a_run_ends_as_if_it_had_not_been(
    team: Team[Asked | Now], seed: int
) -> None:
    whole = drive(team, any_order(seed))
    for cut in range(1, len(whole.lines) + 1):
        prefix = whole.lines[:cut]
        open_once = interrupted(prefix)
        again = drive(team, any_order(seed + 2), before=prefix)
        assert not finished(prefix) & set(again.order)
        assert not open_once & set(again.order), "what must not be repeated is not"
        if not open_once:
            assert again.end == whole.end
            assert again.bill == whole.bill
            assert again.count + Counter(finished(prefix)) == whole.count


@given(wild, seeds)
def test_a_wild_run_replays_and_resumes_as_it_went(team: Team[Asked | Now], seed: int) -> None:
    whole = drive(team, any_order(seed))
    event(type(whole.end.reason).__name__)
    same = drive(team, any_order(seed + 1), before=whole.lines)
    assert same.end == whole.end
    assert not same.order
    assert same.bill == whole.bill
    for cut in range(1, len(whole.lines)):
        prefix = whole.lines[:cut]
        other = drive(team, any_order(seed + 2), before=prefix)
        assert not finished(prefix) & set(other.order)
        again = drive(team, any_order(seed + 3), before=other.lines)
        assert again.end == other.end
        assert again.bill == other.bill
        assert not again.order


@given(teams(programs(*ORDERLY, "race", "either", leaves=REPEATABLE), small_limits()), seeds)
def test_given_the_same_results_in_the_same_order_every_prefix_ends_the_same(
    team: Team[Asked | Now], seed: int
) -> None:
    whole = drive(team, any_order(seed))
    event(type(whole.end.reason).__name__)
    for cut in range(1, len(whole.lines)):
        again = drive(team, as_before(whole.order), before=whole.lines[:cut])
        assert again.end == whole.end
        assert again.bill == whole.bill
        assert [line for line in again.lines if b'"line":"resumed"' not in line] == whole.lines


@given(wild, seeds)
def test_a_stored_run_asks_the_same_and_ends_the_same(team: Team[Asked | Now], seed: int) -> None:
    whole = drive(team, any_order(seed))
    end, done = keep(team, whole.order)
    assert done == whole.order
    assert end == whole.end


BUDGETS = st.builds(
    Budget,
    max_model_calls=st.none() | st.integers(0, 4),
    max_effects=st.none() | st.integers(0, 8),
)


@given(wild, seeds, BUDGETS)
def test_nothing_goes_beyond_its_limits_and_no_policy_can_help_it(
    team: Team[Asked | Now], seed: int, budget: Budget
) -> None:
    ran = drive(team, any_order(seed), budget=budget)
    begun = [line for line in ran.lines if line.startswith(b'{"line":"begun"')]
    calls = sum(b'"kind":"Buy"' in line for line in begun)
    event(type(ran.end.reason).__name__)

    limits, standing = team.limits, ran.end.log.fold(STANDING)
    for asked, most in (
        (len(begun), budget.max_effects),
        (calls, budget.max_model_calls),
        (len(begun), limits.bounds.max_effects),
        (calls, limits.bounds.max_model_calls),
        (standing.turns, limits.max_decisions),
        (standing.messages, limits.most_messages),
    ):
        assert most is None or most is Unlimited or asked <= most
    again = drive(team, any_order(seed + 1), before=ran.lines, budget=budget)
    assert (again.end, again.order) == (ran.end, [])


@given(teams(programs(*ORDERLY, "race", "either", leaves=REPEATABLE), small_limits()), seeds, BUDGETS)
def test_a_budget_refuses_the_same_after_a_crash(team: Team[Asked | Now], seed: int, budget: Budget) -> None:
    whole = drive(team, any_order(seed), budget=budget)
    for cut in range(1, len(whole.lines), 3):
        again = drive(team, as_before(whole.order), before=whole.lines[:cut], budget=budget)
        assert again.end == whole.end
        assert again.bill == whole.bill
