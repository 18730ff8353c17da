"""Answering calls: which wait, what is answered together, and what becomes of what cannot be made."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, run, scripted, view_of
from tests.policies.hand_made import Pretended, Quiet, Scales, Weigh
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, Failed, Ok, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.log import Log
from typedagents.core.machine import Machine
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Part, Text, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.team import Agent, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.policies.calling.pending import Pending, pending_calls
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.combinators import first_of
from typedagents.policies.model import model_reply
from typedagents.policies.projection import AssistantItem, ToolItem, project
from typedagents.testing.strategies import logs, parts
from typedagents.tools.toolset import Toolset, toolset

ADD, MUL, ALONE = Pretended("add"), Pretended("mul"), Pretended("alone", alone=True)
TOOLS = toolset(ADD, MUL, ALONE)


def call(name: str, id: str = "1", arguments: str = "{}") -> ToolCall:
    return ToolCall(id, name, arguments)


def result(name: str, id: str = "1", text: str = "ok") -> ToolResult:
    return ToolResult(id, name, (Text(text),))


def answered(effect: AnyEffect) -> object:
    """What a tool that works answers."""
    assert isinstance(effect, CallTool)
    return result(effect.name, effect.call_id, f"{effect.name} of {effect.arguments}")


def said(decision: Decision) -> list[ToolResult]:
    """The results in a reply, which is one message of a tool's words."""
    assert isinstance(decision, Reply)
    (draft,) = decision.drafts
    assert decision.origin == "tool"
    return [part for part in draft.parts if isinstance(part, ToolResult)]


# --- which calls wait -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], []),
        ([("you", ["hi"])], []),
        ([("you", [call("add"), call("mul", "2")])], ["1", "2"]),
        ([("you", [call("add"), call("mul", "2")]), ("me", [result("add")])], ["2"]),
        ([("you", [call("add")]), ("me", [result("add")])], []),
        ([("you", [call("add")]), ("me", ["wait"]), ("you", ["well?"])], ["1"]),
        ([("you", [call("add")]), ("you", [call("add", "2")])], ["2"]),
        ([("you", [call("add"), result("add")])], []),
        ([("you", [call("add"), call("add")]), ("me", [result("add")])], ["1"]),
        ([("you", [call("add")]), ("me", [result("add", "7")])], ["1"]),
        ([("me", [call("add")])], ["1"]),
    ],
)  # fmt: skip
def test_calls_wait_until_they_are_answered_or_others_are_said(
    messages: Sequence[tuple[str, Sequence[str | Part]]], expected: list[str]
) -> None:
    entries = [message(who, [Text(p) if isinstance(p, str) else p for p in what]) for who, what in messages]
    pending = pending_calls(view_of(*entries).log)

    assert [one.id for one in pending.calls] == expected


@given(logs())
def test_what_waits_stands_in_the_last_message_with_calls(log: Log) -> None:
    holding = [m for m in log.transcript if any(isinstance(part, ToolCall) for part in m.parts)]
    pending = pending_calls(log)

    assert pending == Pending() or pending.by == holding[-1].sender
    assert all(one in holding[-1].parts for one in pending.calls)


@given(st.lists(parts(), max_size=6))
def test_an_answer_to_all_that_waits_leaves_nothing_waiting_and_a_history_without_gaps(
    these: list[Part],
) -> None:
    view = view_of(message("you", (Text("x"), *these)))
    decision, asked = decided(tool_reply(TOOLS), view, answered)
    waiting = pending_calls(view.log).calls
    if not waiting:
        assert (decision, asked) == (Pass(), ())
        return
    results = said(decision)

    assert [(one.call_id, one.name) for one in results] == [(one.id, one.name) for one in waiting]
    after = view_of(message("you", (Text("x"), *these)), message("me", tuple(results), "tool"))
    assert pending_calls(after.log).calls == ()
    history = project(after.transcript, AgentName("you"))
    calls = sum(len(item.calls) for item in history if isinstance(item, AssistantItem))
    assert calls == sum(isinstance(item, ToolItem) for item in history)


# --- what is answered -------------------------------------------------------------------------------------------


