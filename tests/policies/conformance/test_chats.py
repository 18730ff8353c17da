"""Chats of two: how long they are, what ends them, when a human is asked. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import Run, run, scripted
from typedagents import (
    Agent,
    AskHuman,
    DecisionLimit,
    HumanLeft,
    Left,
    Limits,
    RuleFired,
    Silence,
    Skipped,
    Typed,
    Unlimited,
    World,
    chat,
    first_of,
    from_human,
    group,
    last_words,
    opens,
    says,
    says_exactly,
    spoke,
    user_proxy,
    when,
    with_human,
    with_limit,
)
from typedagents.core.effect import AnyEffect
from typedagents.core.handler import Handler
from typedagents.core.limits import Limit
from typedagents.core.view import View
from typedagents.policies.human import HumanInput
from typedagents.testing import scripted_human


def speaker(name: str, limit: Limit = Unlimited, words: str = "") -> Agent[AnyEffect]:
    """An agent that says always the same by itself, as often as its limit allows."""
    return user_proxy(name, "never", code=None, max_auto_replies=limit, default_reply=words or f"r{name}")


def human(name: str, mode: HumanInput, limit: Limit) -> Agent[AnyEffect]:
    return user_proxy(name, mode, code=None, max_auto_replies=limit, default_reply="auto")


# --- how long ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starter", "recipient", "messages"),
    [
        (0, 0, 1),
        (0, 1, 2),
        (1, 0, 1),
        (1, 1, 3),
        (2, 1, 3),
        (1, 2, 4),
        (3, 3, 7),
        (Unlimited, 1, 3),
    ],
)
def test_a_chat_is_as_long_as_the_limits_of_the_two_allow(
    starter: Limit, recipient: Limit, messages: int
) -> None:
    """Case 1; rows 33 and 42."""
    assert len(run(chat(speaker("a", starter), speaker("b", recipient), "hi")).messages) == messages


def test_a_hundred_automatic_replies_each_are_two_hundred_and_one_messages() -> None:
    """Case 1. The original's limits are a hundred for each agent, ours a hundred turns for the team: they are written."""
    team = chat(speaker("a", 100), speaker("b", 100), "hi")
    ended = run(team.limited(Limits(max_decisions=Unlimited)))

    assert [sum(said.sender == name for said in ended.messages[1:]) for name in "ab"] == [100, 100]
    assert len(ended.messages) == 201
    assert ended.reason == DecisionLimit("max_auto_replies", 100, "b")
    assert len(run(team).messages) == 101


@pytest.mark.parametrize(
    ("max_turns", "messages", "summary"), [(0, 0, ""), (1, 2, "rb"), (2, 4, "rb"), (3, 6, "rb")]
)
def test_a_turn_is_there_and_back(max_turns: int, messages: int, summary: str) -> None:
    """Case 2; row 43."""
    outcome = world().run_sync(chat(says_("a"), says_("b"), "hi", max_turns=max_turns))

    assert (len(outcome.transcript), outcome.summary) == (messages, summary)


def test_a_limit_of_the_starter_holds_within_more_turns() -> None:
    """Case 2."""
    assert len(run(chat(speaker("a", 1), speaker("b"), "hi", max_turns=5)).messages) == 4


def test_a_limit_of_the_recipient_holds_within_more_turns() -> None:
    """Defect 3: the original takes no notice of it and says 8 messages; ours is sane."""
    ended = run(chat(speaker("a"), speaker("b", 1), "hi", max_turns=5))

    assert len(ended.messages) == 3
    assert ended.reason == DecisionLimit("max_auto_replies", 1, "b")


# --- what ends it -----------------------------------------------------------------------------------------------


def test_a_reply_that_is_the_word_ends_the_chat_and_leaves_nothing_to_sum_up() -> None:
    """Case 3."""
    team = chat(says_("a"), says_("b", "TERMINATE"), "hi").summed_up_by(last_words())
    outcome = world().run_sync(team)

    assert (len(outcome.transcript), outcome.summary) == (2, "")
    assert outcome.reason == RuleFired("the last message ends with 'TERMINATE'")


