"""Rules about time, turns, tools and context variables."""

from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import log_of, message, run, turns
from typedagents.core.code import CodeResult
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.log import Began, Changed, Entry, Handed, Opened
from typedagents.core.message import AgentName
from typedagents.core.parts import Image, Link, Reasoning, Text, ToolCall, ToolResult
from typedagents.core.rule import Rule, keeps_time
from typedagents.core.stop import RuleFired
from typedagents.core.team import Agent, group
from typedagents.core.view import View
from typedagents.policies.fixed import says
from typedagents.policies.rules.events import (
    handed_over,
    human_spoke,
    plain_words,
    timed_out,
    tool_called,
    tool_returned,
)
from typedagents.policies.rules.said import mentions, message_count, spoke

A, B = AgentName("a"), AgentName("b")
CALL = message("a", ToolCall("1", "add"), "model")
CUT_CALL = message("a", ToolCall("1", "add", "{", complete=False), "model")
RETURNED = message("b", ToolResult("1", "add", (Text("4"),)), "tool")
RAISED = message("b", ToolResult("1", "add", (Text("oh"),), failed=True), "tool")
STOP = Variable("stop", bool, False)
SCORE = Variable("score", float, 0.0)


def at(*times: float | None) -> list[Entry]:
    return [Began(A, time) for time in times]


@pytest.mark.parametrize(
    ("rule", "entries", "expected"),
    [
        (timed_out(5), at(10, 14), False),
        (timed_out(5), at(10, 12, 15), True),
        (timed_out(5), at(10), False),
        (timed_out(5), at(None, None), False),
        (timed_out(5), at(15, 10), False),
        (timed_out(5), [*at(10), Opened("next"), *at(15)], False),
        (timed_out(5), [Opened("next", 10), *at(15)], True),
        (timed_out(5), [], False),
        (handed_over(), [Began(A), message("a", "x"), Handed(A, B)], True),
        (handed_over("b"), [Began(A), Handed(A, B)], True),
        (handed_over("a"), [Began(A), Handed(A, B)], False),
        (handed_over(), [Began(A), Handed(A, B), *turns("b")], False),
        (handed_over(), [Began(A), Handed(A, B), Opened("next")], False),
        (human_spoke(), turns("a", origin="human"), True),
        (human_spoke(), [*turns("a", origin="human"), *turns("b")], False),
        (human_spoke(), [*turns("a", origin="human"), Opened("next")], False),
        (plain_words(), turns("a"), True),
        (plain_words(by="a"), turns("a"), True),
        (plain_words(by="b"), turns("a"), False),
        (plain_words(), [message("a", [Reasoning("?"), Text("well")])], True),
        (plain_words(), [message("a", [Text("well"), ToolCall("1", "add")])], False),
        (plain_words(), [RETURNED], False),
        (plain_words(), [message("a", CodeResult(()))], False),
        (plain_words(), [message("a", Image(Link("u")))], False),
        (plain_words(), [], False),
        (tool_called("add"), [CALL, *turns("b")], True),
        (tool_called("add", by="a"), [CALL], True),
        (tool_called("add", by="b"), [CALL], False),
        (tool_called("sub"), [CALL], False),
        (tool_called("add"), [CUT_CALL], False),
        (tool_called("add"), [CALL, Opened("next"), *turns("a")], False),
        (tool_called("add"), [], False),
        (tool_returned("add"), [CALL], False),
        (tool_returned("add"), [CALL, RETURNED, *turns("a")], True),
        (tool_returned("add"), [CALL, RAISED], False),
        (tool_returned("sub"), [CALL, RETURNED], False),
        (tool_returned("add"), [CALL, RETURNED, Opened("next")], False),
        (STOP.equals(True), [Changed(A, "stop", "true")], True),
        (STOP.equals(True), [Changed(A, "stop", "true"), Changed(A, "stop", "false")], False),
        (STOP.equals(True), [], False),
        (STOP.equals(False), [], True),
        (SCORE.equals(1.0), [Changed(A, "score", "1")], True),
        (SCORE.equals(1.0), [Changed(A, "score", "1.5")], False),
        (SCORE.equals(1.0), [], False),
    ],
)
def test_what_a_rule_says_of_a_log(rule: Rule, entries: list[Entry], *, expected: bool) -> None:
    log = log_of(*entries)

    assert [rule(log), rule(log), rule(log.fork())] == [expected] * 3
    assert [(~rule)(log), (rule & rule)(log), (rule | ~rule)(log)] == [not expected, expected, True]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (timed_out(90), "90 s have gone by"),
        (timed_out(0.5), "0.5 s have gone by"),
        (handed_over(), "the floor was handed over"),
        (handed_over("b"), "the floor was handed to b"),
        (human_spoke(), "a human spoke"),
        (plain_words(), "the last message is plain words"),
        (plain_words(by="a"), "the last message is by a and plain words"),
        (tool_called("add"), "the tool add was called"),
        (tool_called("add", by="a"), "the tool add was called by a"),
        (tool_returned("add"), "the tool add has returned"),
        (STOP.equals(True), "stop == True"),
        (
            human_spoke() & mentions("bye") | ~timed_out(3),
            "((a human spoke and the last message mentions 'bye') or not 3 s have gone by)",
        ),
    ],
)
def test_a_rule_says_in_words_why_it_ends_and_pickles(rule: Rule, words: str) -> None:
    assert str(rule) == words
    assert pickle.loads(pickle.dumps(rule)) == rule


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_out_is_a_time(seconds: float) -> None:
    with pytest.raises(ConfigError, match="number of seconds above 0"):
        timed_out(seconds)


