from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import decided, log_of, message, run, turns, view_of
from typedagents.core.decision import Pass, Reply, Stop
from typedagents.core.limits import Unlimited
from typedagents.core.log import Began, Opened
from typedagents.core.message import AgentName
from typedagents.core.stop import DecisionLimit, RuleFired, Silence
from typedagents.core.team import Agent, group
from typedagents.policies.auto_replies import auto_replies
from typedagents.policies.combinators import first_of
from typedagents.policies.ending import until, with_limit
from typedagents.policies.fixed import says
from typedagents.policies.rules.said import ends_with

ME = AgentName("me")
DONE = ends_with("done")


def test_until_stops_with_the_rule_as_the_reason() -> None:
    policy = until(DONE, says("on"))

    assert decided(policy, view_of(message("you", "done")))[0] == Stop(
        RuleFired("the last message ends with 'done'")
    )
    assert decided(policy, view_of(message("you", "not yet")))[0] == Reply("on")


def test_a_limit_stops_and_names_itself() -> None:
    policy = with_limit(says("on"), max_auto_replies=2)

    assert decided(policy, view_of(*turns("me")))[0] == Reply("on")
    assert decided(policy, view_of(*turns("me", "me")))[0] == Stop(DecisionLimit("max_auto_replies", 2, "me"))


def test_a_limit_may_leave_it_to_others() -> None:
    policy = first_of(with_limit(says("on"), max_auto_replies=0, then="pass"), says("instead"))

    assert decided(policy, view_of())[0] == Reply("instead")


def test_an_exhausted_agent_that_passes_does_not_end_the_group() -> None:
    tired = Agent("tired", with_limit(says("t"), max_auto_replies=1, then="pass"))
    two, three = (Agent(name, with_limit(says(name), max_auto_replies=2, then="pass")) for name in ("b", "c"))
    ended = run(group(tired, two, three), None)

    assert ended.texts == ["t", "b", "c", "b", "c"]
    assert ended.reason == Silence()


def test_unlimited_is_no_limit() -> None:
    assert decided(with_limit(says("x"), max_auto_replies=Unlimited), view_of(*turns(*["me"] * 9)))[
        0
    ] == Reply("x")


@pytest.mark.parametrize(
    ("policy", "printed"),
    [
        (until(DONE, says("on")), "until(the last message ends with 'done', says('on'))"),
        (with_limit(says("on"), max_auto_replies=3), "with_limit(says('on'), max_auto_replies=3)"),
        (
            with_limit(says("on"), max_auto_replies=3, then="pass"),
            "with_limit(says('on'), max_auto_replies=3, then='pass')",
        ),
    ],
)
def test_they_print_compare_and_pickle(policy: object, printed: str) -> None:
    assert repr(policy) == printed
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_parts_are_the_policy_within() -> None:
    assert until(DONE, says("on")).parts == with_limit(says("on"), max_auto_replies=1).parts == (says("on"),)


# --- the count --------------------------------------------------------------------------------------------------


def test_the_opening_is_no_automatic_reply() -> None:
    assert auto_replies(log_of(message("me", "hi")), ME) == 0


def test_each_turn_with_words_counts_once() -> None:
    log = log_of(Began(ME), message("me", "a"), message("me", "b"), *turns("you", "me"), Began(ME))

    assert auto_replies(log, ME) == 2
    assert auto_replies(log, AgentName("you")) == 1


def test_speaking_for_a_human_begins_anew() -> None:
    log = log_of(
        *turns("me", "me"), Began(ME), message("me", "a"), message("me", "b", "human"), message("me", "c")
    )

    assert auto_replies(log, ME) == 0
    assert auto_replies(log.extend(turns("me")), ME) == 1


def test_an_opened_conversation_begins_anew() -> None:
    assert auto_replies(log_of(*turns("me"), Opened("next")), ME) == 0


def test_passing_after_a_limit_is_a_pass() -> None:
    policy = with_limit(says("on"), max_auto_replies=0, then="pass")

    assert decided(policy, view_of()) == (Pass(), ())
