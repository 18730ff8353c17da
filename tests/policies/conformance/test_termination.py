"""What ends a conversation: rules without a state, limits, people. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import log_of, message, run
from typedagents import (
    Agent,
    Cancelled,
    ConfigError,
    Control,
    Log,
    Reply,
    Rule,
    RuleFired,
    ToolCall,
    Usage,
    Variable,
    World,
    cost_reached,
    decision_count,
    group,
    handed_over,
    hands_to,
    holds,
    mentions,
    message_count,
    model_reply,
    plain_words,
    says,
    spoke,
    timed_out,
    to,
    tokens_used,
    tool_called,
    with_models,
)
from typedagents.core.log import Began, Entry, Handed, Opened, Spent
from typedagents.core.message import AgentName
from typedagents.core.usage import Charge
from typedagents.core.view import View
from typedagents.testing import scripted_model

A = AgentName("a")
CANCEL = Variable("cancel", bool, False)
USED = Charge("m", Usage(fresh_input=6, output=4), cost_usd=None)


def long(log: Log, /) -> bool:
    return len(log.transcript) > 1


@pytest.mark.parametrize(
    ("rule", "fires", "not_yet"),
    [
        (mentions("STOP"), [message("a", "now STOP")], [message("a", "go on")]),
        (mentions("STOP", by="b"), [message("b", "STOP")], [message("a", "STOP")]),
        (message_count(2), [message("a", "x")] * 2, [message("a", "x")]),
        (decision_count(1), [Began(A)], []),
        (tokens_used(10), [Spent(A, (USED,))], [message("a", "x")]),
        (cost_reached(1), [Spent(A, (USED,))], [message("a", "x")]),
        (handed_over("b"), [Began(A), Handed(A, AgentName("b"))], [Began(A), Handed(A, A)]),
        (timed_out(5), [Began(A, 10.0), Began(A, 15.0)], [Began(A, 10.0), Began(A, 14.0)]),
        (spoke("a"), [message("a", "x")], [message("b", "x")]),
        (plain_words(by="a"), [message("a", "x")], [message("a", ToolCall("1", "add"))]),
        (tool_called("add"), [message("a", ToolCall("1", "add"))], [message("a", ToolCall("1", "sub"))]),
        (holds(long), [message("a", "x")] * 2, [message("a", "x")]),
    ],
)
def test_each_of_the_set_ends_where_it_should(rule: Rule, fires: list[Entry], not_yet: list[Entry]) -> None:
    """Row 81: mention (by whom), messages, decisions, tokens, cost, handoff, time, source, text, call, any function.

    An unknown price counts as reached: no limit is passed because a price list has gaps.
    """
    assert rule(log_of(*fires))
    assert not rule(log_of(*not_yet))


def test_an_end_from_outside_is_a_variable_or_the_world() -> None:
    """Row 81: what a program learned is written into a variable, and a run is cancelled from anywhere."""

    def learns(view: View) -> Reply:
        return Reply("x", changes=(CANCEL.to(True),))

    control, model = Control(), scripted_model()
    control.cancel("enough")
    world = World(with_models(model), store=None)

    assert run(group(Agent("a", learns), until=CANCEL.equals(True))).reason == RuleFired("cancel == True")
    assert world.run_sync(group(Agent("a", model_reply())), control=control).reason == Cancelled("enough")
    assert model.asked == ()


def test_a_rule_that_has_held_is_asked_again_as_if_it_had_not() -> None:
    """Defect 34: in the original a condition that has fired raises until it is reset; ours is sane: it has no state."""
    rule = (mentions("x") | message_count(5)) & ~spoke("b")
    said = log_of(message("a", "x"))

    assert [rule(said) for _ in range(3)] == [True] * 3
    assert not rule(log_of(message("b", "x")))
    team = group(Agent("a", says("x")), until=rule)
    held = mentions("x") & ~spoke("b")  # of the alternatives, the one that ended it
    assert run(team).reason == run(team).reason == RuleFired(str(held))


def test_joined_rules_look_at_the_same_moment() -> None:
    """Defect 34, row 81, where we differ: the original's ``&`` keeps what once held; ours asks both of one log."""
    both = mentions("x") & mentions("y")

    assert not both(log_of(message("a", "x"), message("a", "y")))
    assert both(log_of(message("a", "x y")))


def test_joined_rules_name_all_that_they_are_made_of() -> None:
    """Row 81."""
    assert (
        str(message_count(2) | mentions("STOP"))
        == "(2 messages were said or the last message mentions 'STOP')"
    )


@pytest.mark.parametrize("count", [0, -1])
def test_no_rule_holds_before_anything_was_said(count: int) -> None:
    """Defect 34: in the original a limit of 0 messages is reached before the first; ours cannot be written."""
    with pytest.raises(ConfigError, match="counts from 1"):
        message_count(count)
    assert not message_count(1)(log_of())


def test_a_rule_sees_nothing_of_an_earlier_conversation() -> None:
    """Defect 34: nothing has to be reset between two runs."""
    log = Log([*log_of(message("a", "STOP")), Opened("again")])

    assert not mentions("STOP")(log)
    assert not message_count(1)(log)


def test_a_handoff_may_end_it() -> None:
    """Row 81."""
    team = group(Agent("a", hands_to(to("b"))), Agent("b", says("x")), until=handed_over("b"))

    assert run(team, "hi").texts == ["hi", "x", "[Handing off to b]"]
