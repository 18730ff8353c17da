"""What a divergence shows: the fields that differ, by name, from a little before the place where they part."""

from __future__ import annotations

from typing import ClassVar

import pytest
from attrs import frozen

from tests.interpreter.effects import Fetch, FetchesAll, FetchesFirst, one
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import Effect, Steps, proved
from typedagents.core.errors import Divergence, TraceError
from typedagents.core.limits import Limits
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ToolSpec
from typedagents.core.parts import ToolResult
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply
from typedagents.testing import scripted_model
from typedagents.trace.difference import differences


@pytest.mark.parametrize(
    ("then", "now", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a: 1 in the trace, 2 now"]),
        ({"a": 1}, {}, ["a: 1 in the trace, absent now"]),
        ({}, {"a": None}, ["a: not in the trace, None now"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b[1]: 2 in the trace, 3 now"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a: 1 items in the trace, 2 now"]),
        ({"a": [1]}, {"a": "1"}, ["a: [1] in the trace, '1' now"]),
        ("abc", "abd", ["'abc' in the trace, 'abd' now"]),
        ("x" * 50 + "a", "x" * 50 + "b", ["'..." + "x" * 20 + "a' in the trace, '..." + "x" * 20 + "b' now"]),
        ("a", "ab", ["'a' in the trace, 'ab' now"]),
    ],
)
def test_differences_are_named_field_by_field(then: object, now: object, lines: list[str]) -> None:
    assert [line.removeprefix(": ") for line in differences(then, now)] == lines


def test_long_values_are_shortened() -> None:
    (line,) = differences({"a": [0] * 500}, {"a": 1})
    assert len(line) < 250
    assert line.endswith("... in the trace, 1 now")


def chat(prompt: str | None, tools: tuple[ToolSpec, ...] = ()) -> Team[CallModel | CallTool]:
    bot = Agent(AgentName("bot"), model_reply("", prompt, tools=tools))
    return group(Agent(AgentName("runner"), runs), bot, limits=Limits(max_decisions=1))


def runs(view: View, /) -> Steps[Decision, CallTool]:
    """Would run whatever is told of, and is never asked to."""
    result = yield from CallTool("sum", "{}", "1")
    return Reply(result.text)


TOOL = ToolSpec("sum", "adds", "{}")


def test_prompts_and_tools_are_compared_in_full() -> None:
    store = TraceMemory()
    runner = CallTool.by(lambda effect: ToolResult(effect.call_id, effect.name, ()))
    world = World(with_models(scripted_model("one")) | runner, store)
    world.run_sync(chat("Be brief.", (TOOL,)), "hi", name="r")

    with pytest.raises(Divergence, match=r"instructions.text: 'Be brief.' in the trace, 'Be long.' now"):
        world.replay(chat("Be long.", (TOOL,)), "r")
    with pytest.raises(Divergence, match=r"tools\[0\].description: 'adds' in the trace, 'subtracts' now"):
        world.replay(chat("Be brief.", (ToolSpec("sum", "subtracts", "{}"),)), "r")
    with pytest.raises(Divergence, match=r"instructions: .* in the trace, None now"):
        world.replay(chat(None, (TOOL,)), "r")


def reads(first: str) -> Team[CallModel]:
    """A team that shows its model another first message than the one that was said."""

    def policy(view: View, /) -> Steps[Decision, CallModel]:
        shown = Transcript([Message(AgentName("you"), first), *view.transcript])
        return Reply((yield from CallModel(shown, view.me)).parts)

    return group(Agent(AgentName("bot"), policy), limits=Limits(max_decisions=2))


def tampers() -> Team[CallModel]:
    """The same, with another second message."""

    def policy(view: View, /) -> Steps[Decision, CallModel]:
        shown = Transcript([Message(AgentName("you"), "a"), Message(AgentName("bot"), "ho")])
        return Reply((yield from CallModel(shown, view.me)).parts)

    return group(Agent(AgentName("bot"), policy), limits=Limits(max_decisions=2))


