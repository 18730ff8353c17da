"""A human who speaks while calls wait: none is made, each is told so, and the words follow."""

from __future__ import annotations

import pytest

from tests.policies.driving import decided, message, run, scripted, view_of
from tests.policies.test_tool import ADD, MUL, answered, call, result
from typedagents.core.decision import Reply
from typedagents.core.effect import AnyEffect
from typedagents.core.human import AskHuman, Skipped, Typed
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text
from typedagents.core.stop import RuleFired
from typedagents.policies.calling.interrupting import USER_INTERRUPTED
from typedagents.policies.calling.pending import not_made
from typedagents.policies.human import human_reply
from typedagents.policies.projection import AssistantItem, ToolItem, UserItem, project
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.policies.rules.said import ends_with
from typedagents.tools.toolset import toolset

TOOLS = toolset(ADD, MUL)
INSTEAD = """\
Waiting to be called: add({"x": 1}), mul({})
Your reply to you as me instead; without one it answers by itself:"""
WAITING = message("you", [Text("may I?"), call("add", "a", '{"x": 1}'), call("mul", "b")], "model")


def test_what_a_human_types_answers_every_call_that_waits_and_then_says_it() -> None:
    decision, _ = decided(human_reply(), view_of(WAITING), scripted(Typed("better not")))

    assert decision == Reply(
        (
            not_made(call("add", "a"), USER_INTERRUPTED),
            not_made(call("mul", "b"), USER_INTERRUPTED),
            Text("better not"),
        ),
        origin="human",
    )
    assert "USER INTERRUPTED" in USER_INTERRUPTED


def test_calls_that_were_answered_before_are_left_alone() -> None:
    view = view_of(WAITING, message("me", [result("add", "a")], "tool"))
    decision, _ = decided(human_reply(), view, scripted(Typed("stop")))

    assert isinstance(decision, Reply)
    assert [part.part for part in decision.drafts[0].parts] == ["tool_result", "text"]


def test_without_calls_the_words_are_all() -> None:
    decision, _ = decided(human_reply(), view_of(message("you", "hi")), scripted(Typed("hello")))

    assert decision == Reply("hello", origin="human")


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("never", INSTEAD),
        ("may I?", "Your reply to you as me; without one the conversation ends:"),
    ],
)  # fmt: skip
def test_the_human_is_shown_what_waits(until: str, expected: str) -> None:
    policy = human_reply(until=ends_with(until))
    _, asked = decided(policy, view_of(WAITING), scripted(Skipped()))

    assert [effect.question for effect in asked if isinstance(effect, AskHuman)] == [expected]


def test_who_says_nothing_lets_the_calls_be_made_and_who_speaks_stops_them() -> None:
    humans = iter([Skipped(), Typed("no more of that"), Skipped()])
    models = iter(
        [
            ModelReply(call("add", "a")),
            ModelReply(call("mul", "b")),
            ModelReply("as you like TERMINATE"),
        ]
    )

    def answer(effect: AnyEffect) -> object:
        match effect:
            case AskHuman():
                return next(humans)
            case CallModel():
                return next(models)
            case _:
                return answered(effect)

    team = chat(user_proxy("user", code=None, runs=TOOLS), assistant("bot", tells=TOOLS), "hi")
    ended = run(team, None, answer)

    assert [effect.kind for effect in ended.asked] == [
        "CallModel", "AskHuman", "CallTool", "CallModel", "AskHuman", "CallModel", "AskHuman",
    ]  # fmt: skip
    assert [m.origin for m in ended.messages] == ["program", "model", "tool", "model", "human", "model"]
    assert isinstance(ended.reason, RuleFired)
    shown = project(ended.messages, AgentName("bot"))
    assert [type(item) for item in shown] == [
        UserItem, AssistantItem, ToolItem, AssistantItem, ToolItem, UserItem, AssistantItem,
    ]  # fmt: skip
    interrupted = shown[4]
    assert isinstance(interrupted, ToolItem)
    assert interrupted.result.failed