def test_all_calls_of_a_message_are_answered_in_one_reply_in_their_order() -> None:
    view = view_of(message("you", [Text("look:"), call("mul", "a", '{"x":1}'), call("add", "b")], "model"))
    decision, asked = decided(tool_reply(TOOLS), view, answered)

    assert [(one.call_id, one.text) for one in said(decision)] == [
        ("a", 'mul of {"x":1}'),
        ("b", "add of {}"),
    ]
    assert asked == (CallTool("mul", '{"x":1}', "a"), CallTool("add", "{}", "b"))


def test_what_cannot_be_called_is_a_failed_result_and_asks_nobody() -> None:
    cut = ToolCall("c", "add", '{"a": 1', complete=False)
    view = view_of(message("you", [call("sub", "s"), cut, call("mul", "m")]))
    decision, asked = decided(tool_reply(TOOLS), view, answered)
    unknown, broken, fine = said(decision)

    assert [one.name for one in asked if isinstance(one, CallTool)] == ["mul"]
    assert (unknown.call_id, unknown.failed, "'sub'" in unknown.text, "add, mul, alone" in unknown.text) == (
        ("s", True, True, True)
    )
    assert (broken.call_id, broken.failed, "cut off" in broken.text) == ("c", True, True)
    assert not fine.failed


def test_an_effect_that_fails_is_a_failed_result() -> None:
    view = view_of(message("you", [call("add", "a"), call("mul", "b")]))
    answer = scripted(Failed("unknown", "nobody knows"), result("mul", "b"))
    first, second = said(decided(tool_reply(TOOLS), view, answer)[0])

    assert first == ToolResult("a", "add", (Text("add failed (unknown): nobody knows"),), failed=True)
    assert second == result("mul", "b")


def test_without_a_call_that_waits_it_passes() -> None:
    for entries in (
        (),
        (message("you", "hi"),),
        (message("you", [call("add")]), message("me", [result("add")])),
    ):
        assert decided(tool_reply(TOOLS), view_of(*entries)) == (Pass(), ())


def test_calls_of_other_tools_are_left_where_another_agent_has_them() -> None:
    view = view_of(message("you", [call("sub", "s"), call("mul", "m")]))
    policy = tool_reply(TOOLS, others="leave")

    assert [one.call_id for one in said(decided(policy, view, answered)[0])] == ["m"]
    assert decided(policy, view_of(message("you", [call("sub")]))) == (Pass(), ())
    assert repr(policy) == "tool_reply(toolset(add, mul, alone), others='leave')"


def test_two_agents_answer_each_for_its_own_tools() -> None:
    team = group(
        Agent("bot", model_reply(tools=toolset(ADD, MUL))),
        Agent("adder", tool_reply(toolset(ADD), others="leave")),
        Agent("multiplier", tool_reply(toolset(MUL), others="leave")),
    )

    def answer(effect: AnyEffect) -> object:
        if isinstance(effect, CallModel):
            calls = (call("mul", "m"), call("add", "a"))
            return ModelReply("done" if len(effect.transcript) > 1 else calls)
        return answered(effect)

    ended = run(team, Message(AgentName("user"), "go"), answer)

    assert [(m.sender, m.text) for m in ended.messages[2:5]] == [
        ("adder", "add of {}"),
        ("multiplier", "mul of {}"),
        ("bot", "done"),
    ]
    history = project(ended.messages, AgentName("bot"))
    assert [type(item).__name__ for item in history] == [
        "UserItem", "AssistantItem", "ToolItem", "ToolItem", "AssistantItem",
    ]  # fmt: skip


def test_an_agent_can_answer_its_own_calls_in_a_turn_of_its_own() -> None:
    policy = first_of(tool_reply(toolset(ADD)), model_reply(tools=toolset(ADD)))
    answers = scripted(
        ModelReply((call("add"),)), result("add", text="3"), ModelReply("It is 3."), ModelReply("")
    )
    ended = run(group(Agent("solo", policy)), "go", answers)

    assert [(m.origin, m.text) for m in ended.messages] == [
        ("program", "go"),
        ("model", ""),
        ("tool", "3"),
        ("model", "It is 3."),
    ]


