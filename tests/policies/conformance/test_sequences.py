"""Conversations one after the other, or as their prerequisites allow. For the numbers see ``ledger``."""

from __future__ import annotations

import pytest

from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    Limits,
    Outcome,
    Talk,
    Team,
    World,
    group,
    model_reply,
    plan,
    sequence,
    talk,
    with_models,
)
from typedagents.testing import ScriptedModel, scripted_model


def asks(name: str) -> Team[CallModel]:
    return group(Agent(name, model_reply()), limits=Limits(max_decisions=1), name=name)


def saying(*replies: str) -> tuple[ScriptedModel, World[CallModel]]:
    model = scripted_model(*replies)
    return model, World(with_models(model), store=None)


def openings(model: ScriptedModel) -> list[str]:
    return [asked.transcript[0].text for asked in model.asked]


def test_a_plan_held_twice_is_told_the_same_twice() -> None:
    """Defect 7: the original writes the carryover into its input, so that a second run carries it twice; ours is sane."""
    trip = sequence(talk(asks("a"), "one", carryover=["own"]), talk(asks("b"), "two"))

    def held() -> list[str]:
        model, world = saying("s1", "s2")
        world.run_sync(trip)
        return openings(model)

    assert held() == held() == ["one\nContext: \nown", "two\nContext: \ns1"]


def test_what_a_list_gets_behind_ones_back_changes_no_plan() -> None:
    """Defects 7 and 8: what is given is copied at the door."""
    after, own = ["a"], ["c1"]
    later = talk(asks("b"), "two", after=after, carryover=own)
    after.append("x")
    own.append("c2")

    assert (later.after, later.carryover) == (("a",), ("c1",))
    assert talk(asks("c")).carryover == ()


def test_one_agent_may_take_part_in_several_talks() -> None:
    """Row 48: the original warns of a repeated recipient, because histories mix; ours are apart, under names of their own."""
    model, world = saying("s1", "s2")
    team = asks("a")
    outcome = world.run_sync(sequence(talk(team, "one"), talk(team, "two", name="again")))

    assert [(said.sender, said.text) for said in outcome.transcript] == [("a", "s1"), ("again", "s2")]
    assert [len(asked.transcript) for asked in model.asked] == [1, 1]
    with pytest.raises(ConfigError, match="two talks of a sequence are named 'a'"):
        sequence(team, team)


def planned(*talks: Talk[CallModel]) -> tuple[list[str], Outcome]:
    model, world = saying(*(f"s{i}" for i, _ in enumerate(talks, 1)))
    outcome = world.run_sync(plan(*talks))
    return openings(model), outcome


def test_a_talk_of_a_plan_is_told_what_its_prerequisites_came_to_and_nothing_else() -> None:
    """Row 49."""
    heard, outcome = planned(
        talk(asks("a"), "one"),
        talk(asks("b"), "two"),
        talk(asks("c"), "three", after=["a"]),
        talk(asks("d"), "four", after=["b", "c"]),
    )

    assert heard == ["one", "two", "three\nContext: \ns1", "four\nContext: \ns2\ns3"]
    assert outcome.summary == "s4"


@pytest.mark.parametrize(
    ("after", "text"),
    [
        ({"a": ["b"], "b": ["a"]}, "in a circle: 'a' after 'b' after 'a'"),
        ({"a": ["a"]}, "in a circle: 'a' after 'a'"),
        ({"a": ["x"], "b": []}, "'a' comes after 'x'; there are: a, b"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_named(after: dict[str, list[str]], text: str) -> None:
    """Defect 16, row 49: the original comes to nothing, ``{}``, without a word; ours is sane."""
    with pytest.raises(ConfigError, match=text):
        plan(*(talk(asks(name), "x", after=names) for name, names in after.items()))


def test_prerequisites_are_names_that_are_given_once() -> None:
    """Row 49: an id is required and there, since a team has a name."""
    with pytest.raises(ConfigError, match="two talks of a plan are named 'a'"):
        plan(talk(asks("a"), "x"), talk(asks("a"), "y"))
    with pytest.raises(ConfigError, match="a plan holds at least one talk"):
        plan()