def test_an_opening_that_is_the_word_is_all_that_is_said() -> None:
    """Case 3."""
    assert run(chat(speaker("a"), speaker("b"), "TERMINATE")).texts == ["TERMINATE"]


def test_the_word_ends_a_chat_behind_other_words_too() -> None:
    """Case 3, defect 2: the original wants the word alone and goes on for all 6 messages; ours is sane.

    Who wants the word alone writes so.
    """
    b = says_("b", "done TERMINATE")

    assert len(run(chat(says_("a"), b, "hi", max_turns=3)).messages) == 2
    exactly = says_exactly("TERMINATE")
    assert len(run(chat(says_("a"), b, "hi", max_turns=3, until=exactly)).messages) == 6


def test_without_anything_to_say_a_chat_is_its_opening() -> None:
    """Case 3; row 16."""
    ended = run(chat(says_("a"), user_proxy("b", "never", code=None), "hi"))

    assert (ended.texts, ended.reason) == (["hi"], Silence())


def test_empty_words_are_no_message() -> None:
    """Defect 1: in the original two agents say nothing to each other 201 times; ours is sane."""
    ended = run(chat(says_("a", " "), says_("b", " "), "hi"))

    assert (ended.texts, ended.reason) == (["hi"], Silence())
    assert run(chat(says_("a"), says_("b"), "")).texts == ["", *["rb", "ra"] * 50]


# --- counts -----------------------------------------------------------------------------------------------------


def test_each_conversation_counts_by_itself() -> None:
    """Case 7: two chats of 2 messages. The same whether the second goes on from the first."""
    team = chat(speaker("a", 0), speaker("b", 1), "hello")
    first = world().run_sync(team)

    assert len(first.transcript) == 2
    assert world().run_sync(team).transcript == first.transcript
    again = world().run_sync(team, after=first.log)
    assert [said.text for said in again.transcript] == ["hello", "rb"]
    assert again.reason == DecisionLimit("max_auto_replies", 0, "a")


def test_within_a_conversation_who_has_reached_its_limit_answers_no_more() -> None:
    """Case 7: what the original shows by a message sent behind a chat."""
    ended = run(chat(speaker("a", 1, "bye"), speaker("b", 1), "hello"))

    assert ended.texts == ["hello", "rb", "bye"]


def test_a_limit_may_hold_towards_one_partner_only() -> None:
    """Case 7: in the original a limit is set for a sender; ours is part of the policy, as anything else is."""
    towards_a = when(spoke("a"), with_limit(says("rb"), max_auto_replies=1, then="pass"))
    b = Agent("b", first_of(towards_a, when(spoke("c"), says("rb"))))

    assert len(run(chat(says_("a"), b, "hi")).messages) == 3
    assert len(run(chat(says_("c"), b, "hi", max_turns=4)).messages) == 8


def test_a_limit_that_was_reached_stays_reached() -> None:
    """Defect 4: the original puts its counter to nought when it stops, and a limit may begin anew; ours is sane."""
    b = Agent("b", with_limit(says("rb"), max_auto_replies=2, then="pass"))
    ended = run(group(says_("a"), says_("c"), b, limits=Limits(max_messages=20)), "hi")

    assert sum(said.sender == "b" for said in ended.messages) == 2


# --- values -----------------------------------------------------------------------------------------------------


def test_what_was_said_in_one_chat_is_not_touched_by_the_next() -> None:
    """Defect 5: in the original the history of a result is that of the next chat; ours is sane."""
    a = says_("a")
    first = world().run_sync(chat(a, says_("b"), "one", max_turns=1))
    kept = [said.text for said in first.transcript]
    second = world().run_sync(chat(a, says_("b"), max_turns=1), after=first.log)

    assert [said.text for said in second.transcript] == ["one", "rb", "ra", "rb"]
    assert [said.text for said in first.transcript] == kept == ["one", "rb"]


# --- humans -----------------------------------------------------------------------------------------------------


