"""Defect 35: several handoffs in one message, other calls beside them, words and results around them."""

from __future__ import annotations

import pytest

from tests.policies.driving import decided, view_of
from typedagents.core.context import Change, Variable
from typedagents.core.decision import Decision, Draft, Reply
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.view import View
from typedagents.policies.calling.settling import Several, settled
from typedagents.policies.fixed import says
from typedagents.policies.handing.handing import with_handoffs
from typedagents.policies.handing.handoff import handoff
from typedagents.tools.answered import Answered, result_of

OPEN = Variable("open", bool, True)
TO_YOU = handoff("you", "When it is about you.")
TO_OTHER = handoff("other", "Else.")


def call(name: str, at: str = "1") -> ToolCall:
    return ToolCall(at, name, "{}")


def results(decision: Decision) -> tuple[ToolResult, ...]:
    assert isinstance(decision, Reply)
    parts = [part for draft in decision.drafts for part in draft.parts]
    return tuple(part for part in parts if isinstance(part, ToolResult))


@pytest.mark.parametrize(
    ("several", "to_whom", "notes"),
    [
        ("first", "you", (False, True)),
        ("last", "other", (True, False)),
        ("error", "me", (True, True)),
    ],
)
def test_several_handoffs_in_one_reply_are_settled_as_was_chosen(
    several: Several, to_whom: str, notes: tuple[bool, bool]
) -> None:
    both = (call("transfer_to_you", "1"), call("transfer_to_other", "2"))
    decision, _ = decided(with_handoffs(says(both), TO_YOU, TO_OTHER, several=several), view_of())

    assert isinstance(decision, Reply)
    assert decision.hand_to == to_whom
    one, two = results(decision)
    assert (one.hand_to is None, two.hand_to is None) == notes
    assert ("(" in one.text, "(" in two.text) == notes


def test_the_same_handoff_twice_is_no_conflict() -> None:
    both = (call("transfer_to_you", "1"), call("transfer_to_you", "2"))
    decision, _ = decided(with_handoffs(says(both), TO_YOU, several="error"), view_of())

    assert isinstance(decision, Reply)
    assert decision.hand_to == "you"


def test_calls_that_others_run_are_not_left_behind() -> None:
    both = (call("transfer_to_you", "1"), call("add", "2"))
    decision, _ = decided(with_handoffs(says(both), TO_YOU), view_of())

    (refused,) = results(decision)
    assert (refused.call_id, refused.failed) == ("1", True)
    assert "add was called as well" in refused.text
    assert isinstance(decision, Reply)
    assert decision.hand_to == "me"


def test_what_tools_came_to_is_not_lost_with_the_floor() -> None:
    def loops(view: View) -> Reply:
        """As a tool loop does it: calls, results, and then a handoff."""
        return Reply(
            (
                Draft(call("add", "1")),
                Draft(ToolResult("1", "add", (Text("3"),)), "tool"),
                Draft("so:"),
                Draft(call("transfer_to_you", "2")),
            )
        )

    decision, _ = decided(with_handoffs(loops, TO_YOU), view_of())

    assert isinstance(decision, Reply)
    assert (len(decision.drafts), decision.hand_to) == (5, "you")


def test_results_settle_changes_in_order_and_leave_out_those_that_failed() -> None:
    first, second = Change("a", "1"), Change("a", "2")
    came = settled(
        (
            ToolResult("1", "t", (), changes=(first,)),
            ToolResult("2", "t", (), changes=(Change("b", "0"),), hand_to="you", failed=True),
            ToolResult("3", "t", (), changes=(second,), hand_to="other"),
        )
    )

    assert (came.changes, came.hand_to) == ((first, second), "other")
    assert settled(()).hand_to is None


def test_a_tool_can_return_changes_and_a_hand_over() -> None:
    def rendered(value: object) -> tuple[Text]:
        return (Text(f"<{value}>"),)

    answered = Answered(3, [OPEN.to(False)], "you")

    assert result_of("1", "t", answered, rendered) == ToolResult(
        "1", "t", (Text("<3>"),), changes=(OPEN.to(False),), hand_to="you"
    )
    assert result_of("1", "t", 3, rendered) == ToolResult("1", "t", (Text("<3>"),))
    assert Answered(3) == Answered(3, (), None)
