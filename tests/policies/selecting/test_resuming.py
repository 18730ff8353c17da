"""Going on from messages."""

from __future__ import annotations

import pytest

from tests.policies.selecting.groups import ended, group_named
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.message import AgentName, Content, Message
from typedagents.core.parts import Image, Link, Text
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.turn import Ended
from typedagents.policies.rules.said import ends_with
from typedagents.policies.selecting.resuming import resumed_from

PICTURE = Image(Link("https://example.org/a.png"))


def said(*pairs: tuple[str, Content]) -> list[Message]:
    return [Message(AgentName(sender), content) for sender, content in pairs]


def texts(at: Ended) -> list[str]:
    return [message.text for message in at.transcript]


def test_the_conversation_goes_on_behind_whoever_spoke_last() -> None:
    team = group_named("a", "b", "c", messages=5)

    came = ended(team, resumed_from(team, said(("a", "one"), ("c", "two"), ("b", "three"))))

    assert texts(came) == ["one", "two", "three", "c", "a"]
    assert came.reason == DecisionLimit("max_messages", 5)


def test_the_word_that_ended_it_is_cut_where_that_is_asked_for() -> None:
    team = group_named("a", "b", messages=3).stopping(ends_with("TERMINATE"))
    earlier = said(("a", "one TERMINATE"), ("b", [Text("two\nTERMINATE"), PICTURE]))

    assert ended(team, resumed_from(team, earlier)).reason == RuleFired(
        "the last message ends with 'TERMINATE'"
    )
    resumed = resumed_from(team, earlier, without="TERMINATE")
    assert list(resumed) == said(("a", "one TERMINATE"), ("b", [Text("two"), PICTURE]))
    assert texts(ended(team, resumed)) == ["one TERMINATE", "two", "a"]


def test_a_last_message_that_was_nothing_but_the_word_is_left_out() -> None:
    team = group_named("a", "b")

    assert list(resumed_from(team, said(("a", "one"), ("b", "TERMINATE")), without="TERMINATE")) == said(
        ("a", "one")
    )
    assert list(resumed_from(team, [], without="TERMINATE")) == []


def test_whoever_opened_from_outside_of_the_team_is_no_stranger() -> None:
    team = group_named("a", messages=3)
    earlier = ended(team.limited(Limits(max_messages=2)), "hi").transcript

    assert [message.sender for message in earlier] == ["user", "a"]
    assert texts(ended(team, resumed_from(team, earlier))) == ["hi", "a", "a"]


def test_messages_by_strangers_are_refused_and_named() -> None:
    with pytest.raises(
        ConfigError, match="are by 'zoe', 'tom', not in team 'conversation'; it has: 'a', 'b'"
    ):
        resumed_from(group_named("a", "b"), said(("zoe", "x"), ("a", "y"), ("tom", "z"), ("zoe", "x")))


def test_messages_that_leave_no_room_for_another_are_refused() -> None:
    team = group_named("a", "b", messages=2)

    with pytest.raises(ConfigError, match=r"there are 2 messages to go on from, and the limits .* allow 2"):
        resumed_from(team, said(("a", "x"), ("b", "y")))
    assert len(resumed_from(team, said(("a", "x")))) == 1
    assert len(resumed_from(team.limited(Limits(max_messages=Unlimited)), said(("a", "x"), ("b", "y")))) == 2