def test_the_first_message_that_differs_is_shown() -> None:
    store = TraceMemory()
    world = World(with_models(scripted_model("one", "two")), store)
    world.run_sync(reads("a"), "hi", name="r")

    with pytest.raises(Divergence) as caught:
        world.replay(reads("b"), "r")
    with pytest.raises(Divergence, match=r"message 1.parts\[0\].text: 'hi' in the trace, 'ho' now"):
        world.replay(tampers(), "r")
    assert "message 0.parts[0].text: 'a' in the trace, 'b' now" in str(caught.value)

    lines = [line for line in store.read("r") if b'"line":"message"' not in line]
    with pytest.raises(Divergence, match=r"transcript.head: "):
        world.replay(reads("b"), lines)


@frozen
class Older(Effect[int]):
    """As it was when the trace was written."""

    kind: ClassVar[str] = "Count"
    transcript: Transcript

    def accept(self, value: object, /) -> int:
        return proved(value, int)


@frozen
class Newer(Effect[int]):
    """The same kind, with other fields."""

    kind: ClassVar[str] = "Count"

    def accept(self, value: object, /) -> int:
        return proved(value, int)


def counts(view: View, /) -> Steps[Decision, Older]:
    return Stop(str((yield from Older(view.transcript))))


def counts_anew(view: View, /) -> Steps[Decision, Newer]:
    return Stop(str((yield from Newer())))


def test_an_effect_that_lost_a_field_is_found_out() -> None:
    store = TraceMemory()
    World(Older.by(lambda effect: 1), store).run_sync(group(Agent(AgentName("a"), counts)), "hi", name="r")

    with pytest.raises(Divergence, match=r"transcript: .* in the trace, absent now"):
        World(Newer.by(lambda effect: 1), store).replay(group(Agent(AgentName("a"), counts_anew)), "r")


def test_another_effect_and_another_number_of_programs_are_named() -> None:
    store = TraceMemory()
    world = World(Fetch.by(lambda effect: effect.what), store)
    world.run_sync(one(FetchesFirst(("a", "b", "c"))), "hi", name="first")
    lines = [line.replace(b'"label":"0"', b'"label":"7"') for line in store.read("first")]

    with pytest.raises(
        Divergence, match=r"at t0.0/: the race was won by program 7, and the run now has 3 there"
    ):
        world.replay(one(FetchesFirst(("a", "b", "c"))), lines)
    world.run_sync(one(FetchesAll(("a", "b"))), "hi", name="all")
    with pytest.raises(
        Divergence, match=r"at t0.0/0.0, in a turn of 'a': the trace holds Fetch, the run now asks for"
    ) as caught:
        World(with_models(scripted_model()), store).replay(both_models(), "all")
    assert "CallModel" in str(caught.value)


def both_models() -> Team[CallModel]:
    from typedagents.core.structure import each

    def policy(view: View, /) -> Steps[Decision, CallModel]:
        yield from each([CallModel(view.transcript, view.me), CallModel(view.transcript, view.me)])
        return Reply("x")

    return group(Agent(AgentName("a"), policy), limits=Limits(max_decisions=1))


def test_a_longer_or_shorter_run_is_found_out() -> None:
    store = TraceMemory()
    world = World(Fetch.by(lambda effect: effect.what), store)
    world.run_sync(one(FetchesAll(("a",)), 2), "hi", name="r")

    with pytest.raises(Divergence, match=r"the run ends with another log than the trace \(4 entries\)"):
        world.replay(one(FetchesAll(("a",)), 1), "r")
    with pytest.raises(Divergence, match=r"where the trace has ended \(limit: max_decisions=2"):
        world.replay(one(FetchesAll(("a",)), 3), "r")
    lines = [line.replace(b'"value":2', b'"value":9') for line in store.read("r")]
    with pytest.raises(Divergence, match=r"the run ends for another reason: limit: max_decisions=9"):
        world.replay(one(FetchesAll(("a",)), 2), lines)
    with pytest.raises(TraceError, match=r"cannot be replayed to an end; resume it"):
        world.replay(one(FetchesAll(("a",)), 2), store.read("r")[:-6])
