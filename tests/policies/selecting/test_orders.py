"""In order, and by lot."""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from types import FrameType

import pytest

from tests.policies.driving import run, scripted
from tests.policies.selecting.groups import ended, group_named, notes, spoke
from typedagents.core.ambient import Draw
from typedagents.core.decision import Chosen, Stop
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.limits import Limits
from typedagents.core.log import Noted
from typedagents.core.message import AgentName, Message
from typedagents.core.stop import DecisionLimit, PolicyStopped, RuleFired
from typedagents.core.team import Agent, InOrder, group
from typedagents.core.view import SharedView
from typedagents.policies.fixed import says
from typedagents.policies.rules.said import mentions, says_exactly
from typedagents.policies.rules.said import spoke as spoke_last
from typedagents.policies.selecting.candidates import EVERYONE, Admits, Candidates, not_last
from typedagents.policies.selecting.orders import Ordered, at_random, in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within


def speakers(*order: str, among: Candidates = EVERYONE) -> str:
    return spoke(ended(group_named("a", "b", "c").selected_by(in_order(*order, among=among))))


def test_agents_speak_in_the_order_given() -> None:
    assert speakers() == "abcabc"
    assert speakers("c", "a") == "cacaca"
    assert speakers("b") == "bbbbbb"


@pytest.mark.parametrize(("most", "who"), [(1, "a"), (2, "ab"), (3, "abc"), (5, "abcab")])
def test_a_round_robin_counts_messages(most: int, who: str) -> None:
    came = ended(group_named("a", "b", "c", messages=most))

    assert spoke(came) == who
    assert came.log.summary == who[-1]
    assert came.reason == DecisionLimit("max_messages", most)


def test_candidates_are_gone_through_in_order() -> None:
    assert speakers("c", "b", "a", among=not_last()) == "cbacba"
    assert speakers(among=transitions(allowed={"a": ["c"], "b": ["a"], "c": ["a", "b"]})) == "acacac"
    assert speakers("b", "a", among=transitions(forbidden={"a": ["b"]})) == "baaaaa"


def test_whoever_opened_counts_as_the_last_speaker() -> None:
    team = (
        group(Agent("a", says("a")), Agent("b", says("b")))
        .selected_by(in_order("a", "b"))
        .stopping(spoke_last("b"))
    )

    assert run(team, "hi").texts == ["hi", "b"]
    assert run(team, "hi").reason == RuleFired("b spoke")
    assert run(team, Message(AgentName("x"), "hi")).texts == ["hi", "a", "b"]


def test_an_order_of_which_nobody_may_speak_ends_and_says_so() -> None:
    came = ended(group_named("a", "b", "c").selected_by(in_order("a", "b", among=within({"a": 1, "b": 0}))))

    assert spoke(came) == "a"
    assert str(came.reason).endswith("each of 'a', 'b' has reached its limit, within({'a': 1, 'b': 0})")
    came = ended(group_named("a", "b").selected_by(in_order(among=within(0))))
    assert str(came.reason).endswith("each of 'a', 'b' has reached its limit, within(0)")