def test_a_tool_and_an_agent_have_names() -> None:
    with pytest.raises(ConfigError, match="the tool's name; found none"):
        tool_called(" ")
    with pytest.raises(ConfigError, match="the tool's name; found none"):
        tool_returned("")
    with pytest.raises(ConfigError, match="printable"):
        handed_over("")


def test_a_team_keeps_time_for_a_time_out_and_ends_by_what_it_kept() -> None:
    clock = iter(range(0, 100, 10))
    team = group(Agent("a", says("x")), until=message_count(99) | timed_out(25))

    def now(effect: AnyEffect) -> object:
        return float(next(clock))

    outcome = run(team, "hi", now)

    assert keeps_time(team.until)
    assert outcome.texts == ["hi", "x", "x", "x", "x"], "turns began at 0, 10, 20, 30"
    assert str(outcome.reason) == "rule: 25 s have gone by"


def test_what_was_learned_outside_ends_a_conversation_through_a_variable() -> None:
    def listens(view: View) -> Decision:
        return Reply("enough of this", changes=(STOP.to(True),)) if view.turn == 2 else Reply("on")

    outcome = run(group(Agent("a", listens), until=STOP.equals(True)))

    assert outcome.texts == ["on", "on", "enough of this"]
    assert outcome.reason == RuleFired("stop == True")


def test_a_handover_ends_a_conversation_before_whoever_was_named_speaks() -> None:
    def hands(view: View) -> Decision:
        return Reply("yours", hand_to="b") if view.turn == 1 else Reply("mine")

    team = group(Agent("a", hands), Agent("b", hands), Agent("c", says("c")), until=handed_over("b"))

    assert run(team).texts == ["mine", "yours"]


# --- where AutoGen's conditions went wrong ----------------------------------------------------------------------


def test_a_rule_that_has_held_holds_again_and_needs_no_reset() -> None:
    """Their conditions raise when they are asked once more, and have to be reset before they are used again."""
    rule = mentions("bye") | message_count(3)
    team = group(Agent("a", says("bye")), until=rule)

    assert [run(team, "hi").texts for _ in range(2)] == [["hi", "bye"]] * 2
    assert [rule(log_of(*turns("a", text="bye"))) for _ in range(3)] == [True] * 3


def test_both_parts_of_a_conjunction_must_hold_of_the_same_moment() -> None:
    """Theirs latches each part: 'a and b' holds when each held at some time."""
    both = spoke("a") & mentions("bye")

    assert not both(log_of(*turns("a"), *turns("b", text="bye")))
    assert both(log_of(*turns("a", text="bye")))


def test_nothing_has_happened_before_anything_is_said() -> None:
    """Theirs counts a limit of no messages as reached before the first; ours cannot be written."""
    with pytest.raises(ConfigError, match="counts from 1; found 0"):
        message_count(0)
