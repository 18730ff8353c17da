"""Who speaks next: whom a text names, what a model or a human is asked. For the numbers see ``ledger``."""

from __future__ import annotations

import json

import pytest

from tests.policies.driving import Run, run, scripted
from tests.policies.selecting.groups import group_named, names
from typedagents import (
    CallModel,
    Chosen,
    Message,
    ModelReply,
    Typed,
    at_random,
    by_human,
    by_model,
    everyone,
    not_last,
    those,
)
from typedagents.core.effect import AnyEffect
from typedagents.core.human import Skipped
from typedagents.core.team import Team
from typedagents.core.view import SharedView
from typedagents.policies.selecting.naming import answered, mentioned

STAFF = names("User_proxy", "Story_writer", "Product_manager")


# --- names in a text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Story_writer", {"Story_writer": 1}),
        ("' Story_writer.\n\nHere are three stories:\n\n1. **The Garden**", {"Story_writer": 1}),
        (r"Story\_writer", {"Story_writer": 1}),
        ("Story writer", {"Story_writer": 1}),
        ("Story_Writer", {}),
        ("NoName_Person", {}),
        ("", {}),
        ("Story_writer goes before the Product_manager.", {"Story_writer": 1, "Product_manager": 1}),
        (r"Story\_writer goes before the Product\_manager.", {"Story_writer": 1, "Product_manager": 1}),
        ("Story writer goes before the Product manager.", {"Story_writer": 1, "Product_manager": 1}),
        (r"Story writer goes before the Product\_manager.", {"Story_writer": 1, "Product_manager": 1}),
        (r"Story Writer goes before the product\_manager.", {}),
        (r"Story_writer, Story writer, Story\_writer", {"Story_writer": 3}),
        ("Story_writers and myStory_writer", {}),
    ],
)
def test_a_name_is_found_in_three_forms_as_it_is_written(text: str, counts: dict[str, int]) -> None:
    """Case 24; row 58."""
    assert mentioned(text, STAFF) == counts


def test_one_name_however_often_is_a_choice_and_two_are_none() -> None:
    """Rows 57 and 58."""
    assert answered("Story_writer. Yes: **Story writer**", STAFF) == ("Story_writer",)
    assert len(answered("Story_writer or User_proxy", STAFF)) == 2


# --- a model chooses --------------------------------------------------------------------------------------------


def chosen(answer: str) -> str:
    return json.dumps({"speaker": answer})


def choosing(team: Team[CallModel], *answers: str) -> Run:
    return run(team, "hi", scripted(*map(ModelReply, answers)))


def test_a_model_is_asked_three_times_and_then_the_next_in_order_speaks() -> None:
    """Row 57: one attempt and two retries."""
    ended = choosing(group_named("a", "b", "c", messages=2).selected_by(by_model(answer="text")), *["me"] * 3)

    assert len(ended.asked) == 3
    assert ended.texts == ["hi", "b"]


def test_it_is_told_otherwise_of_no_name_than_of_several() -> None:
    """Row 57."""
    team = group_named("a", "b", "c", messages=2).selected_by(by_model(answer="text"))
    ended = choosing(team, "whoever", "a or c", "c")

    questions = [asked.transcript[-1].text for asked in ended.asked if isinstance(asked, CallModel)]
    assert [text.split(":")[0] for text in questions] == [
        "Who speaks next? Choose one of",
        "That names none of those who may speak next. They are",
        "That names several",
    ]
    assert ended.texts == ["hi", "c"]


def test_one_who_may_speak_is_not_asked_about() -> None:
    """Row 54."""

    def only_c(view: SharedView, /) -> tuple[str, ...]:
        return ("c",)

    team = group_named("a", "b", "c", messages=2)
    for selector in (by_model(among=those(only_c)), by_human(among=those(only_c)), at_random(those(only_c))):
        ended = run(team.selected_by(selector), "hi")
        assert (ended.texts, ended.asked) == (["hi", "c"], ())


def test_names_in_the_conversation_disturb_no_choice() -> None:
    """Defect 14: in the original a choice is free text, marked in the chat itself, and a mention can block it.

    Ours is sane: the answer is typed, and what was said is not searched.
    """
    said = "[AGENT SELECTED]a, says b to c"
    team = group_named("a", "b", "c", messages=2).selected_by(by_model())
    ended = run(team, Message("a", said), scripted(ModelReply(chosen("c"))))

    assert ended.texts == [said, "c"]
    (asked,) = ended.asked
    assert isinstance(asked, CallModel)
    assert asked.output is not None
    assert json.loads(asked.output.schema)["properties"]["speaker"]["enum"] == ["a", "b", "c"]


def test_nobody_but_a_model_that_chooses_is_shown_how_it_chose() -> None:
    """Defect 14, row 53: the choosing leaves no message behind."""
    ended = choosing(
        group_named("a", "b", messages=2).selected_by(by_model()), "nobody", "neither", chosen("b")
    )

    assert ended.texts == ["hi", "b"]


def test_a_model_may_choose_who_spoke_last_unless_the_plan_says_no() -> None:
    """Row 76, where we differ: there nobody speaks twice unless asked for; ours is written ``not_last()``."""
    team = group_named("a", "b", "c", messages=2)
    plain = choosing(team.selected_by(by_model(answer="text")), "a")
    other = choosing(team.selected_by(by_model(answer="text", among=not_last())), "a", "c")

    assert (plain.texts, other.texts) == (["hi", "a"], ["hi", "c"])


# --- a human or the dice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "speaker"),
    [
        ((Typed("3"),), "c"),
        ((Typed("c"),), "c"),
        ((Skipped(),), "b"),
        ((Typed("q"),), "b"),
        ((Typed("0"), Typed("3")), "c"),
        ((Typed("0"), Typed("zoe")), "b"),
    ],
)
def test_a_human_chooses_by_number_or_leaves_it_to_the_order(
    answers: tuple[Typed | Skipped, ...], speaker: str
) -> None:
    """Row 56: numbers from 1, ``q`` or nothing for the next in order, and two bad answers at most."""
    team: Team[AnyEffect] = group_named("a", "b", "c", messages=2).selected_by(by_human("a"))
    ended = run(team, "hi", scripted(*answers))

    assert ended.texts == ["hi", speaker]
    assert len(ended.asked) == len(answers)


def test_dice_fall_among_those_who_may_speak() -> None:
    """Row 54: lots are drawn in the world, so a run replays as they fell."""
    team = group_named("a", "b", "c", messages=2)

    assert run(team.selected_by(at_random(everyone())), "hi", scripted(2)).texts == ["hi", "c"]


def test_a_choice_can_say_why() -> None:
    """Row 76: a function may choose, with a note for whoever reads the log."""

    def explains(view: SharedView, /) -> Chosen:
        return Chosen("c", "c knows")

    assert run(group_named("a", "b", "c", messages=2).selected_by(explains), "hi").texts == ["hi", "c"]