def test_a_tool_may_ask_nobody_or_for_effects_of_its_own() -> None:
    view = view_of(message("you", [call("quiet", "q", "[]"), call("scales", "s", "an egg")]))
    policy = tool_reply(toolset(Quiet("quiet"), Scales("scales")))
    decision, asked = decided(policy, view, lambda effect: "58 g")

    assert [one.text for one in said(decision)] == ["me did []", "58 g"]
    assert asked == (Weigh("an egg"),)


# --- what is under way together ---------------------------------------------------------------------------------


def rounds(policy: Steps[Decision, CallTool]) -> tuple[list[list[str]], list[str]]:
    """Which calls are open together, answered last first each time; and the ids of the results."""
    machine: Machine[CallTool] = Machine(policy)
    machine.begin()
    seen: list[list[str]] = []
    while machine.opened:
        opened, machine.opened = machine.opened, []
        seen.append([one.effect.call_id for one in opened])
        for one in reversed(opened):
            machine.feed(one.path, Ok(answered(one.effect)), None)
    assert machine.ended is not None
    decision = machine.ended.value
    assert isinstance(decision, Reply)
    return seen, [one.call_id for one in said(decision)]


@pytest.mark.parametrize(
    ("names", "together"),
    [
        (["add", "mul", "add"], [["0", "1", "2"]]),
        (["alone"], [["0"]]),
        (["add", "alone", "mul", "add"], [["0"], ["1"], ["2", "3"]]),
        (["alone", "alone"], [["0"], ["1"]]),
        (["add", "mul", "alone"], [["0", "1"], ["2"]]),
    ],
)
def test_calls_are_under_way_together_but_for_exclusive_ones(
    names: list[str], together: list[list[str]]
) -> None:
    view = view_of(message("you", [call(name, str(i)) for i, name in enumerate(names)]))

    assert rounds(consult(tool_reply(TOOLS), view)) == (together, [str(i) for i in range(len(names))])


@given(st.lists(st.sampled_from(["add", "mul", "alone", "nobody"]), min_size=1, max_size=12))
def test_whatever_is_called_results_come_in_order_and_exclusive_calls_alone(names: list[str]) -> None:
    view = view_of(message("you", [call(name, str(i)) for i, name in enumerate(names)]))
    seen, ids = rounds(consult(tool_reply(TOOLS), view))

    assert ids == [str(i) for i in range(len(names))]
    assert [one for batch in seen for one in batch] == [
        str(i) for i, name in enumerate(names) if name != "nobody"
    ]
    for batch in seen:
        assert len(batch) == 1 or all(names[int(one)] != "alone" for one in batch)


# --- what it says of itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        (TOOLS, {CallTool}),
        (toolset(Quiet("q")), set()),
        (toolset(Scales("s"), ADD), {Weigh, CallTool}),
        (Toolset(), set()),
    ],
)
def test_it_performs_what_its_tools_ask_for(
    tools: Toolset[AnyEffect], expected: set[type[AnyEffect]]
) -> None:
    assert performs_of(tool_reply(tools)) == frozenset(expected)


class Unsaid(Pretended):
    def answer(self, call: ToolCall, view: View, /):  # type: ignore[no-untyped-def]  # says nothing of what it asks for
        return super().answer(call, view)


def test_what_a_tool_does_not_say_is_not_known() -> None:
    assert performs_of(tool_reply(toolset(Unsaid("unsaid")))) is None
    assert performs_of(tool_reply(toolset(ADD, Unsaid("unsaid")))) == frozenset({CallTool})


def test_it_prints_pickles_and_refuses_what_it_does_not_know() -> None:
    policy = tool_reply(TOOLS)

    assert pickle.loads(pickle.dumps(policy)) == policy
    assert repr(policy) == "tool_reply(toolset(add, mul, alone))"
    with pytest.raises(ConfigError, match="others is 'refuse' or 'leave'; found 'skip'"):
        tool_reply(TOOLS, others="skip")  # type: ignore[arg-type]  # what a program without a checker may do
