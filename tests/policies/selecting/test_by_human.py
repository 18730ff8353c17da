"""Who speaks next, as a human chooses."""

from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import scripted
from tests.policies.selecting.groups import ended, group_named, notes, shared, spoke
from typedagents.core.decision import Stop
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.limits import Limits
from typedagents.core.stop import HumanLeft
from typedagents.core.team import Agent, group
from typedagents.core.turn import Ended
from typedagents.interpreter.ports import with_human
from typedagents.interpreter.world import World
from typedagents.policies.fixed import says
from typedagents.policies.selecting.by_human import ByHuman, by_human
from typedagents.policies.selecting.candidates import not_last
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within
from typedagents.testing.scripted import scripted_human

PLAIN = by_human()
FAILED = "the human was asked 2 times and chose nobody; the next in order speaks"


def going(answers: list[HumanAnswer], selector: ByHuman = PLAIN) -> tuple[Ended, list[AskHuman]]:
    asked: list[AskHuman] = []
    script = scripted(*answers)

    def answer(effect: AnyEffect) -> object:
        assert isinstance(effect, AskHuman)
        asked.append(effect)
        return script(effect)

    team = group(
        Agent("ann", says("x"), "Knows all."),
        Agent("bob", says("y")),
        Agent("2", says("z")),
        limits=Limits(max_messages=2),
    )
    return ended(team.selected_by(selector), "Begin.", answer), asked


@pytest.mark.parametrize(
    ("typed", "who"),
    [("1", "ann"), (" 1\n", "ann"), ("bob", "bob"), ("2", "2"), ("3", "2"), ("", "bob"), ("q", "bob")],
)
def test_a_human_chooses_by_number_or_name_or_leaves_it_to_the_order(typed: str, who: str) -> None:
    came, asked = going([Typed(typed)])

    assert (spoke(came), notes(came), len(asked)) == (who, [], 1)


def test_a_human_who_skips_leaves_it_to_the_order() -> None:
    assert spoke(going([Skipped()])[0]) == "bob"


def test_the_human_is_shown_the_conversation_and_the_candidates() -> None:
    _, asked = going([Typed("1")], by_human("boss", among=not_last()))

    assert asked[0].me == "boss"
    assert [message.text for message in asked[0].transcript] == ["Begin."]
    assert asked[0].question == "Who speaks next?\n1. bob\n2. 2\nA number or a name; without one bob speaks:"
    assert going([Typed("1")])[1][0].question.splitlines()[1] == "1. ann: Knows all."


@pytest.mark.parametrize("bad", ["4", "0", "-1", "Ann", "bob!", "\u00b2", "\u0663", "1.0", "9" * 5000])
def test_a_bad_answer_is_told_and_the_second_leaves_it_to_the_order(bad: str) -> None:
    came, asked = going([Typed(bad), Typed("1")])
    assert (spoke(came), notes(came)) == ("ann", [])
    assert asked[1].question.startswith(
        f"{bad!r:.60} is no number from 1 to 3 and none of the names.\nWho speaks"
    )

    came, asked = going([Typed(bad), Typed(bad)])
    assert (spoke(came), notes(came), len(asked)) == ("bob", [FAILED], 2)


def test_the_number_of_tries_can_be_another() -> None:
    came, _ = going([Typed("x")], by_human(tries=1))

    assert notes(came) == ["the human was asked once and chose nobody; the next in order speaks"]
    with pytest.raises(ConfigError, match="asked at least once; found tries=0"):
        by_human(tries=0)


def test_a_human_who_leaves_ends_the_conversation() -> None:
    world = World(with_human(scripted_human(Left())), store=None)
    team = group_named("a", "b").selected_by(by_human("boss"))
    assert world.run_sync(team).reason == HumanLeft("boss")

    steps = by_human()(shared())
    next(steps)
    with pytest.raises(StopIteration) as stopped:
        steps.send(Left())
    assert stopped.value.value == Stop("the human left")


def test_one_candidate_is_not_asked_about_and_none_ends() -> None:
    selector = by_human(among=transitions(allowed={"a": ["b"], "b": []}))

    came = ended(group_named("a", "b").selected_by(selector), "hi")

    assert spoke(came) == "b"
    assert str(came.reason).endswith("the transitions let nobody follow 'b'")


def test_whom_the_human_names_may_stop_at_its_limit() -> None:
    came, _ = going([Typed("bob")], by_human(among=within({"bob": 0}, then="stop")))
    assert str(came.reason).startswith("limit: max_auto_replies=0 of 'bob'")
    came, _ = going([Typed("x"), Typed("x")], by_human(among=within({"bob": 0}, then="stop")))
    assert str(came.reason).startswith("limit: max_auto_replies=0 of 'bob'"), (
        "nor does it speak as the next in order"
    )


def test_it_prints_as_it_was_written_and_pickles() -> None:
    selector = by_human("boss", among=not_last(), tries=3)

    assert repr(selector) == "by_human(me='boss', among=not_last(), tries=3)"
    assert pickle.loads(pickle.dumps(selector)) == selector
