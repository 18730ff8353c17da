"""One agent that calls its tools itself: what it is asked, what it says, and how its turn ends."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, run, scripted, view_of
from tests.policies.hand_made import Pretended
from tests.policies.test_tool import answered, call, result
from typedagents.core.context import Change, Variable
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Failed
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message, Origin
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Part, Text, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.stop import PolicyStopped
from typedagents.core.team import Agent, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.policies.calling.loop import ToolLoop, tool_loop
from typedagents.policies.calling.pending import pending_calls
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.model import model_reply
from typedagents.policies.projection import AssistantItem, ToolItem, project
from typedagents.tools.toolset import toolset

ADD, MUL = Pretended("add"), Pretended("mul")
TOOLS = toolset(ADD, MUL)
LOOP = tool_loop(model_reply(tools=TOOLS), TOOLS)
HI = view_of(message("you", "hi"))
HELLO = Message(AgentName("you"), "hi")


def says(*words: str | Part) -> ModelReply:
    return ModelReply(tuple(Text(one) if isinstance(one, str) else one for one in words))


def model_of(*replies: ModelReply) -> Callable[[AnyEffect], object]:
    """A model that says these, the last again and again, and tools that work."""
    left = list(replies)

    def answer(effect: AnyEffect) -> object:
        if isinstance(effect, CallModel):
            return left.pop(0) if len(left) > 1 else left[0]
        return answered(effect)

    return answer


def drafts(decision: Decision) -> list[tuple[Origin | None, str]]:
    assert isinstance(decision, Reply)
    return [(draft.origin, " ".join(shown(part) for part in draft.parts)) for draft in decision.drafts]


def shown(part: Part) -> str:
    match part:
        case Text(text):
            return text
        case ToolCall(id, name):
            return f"{name}#{id}"
        case ToolResult(id, name, failed=failed):
            return f"{'no ' if failed else ''}{name}={id}"
        case _:
            return "?"


def test_without_a_call_it_says_what_the_policy_says() -> None:
    decision, asked = decided(LOOP, HI, model_of(says("hello")))

    assert drafts(decision) == [("model", "hello")]
    assert [effect.kind for effect in asked] == ["CallModel"]
    assert decided(LOOP, HI, model_of(says("")))[0] == Pass()


def test_calls_are_made_and_the_policy_is_asked_again_with_what_they_came_to() -> None:
    decision, asked = decided(
        LOOP,
        HI,
        model_of(says("let me see", call("add", "a"), call("mul", "b")), says(call("add", "c")), says("6")),
    )

    assert drafts(decision) == [
        ("model", "let me see add#a mul#b"),
        ("tool", "add=a mul=b"),
        ("model", "add#c"),
        ("tool", "add=c"),
        ("model", "6"),
    ]
    seen = [[m.text for m in effect.transcript] for effect in asked if isinstance(effect, CallModel)]
    results = "add of {}\nmul of {}"
    assert seen == [["hi"], ["hi", "let me see", results], ["hi", "let me see", results, "", "add of {}"]]


def test_what_the_policy_is_shown_in_its_turn_is_what_the_log_holds_after_it() -> None:
    team = group(Agent("you", lambda view: Stop("enough")), Agent("bot", LOOP))
    ended = run(team, "hi", model_of(says(call("add")), says("3")))
    last = [effect for effect in ended.asked if isinstance(effect, CallModel)][-1]

    assert tuple(last.transcript) == ended.messages[:3]
    assert [m.origin for m in ended.messages] == ["program", "model", "tool", "model"]


def test_a_policy_that_is_shown_less_sees_that_and_what_came_of_its_calls() -> None:
    short = Transcript([Message(AgentName("you"), "in short")])
    _, asked = decided(LOOP, HI.showing(short), model_of(says(call("add")), says("3")))
    seen = [[m.text for m in effect.transcript] for effect in asked if isinstance(effect, CallModel)]

    assert seen == [["in short"], ["in short", "", "add of {}"]]


def test_when_the_calls_allowed_are_made_it_is_told_so_and_asked_one_last_time() -> None:
    loop = tool_loop(model_reply(tools=TOOLS), TOOLS, max_calls=2)
    told = says(call("add", "a"), call("add", "b"), call("add", "c"))
    decision, asked = decided(loop, HI, model_of(told, says("as far as I know")))

    assert drafts(decision)[1:] == [("tool", "add=a add=b no add=c"), ("model", "as far as I know")]
    assert sum(isinstance(effect, CallTool) for effect in asked) == 2
    assert isinstance(decision, Reply)
    refused = decision.drafts[1].parts[-1]
    assert isinstance(refused, ToolResult)
    assert "no more than 2 calls are allowed here" in refused.text


def test_who_calls_on_after_the_last_time_has_its_calls_refused() -> None:
    loop = tool_loop(model_reply(tools=TOOLS), TOOLS, max_calls=1)
    decision, asked = decided(
        loop, HI, model_of(says(call("add", "a")), says(call("mul", "b")), says(call("mul", "c")))
    )

    assert [effect.kind for effect in asked] == ["CallModel", "CallTool", "CallModel", "CallModel"]
    assert drafts(decision)[2:] == [
        ("model", "mul#b"),
        ("tool", "no mul=b"),
        ("model", "mul#c"),
        ("tool", "no mul=c"),
    ]


def test_the_same_call_that_comes_to_the_same_is_told_so_and_then_refused() -> None:
    decision, asked = decided(LOOP, HI, model_of(says(call("add", "a"))))

    assert [effect.kind for effect in asked] == ["CallModel", "CallTool"] * 3 + ["CallModel"]
    assert [words for _, words in drafts(decision)] == ["add#a", "add=a"] * 3 + ["add#a", "no add=a"]
    assert isinstance(decision, Reply)
    third, fourth = decision.drafts[5].parts[0], decision.drafts[7].parts[0]
    assert isinstance(third, ToolResult)
    assert isinstance(fourth, ToolResult)
    assert "the same 3 times in a row" in third.text
    assert "not made: it came to the same 3 times in a row" in fourth.text


def test_who_does_something_else_when_told_goes_on() -> None:
    same = says(call("add", "a"))
    decision, _ = decided(LOOP, HI, model_of(same, same, same, says(call("mul", "b")), same, says("done")))

    assert [words for _, words in drafts(decision)][6:] == ["mul#b", "mul=b", "add#a", "add=a", "done"]


def test_the_same_call_with_another_result_is_no_repeat() -> None:
    count = iter(range(100))

    def answer(effect: AnyEffect) -> object:
        if isinstance(effect, CallTool):
            return result("add", "a", str(next(count)))
        assert isinstance(effect, CallModel)
        return says("ready") if len(effect.transcript) > 12 else says(call("add", "a"))

    assert drafts(decided(LOOP, HI, answer)[0])[-1] == ("model", "ready")


def test_repeats_may_be_unlimited() -> None:
    loop = tool_loop(model_reply(tools=TOOLS), TOOLS, max_calls=Unlimited, max_repeats=Unlimited)
    replies = [says(call("add", "a"))] * 60
    decision, asked = decided(loop, HI, model_of(*replies, says("done")))

    assert drafts(decision)[-1] == ("model", "done")
    assert sum(isinstance(effect, CallTool) for effect in asked) == 60


def test_a_tool_that_fails_is_a_result_and_the_loop_goes_on() -> None:
    answers = scripted(says(call("add", "a")), Failed("unknown", "a crash"), says("I do not know"))
    decision, _ = decided(LOOP, HI, answers)

    assert drafts(decision) == [("model", "add#a"), ("tool", "no add=a"), ("model", "I do not know")]


def test_calls_of_tools_that_others_run_wait_for_them() -> None:
    loop = tool_loop(model_reply(tools=TOOLS), toolset(ADD))
    team = group(Agent("bot", loop), Agent("exec", tool_reply(toolset(MUL))))
    both = says(call("add", "a"), call("mul", "b"))
    ended = run(team, HELLO, model_of(both, says("done"), says("")))

    assert [(m.sender, m.origin) for m in ended.messages[1:5]] == [
        ("bot", "model"),
        ("bot", "tool"),
        ("exec", "tool"),
        ("bot", "model"),
    ]
    kinds = [type(item).__name__ for item in project(ended.messages, AgentName("bot"))]
    assert kinds == ["UserItem", "AssistantItem", "ToolItem", "ToolItem", "AssistantItem"]


def test_unknown_tools_are_named_to_the_model() -> None:
    decision, _ = decided(LOOP, HI, model_of(says(call("sub", "s")), says("sorry")))
    assert isinstance(decision, Reply)
    told = decision.drafts[1].parts[0]

    assert isinstance(told, ToolResult)
    assert "add, mul" in told.text
    assert told.failed


# --- policies that do more than speak ---------------------------------------------------------------------------

N: Variable[int] = Variable("n", int)


@frozen
class Scripted:
    """Decides these, one a round."""

    decisions: tuple[Decision, ...]

    def __call__(self, view: View) -> Decision:
        rounds = sum(m.sender == view.me and m.origin == "tool" for m in view.transcript)
        return self.decisions[min(rounds, len(self.decisions) - 1)]


CALLS = Reply((call("add", "a"),), "model")


def test_what_is_decided_on_the_way_holds() -> None:
    first = Reply((call("add", "a"),), "model", (Change("n", "1"),), AgentName("you"), ("a note",))
    second = Reply("done", "model", (Change("n", "2"),), None, ("another",))
    decision, _ = decided(tool_loop(Scripted((first, second)), TOOLS), HI, answered)

    assert isinstance(decision, Reply)
    assert decision.changes == (Change("n", "1"), Change("n", "2"))
    assert decision.notes == ("a note", "another")
    assert decision.hand_to == "you"


def test_changes_are_seen_in_the_next_round() -> None:
    seen: list[int] = []

    def counts(view: View) -> Decision:
        seen.append(view.context[N])
        return (
            Reply((call("add"),), "model", (Change("n", str(seen[-1] + 1)),)) if len(seen) < 3 else Reply("x")
        )

    start = Reply((), changes=(Change("n", "0"),))
    team = group(
        Agent("a", Scripted((start,))),
        Agent("b", tool_loop(counts, TOOLS)),
        Agent("c", Scripted((Stop("x"),))),
    )
    run(team, Message(AgentName("c"), "hi"), answered)

    assert seen == [0, 1, 2]


def test_who_passes_after_calls_has_said_them() -> None:
    decision, _ = decided(tool_loop(Scripted((CALLS, Pass())), TOOLS), HI, answered)

    assert drafts(decision) == [("model", "add#a"), ("tool", "add=a")]
    assert decided(tool_loop(Scripted((Stop("x"),)), TOOLS), HI) == (Stop("x"), ())


def test_who_stops_after_calls_says_them_first_and_stops_then() -> None:
    @frozen
    class StopsWhenAdded:
        def __call__(self, view: View) -> Decision:
            added = any(m.origin == "tool" for m in view.transcript)
            return Stop("it is added") if added else CALLS

    team = group(Agent("a", tool_loop(StopsWhenAdded(), TOOLS)), Agent("b", Scripted((Reply("on"),))))
    ended = run(team, HELLO, answered)

    assert [m.origin for m in ended.messages] == ["program", "model", "tool"]
    assert ended.reason == PolicyStopped("a", "it is added")


def test_several_drafts_and_results_of_the_policys_own_are_kept() -> None:
    answered_itself = Reply((Draft((call("add", "a"), result("add", "a"))), Draft("and", "program")), "model")
    decision, asked = decided(tool_loop(Scripted((answered_itself,)), TOOLS), HI)

    assert drafts(decision) == [("model", "add#a add=a"), ("program", "and")]
    assert asked == ()


# --- laws -------------------------------------------------------------------------------------------------------

a_call = st.builds(call, st.sampled_from(["add", "mul", "sub"]), st.sampled_from(["a", "b", "c"]))
a_reply = st.lists(a_call, max_size=3).map(lambda calls: says("so", *calls))
limits: st.SearchStrategy[Limit] = st.integers(1, 4) | st.just(Unlimited)


@given(st.lists(a_reply, max_size=6), limits, limits)
def test_every_call_has_a_result_and_no_limit_is_passed(
    replies: list[ModelReply], calls: Limit, repeats: Limit
) -> None:
    loop = tool_loop(model_reply(tools=TOOLS), TOOLS, max_calls=calls, max_repeats=repeats)
    decision, asked = decided(loop, HI, model_of(*replies, says("done")))
    assert isinstance(decision, Reply)
    said = [message("me", draft.parts, draft.origin or "program") for draft in decision.drafts]
    after = view_of(message("you", "hi"), *said)

    assert pending_calls(after.log).calls == ()
    history = project(after.transcript, AgentName("me"))
    assert sum(len(item.calls) for item in history if isinstance(item, AssistantItem)) == sum(
        isinstance(item, ToolItem) and "interrupted" not in item.result.text for item in history
    )
    made = sum(isinstance(effect, CallTool) for effect in asked)
    assert calls is Unlimited or made <= calls


# --- what it says of itself -------------------------------------------------------------------------------------


def test_it_performs_what_its_policy_and_its_tools_do() -> None:
    assert performs_of(LOOP) == frozenset({CallModel, CallTool})
    assert repr(tool_loop(model_reply(), TOOLS, max_calls=3)) == (
        "tool_loop(model_reply(), toolset(add, mul), max_calls=3)"
    )
    assert pickle.loads(pickle.dumps(LOOP)) == LOOP


@pytest.mark.parametrize("value", [0, -1])
def test_it_counts_from_one(value: int) -> None:
    with pytest.raises(ConfigError, match="counts from 1, or is Unlimited"):
        ToolLoop(model_reply(), TOOLS, max_calls=value)
    with pytest.raises(ConfigError, match="counts from 1, or is Unlimited"):
        ToolLoop(model_reply(), TOOLS, max_repeats=value)
