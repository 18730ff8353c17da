"""What is carried over from one conversation to the next, and how one is summed up. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from tests.policies.driving import run
from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    Image,
    Limits,
    Link,
    Log,
    Prompt,
    Summary,
    Talk,
    Team,
    Text,
    World,
    carried,
    chat,
    group,
    last_words,
    model_reply,
    reflection,
    says,
    sequence,
    talk,
    with_models,
)
from typedagents.core.handler import Handler
from typedagents.policies import carryover as module
from typedagents.testing import scripted_model

PICTURE = Image(Link("https://example.org/a.png"))
PARTS = (Text("x"), PICTURE, Text("y"))


# --- the text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("c1", "hello\nContext: \nc1"),
        (["c1"], "hello\nContext: \nc1"),
        (["c1", "c2"], "hello\nContext: \nc1\nc2"),
        ([], "hello"),
        ("", "hello"),
    ],
)
def test_carryover_stands_behind_the_words(given: str | list[str], text: str) -> None:
    """Case 13; row 45."""
    a, b = Agent("a", says("x")), Agent("b", says("y"))

    assert carried("hello", given) == text
    assert run(chat(a, b, max_turns=1), carried("hello", given)).texts == [text, "y"]


def test_carryover_stands_before_parts_as_one_more() -> None:
    """Case 13."""
    assert carried(PARTS, ["a", "b"]) == (Text("\nContext: \na\nb"), *PARTS)
    assert carried(PARTS, "") == PARTS


@pytest.mark.parametrize("given", [3, [{"content": "x"}, 3, None], [None], {"x": 1}.values()])
def test_what_is_no_text_is_refused(given: object) -> None:
    """Case 13. The original refuses 3 and makes text of what stands in a list, ``None`` of None; ours is text or refused."""
    with pytest.raises(
        ConfigError, match=r"carryover is a text, or a list of texts; found (int|dict|NoneType)"
    ):
        vars(module)["carried"]("hello", given)  # as one calls it who uses no type checker


def test_the_outcome_of_one_run_is_carried_over_to_another() -> None:
    """Rows 42 and 45: as a text, or by going on from its log."""
    a, b = Agent("a", says("x")), Agent("b", says("y"))
    first = World(Handler({}), store=None).run_sync(chat(a, b, "hello", max_turns=1))

    assert run(chat(a, b, max_turns=1), carried("again", first.summary)).texts[0] == "again\nContext: \ny"
    assert run(chat(a, b, max_turns=1), after=first.log).texts == ["hello", "y", "x", "y"]


# --- in sequences -----------------------------------------------------------------------------------------------


def asks(name: str) -> Team[CallModel]:
    return group(Agent(name, model_reply()), limits=Limits(max_decisions=1), name=name)


def heard(*talks: Talk[CallModel] | Team[CallModel]) -> list[str]:
    """What each was opened with, in a sequence whose models say s1, s2, ..."""
    model = scripted_model(*(f"s{i}" for i, _ in enumerate(talks, 1)))
    World(with_models(model), store=None).run_sync(sequence(*talks), "task")
    return [asked.transcript[0].text for asked in model.asked]


def test_a_talk_is_told_its_own_texts_and_then_what_all_earlier_ones_came_to() -> None:
    """Case 13; row 48."""
    assert heard(talk(asks("a"), "hello"), asks("b"), talk(asks("c"), "end", carryover=["c1", "c2"])) == [
        "hello",
        "task\nContext: \ns1",
        "end\nContext: \nc1\nc2\ns1\ns2",
    ]
    assert heard(talk(asks("a"), "hello", carryover="c1")) == ["hello\nContext: \nc1"]
    with pytest.raises(ConfigError, match="carryover is a text"):
        Talk(asks("a"), carryover=3)


def test_what_a_talk_came_to_can_be_left_out() -> None:
    """Row 48: ``finished_chat_indexes_to_exclude_from_carryover``, said where the talk is."""
    assert heard(talk(asks("a"), carries=False), asks("b"), asks("c"))[1:] == ["task", "task\nContext: \ns2"]


# --- summaries --------------------------------------------------------------------------------------------------


def summed(team: Team, summary: Summary) -> str:
    return World(Handler({}), store=None).run_sync(team.summed_up_by(summary)).summary


def one(words: str | tuple[Text | Image, ...]) -> Team:
    return group(Agent("a", says(words)), limits=Limits(max_decisions=1))


def count(log: Log, /) -> str:
    return f"{len(log.transcript)} said"


def test_the_last_message_is_a_summary_without_the_word_wherever_it_stands() -> None:
    """Row 46."""
    assert summed(one("TERMINATE 42 TERMINATE"), last_words()) == "42"
    assert summed(one((Text("x"), PICTURE, Text("y"))), last_words()) == "x\ny"
    assert summed(one("x").limited(Limits(max_decisions=0)), last_words()) == ""


def test_a_function_sums_up() -> None:
    """Row 46."""
    assert summed(one("x"), count) == "1 said"


def test_a_model_sums_up_when_it_is_asked_behind_the_conversation() -> None:
    """Row 46: the prompt and the role can be others; and the question is no part of the conversation."""
    model = scripted_model("In short: x.")
    team = one("x").summed_up_by(reflection("In short?", instructions="You are brief."))
    outcome = World(with_models(model), store=None).run_sync(team, "hi")

    assert outcome.summary == "In short: x."
    assert [said.text for said in model.asked[0].transcript] == ["hi", "x", "In short?"]
    assert model.asked[0].instructions == Prompt("You are brief.")
    assert len(outcome.transcript) == 2


def test_what_one_summary_is_given_is_not_given_to_the_next() -> None:
    """Defect 8: in the original the arguments of the first summary stick to all later ones; ours is sane."""
    assert reflection(model="large") != reflection()
    assert reflection().model == ""


def test_a_bad_summary_is_named() -> None:
    """Row 46: an empty prompt where it is made; a world without models before the run begins."""
    with pytest.raises(ConfigError, match="a reflection needs a prompt"):
        reflection("")
    with pytest.raises(ConfigError, match="CallModel"):
        World(Handler({}), store=None).run_sync(one("x").summed_up_by(reflection()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point