def test_a_human_who_always_answers_talks_for_all_turns() -> None:
    """Case 9; row 37."""
    words = ["one", "two", "three"]
    ended = run(
        chat(says_("a"), human("u", "always", 0), "hi", max_turns=3), None, scripted(*map(Typed, words))
    )

    assert len(ended.messages) == 6
    assert ended.texts[1::2] == words


END = "TERMINATE"


@pytest.mark.parametrize(
    ("mode", "limit", "words", "answers", "expected"),
    [
        # Row 34: within its limit nobody is asked.
        ("terminate", 9, "go on", (), ["hi", "auto", "go on", "auto"]),
        # Row 35: at its limit it asks in every turn; without an answer it answers by itself.
        ("terminate", 0, "go on", (Skipped(), Skipped()), ["hi", "auto", "go on", "auto"]),
        ("terminate", 0, "go on", (Typed("no"), Typed("why")), ["hi", "no", "go on", "why"]),
        # Row 36: what would be the last message is answered, or ends it.
        ("terminate", 9, END, (Typed("more"), Skipped()), ["hi", "auto", END, "more", END]),
        ("terminate", 9, END, (Skipped(),), ["hi", "auto", END]),
        # Row 37: it asks about every message, whatever its limit.
        ("always", 0, "go on", (Skipped(), Typed("well")), ["hi", "auto", "go on", "well"]),
        ("always", 9, END, (Skipped(), Skipped()), ["hi", "auto", END]),
    ],
)
def test_a_human_is_asked_as_the_table_says(
    mode: HumanInput, limit: Limit, words: str, answers: tuple[Typed | Skipped, ...], expected: list[str]
) -> None:
    """Rows 34, 35, 36 and 37, and 38, where ours is sane: at a limit of 0 a skip is an automatic reply."""
    team = chat(
        says_("a", words), human("u", mode, limit), "hi", limits=Limits(max_messages=6 if words == END else 4)
    )

    assert run(team, None, scripted(*answers)).texts == expected


@pytest.mark.parametrize("word", ["exit", "Exit", "exit "])
def test_no_word_of_a_human_means_that_they_leave(word: str) -> None:
    """Row 39, where we differ: the original ends at ``exit`` and sends ``Exit``; ours sends both, and ``Left`` ends."""
    team = chat(says_("a"), human("u", "always", 0), "hi", max_turns=1)

    assert run(team, None, scripted(Typed(word))).texts == ["hi", word]
    assert run(team, None, scripted(Left())).reason == HumanLeft("u")


def test_a_stop_says_why() -> None:
    """Row 40."""
    assert str(run(chat(speaker("a"), speaker("b", 0), "hi")).reason).startswith(
        "limit: max_auto_replies=0 of 'b' was reached"
    )


def test_what_humans_said_is_known_of_the_outcome() -> None:
    """Rows 41 and 47: their words are recorded, and so is what it cost."""
    team = chat(says_("a"), user_proxy("u", code=None), "hi", max_turns=2)
    outcome = World(with_human(scripted_human("one", "two")), store=None).run_sync(team)

    assert outcome.human_inputs == ("one", "two")
    assert outcome.cost_usd == 0


# --- how it is opened -------------------------------------------------------------------------------------------


def greets(view: View, /) -> str:
    return f"{view.me} greets {' and '.join(name for name in view.roster if name != view.me)}"


def test_a_chat_is_opened_with_words_a_function_or_by_a_human() -> None:
    """Row 44, and defect 11: a function is called before it becomes a message, so no rule ever sees one."""
    a, b = says_("a"), says_("b")

    assert first(run(chat(a, b, "words", max_turns=1))) == "words"
    assert first(run(chat(a, b, max_turns=1), "other words")) == "other words"
    assert first(run(chat(opens(a, greets), b, max_turns=1))) == "a greets b"
    asked = run(chat(opens(a, from_human("About?")), b, max_turns=1), None, scripted(Typed("cats")))
    assert (first(asked), [type(effect) for effect in asked.asked]) == ("cats", [AskHuman])


def first(ended: Run) -> str:
    return ended.texts[0]


def says_(name: str, words: str = "") -> Agent:
    return Agent(name, says(words or f"r{name}"))


def world() -> World[AnyEffect]:
    return World(Handler({}), store=None)
