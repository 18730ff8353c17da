"""Conversations within a turn, and who answers to whom. For the numbers see ``ledger``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.policies.driving import decided, message, run, view_of
from typedagents import (
    Agent,
    ConfigError,
    Limits,
    Message,
    Pass,
    Policy,
    PolicyError,
    Reply,
    Rule,
    chat,
    first_of,
    group,
    last_words,
    nested,
    passes,
    says,
    society,
    spoke,
    talk,
    unless,
    when,
)
from typedagents.core.log import Said
from typedagents.core.view import View
from typedagents.policies import combinators

INNER = chat(Agent("one", says("?")), Agent("two", says("FINAL_RESULT")), max_turns=1)


# --- nested chats -----------------------------------------------------------------------------------------------


def test_what_an_agent_talks_about_with_others_is_one_answer_outside() -> None:
    """Case 17; row 50."""
    assistant = Agent("assistant", when(spoke("user"), nested(INNER)))
    ended = run(chat(Agent("user", says("?")), assistant, "Start chat", max_turns=1), None, clock)

    assert ended.texts == ["Start chat", "FINAL_RESULT"]


def test_within_a_group_an_agent_may_do_so_too() -> None:
    """Case 17: the one before it in the group speaks as ever."""
    team = group(
        Agent("user", says("?")),
        Agent("Assistant_In_Group_1", says("Assistant_In_Group_1 message 1")),
        Agent("Assistant_In_Group_2", nested(INNER)),
        limits=Limits(max_messages=3),
    )

    assert run(team, "Start chat", clock).texts == [
        "Start chat",
        "Assistant_In_Group_1 message 1",
        "FINAL_RESULT",
    ]


def echo(view: View, /) -> Reply:
    last = view.transcript.last
    return Reply(f"<{last.text if last else ''}>")


def test_talks_without_words_of_their_own_are_opened_with_what_was_said_last() -> None:
    """Row 50, where we differ: the original skips all but the first that have none; ours holds each that is written."""
    one, other = (group(Agent("x", echo), limits=Limits(max_decisions=1), name=name) for name in ("a", "b"))

    assert decided(nested(one, other), view_of(message("you", "hi")), clock)[0] == Reply(
        "<hi\nContext: \n<hi>>"
    )
    assert decided(nested(talk(one, "own")), view_of(message("you", "hi")), clock)[0] == Reply("<own>")


def test_what_came_to_nothing_is_no_answer() -> None:
    """Row 50: where nothing was said, the agent has no reply, and the next policy has its turn."""
    silent = group(Agent("x", passes), limits=Limits(max_decisions=1), name="silent")

    assert decided(first_of(nested(silent), says("else")), view_of(), clock)[0] == Reply("else")


def test_a_team_is_an_agent() -> None:
    """Row 20: what it came to last, without the word that ended it."""
    thinks, answers = Agent("thinker", says("thinking")), Agent("speaker", says("42 TERMINATE"))
    team = chat(thinks, answers).summed_up_by(last_words())
    ended = run(group(society("mind", team), limits=Limits(max_messages=2)), Message("user", "?"), clock)

    assert [(said.sender, said.text) for said in ended.messages] == [("user", "?"), ("mind", "42")]


def clock(effect: object) -> object:
    return 0.0


# --- who answers to whom ----------------------------------------------------------------------------------------


def is_long(view: View, /) -> bool:
    last = view.transcript.last
    return last is not None and len(last.text) > 3


@pytest.mark.parametrize(
    ("condition", "said", "answers"),
    [
        (spoke("a1"), message("a1", "hi"), True),
        (spoke("a1"), message("a2", "hi"), False),
        (spoke("a2") | spoke("a3"), message("a1", "hi"), False),
        (spoke("a2") | spoke("a3"), message("a3", "hi"), True),
        (is_long, message("a1", "hello"), True),
        (is_long, message("a1", "hi"), False),
    ],
)
def test_a_policy_is_asked_where_a_name_several_or_a_function_says_so(
    condition: Rule | Callable[[View], bool],
    said: Said,
    answers: bool,  # noqa: FBT001  # pytest hands it over by name
) -> None:
    """Case 10; row 29."""
    decision, _ = decided(when(condition, says("yes")), view_of(said))

    assert decision == (Reply("yes") if answers else Pass())


def test_the_first_that_answers_answers() -> None:
    """Case 10, rows 27 and 28: in the original who registers last is asked first; in ours the order is written."""
    later, earlier = when(spoke("you"), says("later")), says("earlier")

    assert decided(first_of(later, earlier), view_of(message("you", "hi")))[0] == Reply("later")
    assert decided(first_of(later, earlier), view_of(message("me", "hi")))[0] == Reply("earlier")


@pytest.mark.parametrize("condition", [1, "user", None, ["a1"]])
def test_what_is_no_condition_is_refused_where_it_is_written(condition: object) -> None:
    """Case 10: a trigger of 1 is an error."""
    for name in ("when", "unless"):
        with pytest.raises(ConfigError, match=r"a condition is a rule, or a function of the view; found"):
            vars(combinators)[name](condition, says("x"))  # as one calls it who uses no type checker


async def thinks(view: View) -> Reply:
    return Reply("x")


def test_an_async_reply_is_named_however_the_chat_is_run() -> None:
    """Case 10, row 30: the original runs it in async chats and refuses it in others; ours has one way: a policy is pure."""
    asynchronous: Policy = thinks  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # the point
    with pytest.raises(PolicyError, match=r"thinks.* is async"):
        run(group(Agent("a", asynchronous)), "hi")


def test_where_it_does_not_hold_another_is_asked() -> None:
    """Row 29."""
    assert decided(unless(spoke("a1"), says("x")), view_of(message("a1", "hi")))[0] == Pass()
