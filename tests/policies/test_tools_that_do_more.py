"""Tools that change context variables, hand over, or end the conversation: as one agent runs them, or another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import pytest

from typedagents import World, model_reply, tool_loop, tool_reply, with_models, with_tools
from typedagents.core.context import Change, Variable
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.stop import DecisionLimit, PolicyStopped
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import Policy, View
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.policies.calling.settling import Several
from typedagents.policies.combinators import passes_on
from typedagents.policies.fixed import says
from typedagents.policies.handing.handing import with_handoffs
from typedagents.policies.handing.handoff import handoff
from typedagents.policies.handing.targets import finish
from typedagents.testing import assert_replays, calling, scripted_model
from typedagents.tools import tool, toolset
from typedagents.tools.answered import Answered

Asked: TypeAlias = CallModel | CallTool
ORDER = Variable("order", int, 0)


@tool
def find(number: int) -> Answered[str]:
    """Finds an order."""
    return Answered(f"Order {number} found.", changes=[ORDER.to(number)])


@tool
def send_on(to: str) -> Answered[str]:
    """Hands over."""
    return Answered("Sent on.", hand_to=to)


@tool
def submit(answer: str) -> Answered[str]:
    """Hands in the answer."""
    return Answered("Handed in.", ends=f"the answer is {answer}")


TOOLS = toolset(find, send_on, submit)


def loop(several: Several = "last") -> Team[Asked]:
    """One agent that runs its tools itself, and two others."""
    return of_two(tool_loop(model_reply(tools=TOOLS), TOOLS, several=several))


def apart(several: Several = "last") -> Team[Asked]:
    """One agent that calls tools, and another that runs them."""
    return of_two(model_reply(tools=TOOLS), Agent("runner", tool_reply(TOOLS, several=several)))


def of_two(policy: Policy[Asked], *others: Agent[Asked]) -> Team[Asked]:
    members = [Agent("asker", policy), *others, Agent("bob", says("Bob.")), Agent("cy", says("Cy."))]
    return group(*members, limits=Limits(max_messages=6))


def calling_all(*asked: tuple[str, str]) -> ModelReply:
    return ModelReply([ToolCall(str(i), name, given) for i, (name, given) in enumerate(asked)])


def told(team: Team[Asked], *replies: ModelReply | ToolCall | str) -> tuple[Outcome, TraceMemory]:
    store = TraceMemory()
    world = World(with_models(scripted_model(*replies)) | with_tools(TOOLS), store)
    return world.run_sync(team, name="it"), store


def spoken(outcome: Outcome) -> list[str]:
    return [f"{message.sender}: {message.text}" for message in outcome.transcript]


def results(outcome: Outcome) -> Sequence[ToolResult]:
    return [part for message in outcome.transcript for part in message.parts if isinstance(part, ToolResult)]


@pytest.mark.parametrize("team", [loop(), apart()])
def test_a_tool_changes_context_variables_and_the_model_is_told_its_words_only(
    team: Team[Asked],
) -> None:
    outcome, _ = told(team, calling("find", number=7), "Found.", "More.")

    assert outcome.log.context[ORDER] == 7
    assert [result.text for result in results(outcome)] == ["Order 7 found."]


def test_within_a_loop_the_next_call_reads_what_the_last_one_changed() -> None:
    seen: list[int] = []

    def watched(view: View) -> Decision:
        seen.append(view.context[ORDER])
        return Reply("Done." if view.context[ORDER] else calling("find", number=3))

    outcome, _ = told(of_two(tool_loop(watched, TOOLS)))

    assert seen[:2] == [0, 3]
    assert outcome.log.context[ORDER] == 3


@pytest.mark.parametrize("team", [loop(), apart()])
def test_a_tool_hands_over_when_its_result_is_said(team: Team[Asked]) -> None:
    outcome, _ = told(team, calling("send_on", to="cy"), "not asked")

    after = spoken(outcome)[spoken(outcome).index("asker: ") + 1 :]
    assert after[1] == "cy: Cy."


@pytest.mark.parametrize("team", [loop(), apart()])
def test_a_tool_ends_the_conversation_when_its_result_is_said(team: Team[Asked]) -> None:
    outcome, _ = told(team, calling("submit", answer="42"))

    assert spoken(outcome)[-1].endswith(": Handed in.")
    assert str(outcome.reason).endswith("the answer is 42")
    assert isinstance(outcome.reason, PolicyStopped)


@pytest.mark.parametrize("team", [loop(), apart()])
def test_a_hand_over_to_a_stranger_is_not_made_and_the_model_is_told(team: Team[Asked]) -> None:
    outcome, _ = told(team, calling("send_on", to="zoe"), "Well.", "Well.")

    (result,) = results(outcome)
    assert result.hand_to is None
    assert "'zoe', who is not in the team; it has: asker" in result.text
    assert isinstance(outcome.reason, DecisionLimit)


@pytest.mark.parametrize("way", [loop, apart])
@pytest.mark.parametrize(
    ("several", "follows"), [("first", "cy: Cy."), ("last", None), ("error", "bob: Bob.")]
)
def test_several_at_once_are_settled_as_was_chosen(way: type, several: Several, follows: str | None) -> None:
    team = loop(several) if way is loop else apart(several)
    both = calling_all(("send_on", '{"to":"cy"}'), ("submit", '{"answer":"1"}'))

    outcome, _ = told(team, both, "Well then.", "Again.", "And again.")

    handed, ended = results(outcome)
    assert (handed.hand_to is None, ended.ends is None) == (several != "first", several != "last")
    if follows is None:
        assert str(outcome.reason).endswith("the answer is 1")
        assert "the last one holds, and the conversation ends" in handed.text
    else:
        assert follows in spoken(outcome)


def test_nothing_is_called_in_a_replay() -> None:
    team = loop()
    outcome, store = told(team, calling("find", number=7), calling("submit", answer="x"))

    again = assert_replays(team, bytes(store.traces["it"]).splitlines(keepends=True))

    assert (again.log, again.reason) == (outcome.log, outcome.reason)


def test_handoffs_are_tools_of_a_loop() -> None:
    over = handoff("cy", "For Cy.")
    tools = toolset(find, over, handoff(finish("all is done"), "Done.", name="done"))
    team = of_two(tool_loop(model_reply(tools=tools), tools))

    handed, _ = told(team, calling_all(("find", '{"number":1}'), ("transfer_to_cy", "{}")), "not asked")
    ended, _ = told(team, calling("find", number=1), calling("done"))

    assert spoken(handed)[:3] == ["asker: ", "asker: Order 1 found.\nTransfer to cy", "cy: Cy."]
    assert handed.log.context[ORDER] == 1
    assert str(ended.reason) == "stopped by asker: all is done"
    assert ended.log.context[ORDER] == 1


def test_a_stop_within_a_loop_says_first_what_was_done() -> None:
    def stops(view: View) -> Decision:
        return Stop("enough") if view.context[ORDER] else Reply(calling("find", number=3))

    outcome, _ = told(of_two(tool_loop(stops, TOOLS)))

    assert str(outcome.reason) == "stopped by asker: enough"
    assert outcome.log.context[ORDER] == 3
    assert spoken(outcome) == ["asker: ", "asker: Order 3 found."]


def test_with_handoffs_leaves_to_a_tool_that_hands_over_where_it_goes() -> None:
    own = with_handoffs(tool_loop(model_reply(tools=TOOLS), TOOLS), handoff("bob", "For Bob."))

    outcome, _ = told(of_two(own), calling("send_on", to="cy"), "Bye.")

    assert spoken(outcome)[2] == "cy: Cy."


def test_an_end_and_a_hand_over_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="hands to nobody; found 'cy'"):
        Answered("x", hand_to="cy", ends="over")
    with pytest.raises(ConfigError, match="hands to nobody; found 'cy'"):
        Reply("x", hand_to="cy", ends=Stop("over"))


def test_a_reply_without_words_that_ends_is_no_pass() -> None:
    assert not passes_on(Reply((), ends=Stop("over")))
    assert not passes_on(Reply((), changes=(Change("a", "1"),)))
    assert passes_on(Reply(()))


@tool(exclusive=True)
def count_up(now: Annotated[int, ORDER]) -> Answered[str]:
    """Counts."""
    return Answered(str(now + 1), changes=[ORDER.to(now + 1)])


def test_calls_that_are_made_one_after_the_other_see_what_those_before_changed() -> None:
    tools = toolset(count_up)
    three = tuple(ToolCall(str(i), "count_up", "{}") for i in range(3))
    team = of_two(tool_loop(model_reply(tools=tools), tools))
    world = World(
        with_models(scripted_model(ModelReply(three), "So.", "Again.")) | with_tools(tools), store=None
    )

    outcome = world.run_sync(team)

    assert [result.text for result in results(outcome)] == ["1", "2", "3"]
    assert outcome.log.context[ORDER] == 3
