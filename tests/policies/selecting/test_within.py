"""Agents with limits of their own: an exhausted one never ends the group by accident."""

from __future__ import annotations

import re

import pytest

from tests.policies.driving import turns
from tests.policies.selecting.groups import ended, group_named, shared, spoke
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.stop import DecisionLimit, PolicyStopped
from typedagents.policies.selecting.candidates import Candidates, not_last
from typedagents.policies.selecting.orders import in_order
from typedagents.policies.selecting.within import AtItsLimit, hand_on, within


def going(rule: Candidates, messages: int = 8) -> tuple[str, str]:
    came = ended(group_named("a", "b", "c", messages=messages).selected_by(in_order(among=rule)))
    return spoke(came), str(came.reason)


def test_an_exhausted_agent_is_skipped() -> None:
    """In the original an exhausted agent ended the whole group when its turn came."""
    assert going(within({"a": 1}))[0] == "abcbcbcb"
    assert going(within({"a": 0, "b": 2}))[0] == "bcbccccc"


def test_a_group_of_exhausted_agents_ends_and_says_so() -> None:
    assert going(within(2)) == (
        "abcabc",
        "stopped by the selector: nobody may speak next: each of 'a', 'b', 'c' has reached its limit, within(2)",
    )


def test_an_exhausted_agent_ends_the_group_where_that_is_asked_for_and_is_named() -> None:
    came = ended(group_named("a", "b", "c").selected_by(in_order(among=within({"b": 1}, then="stop"))))

    assert spoke(came) == "abca"
    assert came.reason == DecisionLimit("max_auto_replies", 1, "b")


def test_an_exhausted_agent_hands_on() -> None:
    assert going(within({"a": 1}, then=hand_on("c")), messages=7)[0] == "abccccc"
    assert going(within({"b": 1}, then=hand_on("a")), messages=7)[0] == "abcaabc"[:4] + "aaa"


def test_where_whoever_is_handed_on_to_is_exhausted_as_well_the_conversation_ends_and_names_it() -> None:
    came = ended(group_named("a", "b", "c").selected_by(in_order(among=within(1, then=hand_on("b")))))

    assert spoke(came) == "abc"
    assert came.reason == DecisionLimit("max_auto_replies", 1, "b")


def test_rules_are_settled_from_left_to_right() -> None:
    rule = within({"a": 0}, then=hand_on("b")) & within({"b": 0}, then="stop")

    came = ended(group_named("a", "b").selected_by(in_order(among=rule)))

    assert (spoke(came), came.reason) == ("", DecisionLimit("max_auto_replies", 0, "b"))
    came = ended(
        group_named("a", "b").selected_by(in_order(among=within({"a": 0}, then="stop") & not_last()))
    )
    assert (spoke(came), came.reason) == ("", DecisionLimit("max_auto_replies", 0, "a"))


def test_no_limit_is_written_unlimited() -> None:
    assert going(within(Unlimited))[0] == "abcabcab"
    assert within({"a": Unlimited})(shared(*turns("a", "a"))) == ("a", "b", "c")


def test_what_an_agent_says_for_a_human_begins_its_count_anew() -> None:
    view = shared(*turns("a"), *turns("a", origin="human"))

    assert within(1)(view) == ("a", "b", "c")
    assert within(1)(shared(*turns("a"))) == ("b", "c")


@pytest.mark.parametrize(
    ("limit", "then", "text"),
    [
        (-1, "skip", "a limit is a whole number from 0, or Unlimited; found -1"),
        (3, "wait", "then is 'skip', 'stop' or hand_on(name); found 'wait'"),
    ],
)
def test_what_is_no_limit_is_refused(limit: Limit, then: AtItsLimit, text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(text)):
        within(limit, then)
    with pytest.raises(ConfigError, match=re.escape(text)):
        within({"a": limit}, then)


def test_strangers_with_limits_are_found_when_the_team_is_built() -> None:
    team = group_named("a", "b")

    with pytest.raises(ConfigError, match=r"within\({'x': 1}\) names 'x', not in the team; it has: 'a', 'b'"):
        team.selected_by(in_order(among=within({"x": 1})))
    with pytest.raises(ConfigError, match=r"then=hand_on\('z'\)\) names 'z', not in the team"):
        team.selected_by(in_order(among=within(1, then=hand_on("z"))))


def test_a_policy_that_stops_by_itself_is_another_thing() -> None:
    """What ``with_limit`` does is the agent's own decision, and names it too."""
    assert isinstance(ended(group_named("a", "b").selected_by(lambda view: None)).reason, PolicyStopped)
