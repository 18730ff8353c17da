"""Conditions on context variables: typed, readable, and never evaluated from text."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, log_of, run, view_of
from typedagents.core import context, decision
from typedagents.core.context import Change, Variable, is_set
from typedagents.core.decision import Pass, Reply
from typedagents.core.errors import ConfigError
from typedagents.core.log import Changed, Log
from typedagents.core.message import AgentName
from typedagents.core.rule import Rule
from typedagents.core.stop import RuleFired
from typedagents.core.team import Agent, group
from typedagents.core.view import View
from typedagents.policies.combinators import when
from typedagents.policies.fixed import says
from typedagents.tools import answered
from typedagents.tools.answered import Answered

COUNT = Variable("count", int, 0)
TIER = Variable("tier", str, "basic")
DUE = Variable("due", date, date(2026, 1, 1))
OPEN = Variable("open", str)


def holding(*changes: Change) -> Log:
    return log_of(*(Changed(AgentName("me"), change.variable, change.json) for change in changes))


@given(st.integers(), st.integers())
def test_comparisons_are_those_of_the_values(held: int, value: int) -> None:
    log = holding(COUNT.to(held))

    assert (value > COUNT)(log) == (held < value)
    assert (value >= COUNT)(log) == (held <= value)
    assert (value < COUNT)(log) == (held > value)
    assert (value >= COUNT)(log) == (value >= held)
    assert (value <= COUNT)(log) == (held >= value)
    assert COUNT.equals(value)(log) == (held == value)


@given(st.text(), st.text())
def test_a_text_is_compared_as_it_is_whatever_stands_in_it(held: str, value: str) -> None:
    """Defect 20: a value with a quote in it was run as a program."""
    assert TIER.equals(value)(holding(TIER.to(held))) == (held == value)


@pytest.mark.parametrize("held", ["' or True or '", '" or __import__("os").abort() or "', "${count}", "\\"])
def test_quotes_and_code_in_a_value_mean_nothing(held: str) -> None:
    log = holding(TIER.to(held))

    assert not TIER.equals("gold")(log)
    assert TIER.equals(held)(log)
    assert repr(held) in str(TIER.equals(held))


def test_what_is_not_set_counts_as_its_default() -> None:
    assert TIER.equals("basic")(log_of())
    assert (date(2026, 1, 1) >= DUE)(log_of())
    assert not is_set(TIER)(log_of())
    assert is_set(OPEN)(holding(OPEN.to("")))


@pytest.mark.parametrize(
    ("rule", "printed"),
    [
        (COUNT > 3, "count > 3"),
        (COUNT.equals(3), "count == 3"),
        ((COUNT >= 3) & ~TIER.equals("gold"), "(count >= 3 and not tier == 'gold')"),
        (is_set(OPEN) | (COUNT > 3), "(open is set or count > 3)"),
    ],
)
def test_they_are_rules_that_print_compare_hash_and_pickle(rule: Rule, printed: str) -> None:
    assert str(rule) == printed
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(pickle.loads(pickle.dumps(rule))) == hash(rule)


def test_a_condition_on_what_may_not_be_set_is_refused_where_it_is_written() -> None:
    with pytest.raises(ConfigError, match=r"open == 'x'.*no default.*Variable\('open'"):
        OPEN.equals("x")
    with pytest.raises(ConfigError, match=r"open > 'x'.*no default"):
        _ = OPEN > "x"


def test_a_value_that_never_fits_is_refused() -> None:
    wrong = vars(context)["Equals"]  # type checkers refuse it

    with pytest.raises(ConfigError, match=r"count == 'x' compares .*'count'.*Expected `int`"):
        wrong(COUNT, "x")


def test_a_rule_is_no_truth_value() -> None:
    with pytest.raises(ConfigError, match=r"count > 1.*Join rules with & \| ~"):
        _ = (COUNT > 1) and (COUNT < 5)
    with pytest.raises(ConfigError, match="chain of comparisons"):
        _ = 1 < COUNT < 5


def test_changes_are_given_in_any_list() -> None:
    change = COUNT.to(1)

    assert Reply("x", changes=[change]) == Reply("x", changes=iter([change])) == Reply("x", changes=(change,))
    assert hash(Reply("x", changes=[change])) == hash(Reply("x", changes=(change,)))
    assert Answered("x", changes=[change]).changes == (change,)


@pytest.mark.parametrize(
    ("given", "found"), [(COUNT.to(1), "Change.* alone"), ([COUNT], "Variable"), ("x", "'x'")]
)
@pytest.mark.parametrize("name", ["Reply", "Answered"])
def test_what_is_no_list_of_changes_is_refused(name: str, given: object, found: str) -> None:
    make = {**vars(decision), **vars(answered)}[name]  # type checkers refuse it

    with pytest.raises(ConfigError, match=rf"changes=\[COUNT.to\(4\)\]; found {found}"):
        make("x", changes=given)


def test_policies_and_teams_go_by_them() -> None:
    def counts(view: View) -> Reply:
        now = view.context[COUNT] + 1
        return Reply(f"{now}", changes=(COUNT.to(now),))

    assert decided(when(COUNT > 0, says("x")), view_of())[0] == Pass()
    assert run(group(Agent(AgentName("a"), counts), until=COUNT >= 3), "go").reason == RuleFired("count >= 3")
