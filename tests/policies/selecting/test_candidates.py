"""Who may speak next."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import message, turns
from tests.policies.selecting.groups import ended, group_named, shared, spoke
from typedagents.core.decision import Stop
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.log import Began, Passed
from typedagents.core.message import AgentName
from typedagents.core.stop import PolicyStopped
from typedagents.core.view import SharedView
from typedagents.policies.selecting.able import able
from typedagents.policies.selecting.candidates import Candidates, everyone, not_last, those
from typedagents.policies.selecting.orders import in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import hand_on, within

A, B = AgentName("a"), AgentName("b")


def the_first(view: SharedView) -> list[str]:
    return [next(iter(view.roster))]


def nobody_at_all(view: SharedView) -> list[str]:
    return []


def a_stranger(view: SharedView) -> list[str]:
    return ["a", "zoe"]


RULES: list[Candidates] = [
    everyone(),
    not_last(),
    those(the_first),
    transitions(allowed={"a": ["b"], "b": ["a", "c"], "c": []}),
    transitions(forbidden={"a": ["b"]}),
    within(2),
    within({"a": 1}, then="stop"),
    within(1, then=hand_on("b")),
    able(),
]
LOGS = st.lists(st.sampled_from("abc"), max_size=6)


def test_everyone_may_speak_in_the_order_of_the_team() -> None:
    assert everyone()(shared()) == ("a", "b", "c")


def test_whoever_had_the_floor_last_may_be_left_out() -> None:
    assert not_last()(shared(*turns("b"))) == ("a", "c")
    assert not_last()(shared(*turns("b"), Began(A), Passed(A))) == ("b", "c")
    assert not_last()(shared(message("c", "hi"))) == ("a", "b"), "whoever opened has spoken"
    assert not_last()(shared()) == ("a", "b", "c")


def test_a_function_may_say_who() -> None:
    assert those(the_first)(shared(*turns("a"))) == ("a",)


def test_a_function_that_says_a_stranger_is_at_fault() -> None:
    with pytest.raises(
        PolicyError, match="the candidates a_stranger hold 'zoe', not in the team; it has: 'a', 'b'"
    ):
        those(a_stranger)(shared())


@given(st.sampled_from(RULES), st.sampled_from(RULES), st.sampled_from(RULES), LOGS)
def test_rules_are_joined_by_and(a: Candidates, b: Candidates, c: Candidates, spoken: list[str]) -> None:
    view = shared(*turns(*spoken))

    assert set((a & b)(view)) == set(a(view)) & set(b(view))
    assert (a & b) & c == a & (b & c)
    assert a & everyone() == a == everyone() & a


@pytest.mark.parametrize("rule", [*RULES, not_last() & within(2)])
def test_rules_compare_print_as_they_were_written_and_pickle(rule: Candidates) -> None:
    own = {f.__name__: f for f in (everyone, not_last, those, transitions, within, hand_on, able, the_first)}

    assert eval(repr(rule), dict(own)) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(pickle.loads(pickle.dumps(rule))) == hash(rule)


@pytest.mark.parametrize(
    ("rule", "spoken", "why"),
    [
        (those(nobody_at_all), "", "those(nobody_at_all) admits none of 'a', 'b', 'c'"),
        (those(the_first) & not_last(), "a", "only 'a' could, who had the floor last (not_last)"),
        (not_last() & those(the_first), "a", "those(the_first) admits none of 'b', 'c'"),
        (
            transitions(allowed={"a": [], "b": [], "c": []}) & not_last(),
            "a",
            "the transitions let nobody follow 'a'",
        ),
        (
            not_last() & transitions(allowed={"a": ["a", "b"], "b": [], "c": []}) & within({"b": 0}),
            "a",
            "each of 'b' has reached its limit, within({'b': 0})",
        ),
        (
            those(the_first) & transitions(allowed={"a": ["b"], "b": [], "c": []}),
            "a",
            "the transitions let only 'b' follow 'a'",
        ),
        (within(1), "abc", "each of 'a', 'b', 'c' has reached its limit, within(1)"),
    ],
)
def test_where_nobody_is_left_the_reason_is_the_rule_that_left_nobody(
    rule: Candidates, spoken: str, why: str
) -> None:
    assert rule.ending(shared(*turns(*spoken))) == Stop(f"nobody may speak next: {why}")


def test_nobody_of_none_is_everyones_reason() -> None:
    assert everyone().ending(shared(), ()) == Stop("nobody may speak next: everyone() admits none of none")


def test_a_conversation_in_which_nobody_may_speak_ends_and_says_why() -> None:
    came = ended(group_named("a", "b").selected_by(in_order(among=not_last() & those(the_first))), "hi")

    assert spoke(came) == ""
    assert came.reason == PolicyStopped("", "nobody may speak next: those(the_first) admits none of 'b'")


def test_a_group_of_one_cannot_do_without_repeats() -> None:
    with pytest.raises(ConfigError, match="the team has only 'a'; add an agent"):
        group_named("a").selected_by(in_order(among=everyone() & not_last() & within(3)))
