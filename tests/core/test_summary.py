"""What a conversation came to, when its team sums it up."""

from __future__ import annotations

import pytest

from tests.core.programs import Look
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import Steps
from typedagents.core.errors import EffectError, PolicyError
from typedagents.core.handler import Call
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits
from typedagents.core.log import Log, Summed
from typedagents.core.message import AgentName
from typedagents.core.stop import DecisionLimit, PolicyStopped
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import SharedView, View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

ONE = Limits(max_decisions=1)


def says(view: View, /) -> Decision:
    return Reply("well")


def team() -> Team[Look]:
    return group(Agent(AgentName("a"), says), limits=ONE)


def counts(log: Log, /) -> Steps[str, Look]:
    return f"{(yield from Look('summary'))} after {len(log.transcript)}"


def world() -> World[Look]:
    return World(Look.by(lambda effect: len(effect.what)), store=TraceMemory())


def test_without_a_summary_the_last_message_is_it() -> None:
    outcome = world().run_sync(team(), "hi")

    assert outcome.summary == "well"
    assert outcome.log.summed is None
    assert Log().summary == ""


def test_a_summary_may_ask_the_world_and_is_replayed() -> None:
    here = world()
    outcome = here.run_sync(team().summed_up_by(counts), "hi", name="r")

    assert outcome.summary == "7 after 2"
    assert outcome.log[-1] == Summed("7 after 2")
    assert outcome.reason == DecisionLimit("max_decisions", 1)
    assert here.replay(team().summed_up_by(counts), "r") == outcome


def test_whoever_chooses_and_sums_up_is_no_agent() -> None:
    def chooses(view: SharedView, /) -> Steps[str, Look]:
        return "ab"[view.turn % 2] if (yield from Look("choice")) else ""

    def talks(view: View, /) -> Steps[Decision, Look]:
        yield from Look("talk")
        return Reply(view.me)

    def nests(view: View, /) -> Steps[Decision, Look | Now]:
        yield from Look("before")
        ended = yield from converse(pair, "go")
        yield from Look("after")
        return Reply(ended.log.summary)

    def asked(effect: Look, call: Call) -> int:
        seen.append((effect.what, call.agent))
        return 1

    seen: list[tuple[str, str]] = []
    members = (Agent(AgentName("a"), talks), Agent(AgentName("b"), talks))
    pair = group(*members, limits=Limits(max_decisions=2)).selected_by(chooses).summed_up_by(counts)
    inside = [("choice", ""), ("talk", "a"), ("choice", ""), ("talk", "b"), ("summary", "")]
    World(Look.by(asked), store=None).run_sync(pair)
    assert seen == inside

    seen.clear()
    World(Look.by(asked), store=None).run_sync(group(Agent(AgentName("outer"), nests), limits=ONE))
    assert seen == [("before", "outer"), *inside, ("after", "outer")]


def test_a_summary_that_fails_changes_nothing_else() -> None:
    def fails(effect: Look) -> int:
        raise EffectError("no answer", kind="boom")

    outcome = World(Look.by(fails), store=None).run_sync(team().summed_up_by(counts), "hi")

    assert outcome.log[-1] == Summed("", "effect.boom: no answer")
    assert (outcome.summary, outcome.ok) == ("well", True)


def test_a_conversation_that_goes_on_is_summed_up_anew() -> None:
    here = world()
    first = here.run_sync(team().summed_up_by(counts), "hi")
    second = here.run_sync(team().summed_up_by(counts), after=first.log)

    assert second.summary == "7 after 3"


def test_a_nested_conversation_is_summed_up_by_its_own_team() -> None:
    def asks(view: View, /) -> Steps[Decision, Look | Now]:
        ended = yield from converse(team().summed_up_by(counts), "hello")
        return Stop(ended.log.summary)

    outcome = world().run_sync(group(Agent(AgentName("b"), asks)), "hi")

    assert outcome.reason == PolicyStopped("b", "7 after 2")


def test_another_selector_leaves_the_summary() -> None:
    def picks(view: SharedView, /) -> str:
        return "a"

    assert world().run_sync(team().summed_up_by(counts).selected_by(picks), "hi").summary == "7 after 2"


async def later(log: Log, /) -> str:
    return "later"


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (lambda log: 3, r"the summary .* must return a text; it returned 3"),
        (later, r"the summary later is async; policies and selectors are pure"),
    ],
)
def test_a_summary_returns_a_text(summary: object, text: str) -> None:
    with pytest.raises(PolicyError, match=text):
        world().run_sync(team().summed_up_by(summary), "hi")  # type: ignore[arg-type]  # what is tested
