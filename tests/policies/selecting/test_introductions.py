"""Agents that are told who takes part."""

from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import run
from typedagents.core.chain import Fold
from typedagents.core.decision import Reply
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, Prompt
from typedagents.core.performs import performs_of
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.policies.rules.said import message_count
from typedagents.policies.selecting.introductions import introduced

TOLD = "These take part in this conversation:\n- ann: Knows all.\n- bob\n- cy: Sums up."


def told(view: View) -> Reply:
    """Says what it is shown first, and how much it is shown."""
    return Reply(
        f"{view.transcript[0].text.splitlines()[0]} {len(view.transcript)} {len(view.log.transcript)}"
    )


def team(messages: int = 3) -> Team[CallModel]:
    return group(
        Agent("ann", model_reply(), "Knows all."),
        Agent("bob", model_reply()),
        Agent("cy", model_reply(), "Sums up."),
        limits=Limits(max_messages=messages),
    )


def test_every_agent_is_told_first_who_takes_part_and_the_transcript_does_not_hold_it() -> None:
    answers = iter("xyz")

    came = run(introduced(team()), None, lambda effect: ModelReply(next(answers)))

    assert came.texts == ["x", "y", "z"]
    shown = [
        [message.text for message in asked.transcript] for asked in came.asked if isinstance(asked, CallModel)
    ]
    assert shown == [[TOLD], [TOLD, "x"], [TOLD, "x", "y"]]


def test_rules_and_limits_know_nothing_of_it() -> None:
    plain = group(Agent("a", told), Agent("b", told), until=message_count(3))

    assert run(introduced(plain), "hi").texts == [
        "hi",
        "These take part in this conversation: 2 1",
        "These take part in this conversation: 3 2",
    ]


def test_the_words_can_be_others() -> None:
    told_so = introduced(team(1), Prompt("Here are {roles}\n{what}", "mine", "2"))

    came = run(told_so, None, lambda effect: ModelReply("x"))

    assert isinstance(came.asked[0], CallModel)
    assert came.asked[0].transcript[0].text == "Here are - ann: Knows all.\n- bob\n- cy: Sums up.\n{what}"
    with pytest.raises(ConfigError, match=r"write {roles} where they are to stand; found 'Hello\.'"):
        introduced(team(), "Hello.")


def test_an_introduced_policy_performs_what_it_is_made_of_prints_as_it_and_pickles() -> None:
    policy = introduced(team()).agents[team().opener or next(iter(team().agents))].policy

    assert performs_of(policy) == frozenset({CallModel})
    assert repr(policy) == "model_reply()"
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_what_is_shown_grows_by_what_is_said_and_is_not_made_anew() -> None:
    """A fold of what each agent is shown goes over each message once, however many turns there are."""
    steps = [0]

    def count(so_far: int, message: Message) -> int:
        steps[0] += 1
        return so_far + 1

    fold = Fold(0, count)

    def counts(view: View) -> Reply:
        return Reply(str(view.transcript.fold(fold)))

    plain = group(Agent("a", counts), Agent("b", counts), limits=Limits(max_messages=50))

    assert run(introduced(plain)).texts[-1] == "50"
    assert steps[0] <= 51


def test_a_trace_holds_the_introduction_once_and_replays() -> None:
    store = TraceMemory()
    world = World(CallModel.by(lambda effect: ModelReply("x")), store)

    outcome = world.run_sync(introduced(team(9)), "hi", name="told")

    assert world.replay(introduced(team(9)), "told") == outcome
    assert b"".join(store.read("told")).count(b"These take part") == 1