@pytest.mark.parametrize("order", [("a", "a"), ("a", " ")])
def test_an_order_names_each_agent_once(order: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        in_order(*order)


def test_an_order_with_a_stranger_is_found_when_the_team_is_built() -> None:
    with pytest.raises(
        ConfigError, match=r"in_order\('a', 'zoe'\) names 'zoe', not in the team; it has: 'a', 'b'"
    ):
        group_named("a", "b").selected_by(in_order("a", "zoe"))


@pytest.mark.parametrize(
    ("selector", "written"),
    [
        (in_order("b", "a"), "in_order('b', 'a')"),
        (in_order("b", among=not_last()), "in_order('b', among=not_last())"),
        (in_order(among=not_last()), "in_order(among=not_last())"),
        (at_random(), "at_random()"),
        (at_random(not_last() & within(3)), "at_random(among=not_last() & within(3))"),
    ],
)
def test_selectors_print_as_they_were_written_compare_and_pickle(selector: object, written: str) -> None:
    assert repr(selector) == written
    assert pickle.loads(pickle.dumps(selector)) == selector


def test_the_order_of_the_team_is_the_plain_selector() -> None:
    assert in_order() == InOrder()
    assert isinstance(in_order("a"), Ordered)


def test_a_termination_word_ends_a_group_whether_alone_or_in_a_sentence_as_the_rule_says() -> None:
    team = group(
        Agent("alice", says("This is alice speaking.")),
        Agent("bob", says("This is bob speaking.")),
        Agent("sam", says("sam TERMINATE")),
        limits=Limits(max_messages=10),
    )

    assert len(run(team.stopping(mentions("TERMINATE"))).messages) == 3
    assert len(run(team.stopping(says_exactly("TERMINATE"))).messages) == 10


# --- any function -----------------------------------------------------------------------------------------------


def test_a_function_that_names_nobody_ends_the_conversation() -> None:
    def three_times(view: SharedView) -> str | None:
        return "autogen"[view.turn] if view.turn < 3 else None

    came = ended(group_named(*"negotua").selected_by(three_times))

    assert spoke(came) == "aut"
    assert came.reason == PolicyStopped("", "it named nobody to speak next")


def test_a_function_may_say_why_it_ends_or_whom_it_chose() -> None:
    def explains(view: SharedView) -> Chosen | Stop:
        return Chosen("b", "because") if view.turn < 2 else Stop("it is late")

    came = ended(group_named("a", "b").selected_by(explains))

    assert spoke(came) == "bb"
    assert came.reason == PolicyStopped("", "it is late")
    assert notes(came) == ["because", "because"]
    assert [type(entry) for entry in came.log][1] is Noted, "it stands before the turn"


def test_a_function_may_stop_for_a_rule_or_a_limit() -> None:
    limit = DecisionLimit("max_auto_replies", 3, "a")

    assert ended(group_named("a").selected_by(lambda view: Stop(limit))).reason == limit


def test_a_function_that_chooses_a_stranger_is_at_fault() -> None:
    with pytest.raises(PolicyError, match="named 'zoe', who is not in the team; it has: a, b"):
        ended(group_named("a", "b").selected_by(lambda view: Chosen("zoe", "why not")))


def test_a_function_may_ask_the_candidates() -> None:
    rule = not_last() & transitions(forbidden={"a": ["b"]})

    def the_last_who_may(view: SharedView) -> str:
        return rule(view)[-1]

    assert spoke(ended(group_named("a", "b", "c").selected_by(the_last_who_may))) == "cbcbcb"


class Checks:
    """A selector that is made of others, the last of which does not fit."""

    def __init__(self, *parts: object) -> None:
        self.parts = parts

    def __call__(self, view: SharedView) -> str:
        return "a"


def test_selectors_within_selectors_are_checked_with_the_team() -> None:
    fine = group_named("a").selected_by(Checks(in_order("a"), Checks()))

    assert spoke(ended(fine)) == "aaaaaa"
    with pytest.raises(ConfigError, match="names 'zoe'"):
        group_named("a").selected_by(Checks(in_order("a"), Checks(in_order("zoe"))))


# --- by lot -----------------------------------------------------------------------------------------------------


def test_lots_are_drawn_among_the_candidates() -> None:
    team = group_named("a", "b", "c", messages=4).selected_by(at_random(not_last()))
    came = run(team, "hi", scripted(1, 0, 1))

    assert [message.sender for message in came.messages] == ["a", "c", "a", "c"]
    assert came.asked == (Draw(2), Draw(2), Draw(2))


def test_one_candidate_is_not_drawn_and_none_ends() -> None:
    assert spoke(ended(group_named("a", messages=2).selected_by(at_random()))) == "aa"
    came = ended(group_named("a", "b").selected_by(at_random(within(1))), "hi", lambda effect: 1)
    assert spoke(came) == "ba"
    assert str(came.reason).endswith("each of 'a', 'b' has reached its limit, within(1)")


# --- many agents ------------------------------------------------------------------------------------------------


def steps_of(size: int, among: Candidates) -> int:
    """How many functions of ours are called in 30 turns of so many agents."""
    team = group_named(*[f"agent {i}" for i in range(size)], messages=30).selected_by(in_order(among=among))
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal steps
        # Only our own: collections of garbage come when they like, and others listen to them.
        steps += event == "call" and str(frame.f_globals.get("__name__")).startswith("typedagents.")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        came = ended(team)
    finally:
        sys.setprofile(before)
    assert spoke(came).count("agent") == 30
    return steps


@pytest.mark.parametrize("among", [EVERYONE, not_last(), not_last() & transitions(forbidden={})], ids=repr)
def test_a_turn_in_order_takes_as_many_steps_among_a_thousand_agents_as_among_fifty(
    among: Candidates,
) -> None:
    steps_of(2, among)  # so that what is done once is done

    assert steps_of(1000, among) == steps_of(50, among)


def test_counting_replies_costs_the_logarithm_of_the_agents_at_most() -> None:
    assert steps_of(1000, within(5)) < 1.3 * steps_of(50, within(5))


class Looks(Candidates):
    """Counts whom it is asked about."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def admits(self, view: SharedView, /) -> Admits:
        def look(name: AgentName) -> bool:
            self.asked[name] += 1
            return True

        return look


@pytest.mark.parametrize("size", [10, 1000])
def test_a_choice_in_order_looks_at_the_next_agent_only_however_many_there_are(size: int) -> None:
    looks = Looks()
    team = group_named(*[f"agent {i}" for i in range(size)], messages=20)

    ended(team.selected_by(in_order(among=looks & not_last())))

    assert looks.asked.total() == 20
