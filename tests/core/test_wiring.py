"""What policies tell and run is read off them, and a tool that nobody runs is found when a team is built."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from attrs import frozen

from tests.policies.hand_made import Pretended, Quiet
from typedagents.core.decision import Decision, Pass
from typedagents.core.effect import AnyEffect, Request, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.model import CallModel, ToolSpec
from typedagents.core.team import Agent, group
from typedagents.core.tool import CallTool
from typedagents.core.view import Policy, View
from typedagents.core.wiring import NO_WIRING, Wiring, wiring_of
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.calling.team_tool import as_tool
from typedagents.policies.calling.text_calls import calls_from_text
from typedagents.policies.combinators import first_of, when
from typedagents.policies.fixed import says
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.rules.said import spoke
from typedagents.tools.toolset import toolset

ADD, MUL = Pretended("add"), Pretended("mul")
BOTH = toolset(ADD, MUL)
NAMES = frozenset({"add", "mul"})


def speaks(view: View) -> Decision:
    return Pass()


def calls_some(view: View) -> Steps[Decision, CallModel | CallTool]:
    yield from CallTool("sub", "{}", "1")
    return Pass()


def asks_anything(view: View) -> Generator[Request[AnyEffect], object, Decision]:
    yield from CallTool("sub", "{}", "1")
    return Pass()


@frozen
class SaysSo:
    wiring: object

    def __call__(self, view: View) -> Decision:
        return Pass()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (says("x"), NO_WIRING),
        (speaks, NO_WIRING),
        (first_of(), NO_WIRING),
        (model_reply(), NO_WIRING),
        (model_reply(tools=BOTH), Wiring(tells=BOTH.specs)),
        (tool_reply(BOTH), Wiring(runs=NAMES, calls=NAMES)),
        (tool_loop(model_reply(tools=BOTH), BOTH), Wiring(calls=NAMES)),
        (tool_loop(model_reply(tools=BOTH), toolset(ADD)), Wiring((MUL.spec,), calls=frozenset({"add"}))),
        (tool_loop(calls_some, toolset(ADD)), Wiring(calls=frozenset({"add"}), open=True)),
        (calls_from_text(model_reply(tools=BOTH), BOTH), Wiring(tells=BOTH.specs)),
        (tool_reply(toolset(Quiet("add"))), Wiring(runs=frozenset({"add"}))),
        (first_of(says("x"), model_reply(tools=toolset(ADD)), tool_reply(toolset(MUL))),
         Wiring((ADD.spec,), frozenset({"mul"}), frozenset({"mul"}))),
        (fallback(model_reply(tools=toolset(ADD)), when(spoke("a"), model_reply(tools=BOTH))),
         Wiring((ADD.spec, MUL.spec))),
        (guard(model_reply(), lambda view, decision: decision), Wiring(open=True)),
        (calls_some, Wiring(open=True)),
        (asks_anything, Wiring(open=True)),
        (lambda view: Pass(), Wiring(open=True)),
        (SaysSo(Wiring(runs=NAMES)), Wiring(runs=NAMES)),
        (SaysSo("add"), NO_WIRING),
    ],
)  # fmt: skip
def test_what_a_policy_tells_and_runs_is_found(policy: Policy[AnyEffect], expected: Wiring) -> None:
    assert wiring_of(policy) == expected
    agent = Agent("a", policy)
    assert (agent.wiring, agent.tells, agent.runs) == (expected, expected.tells, expected.runs)


def test_what_is_told_twice_counts_once_unless_it_differs() -> None:
    other = ToolSpec("add", "Another.", "{}")

    assert (Wiring((ADD.spec,)) | Wiring((ADD.spec, other))).tells == (ADD.spec, other)


def test_a_tool_that_is_told_and_run_by_nobody_is_refused() -> None:
    teller = Agent("bot", model_reply(tools=BOTH))
    with pytest.raises(ConfigError) as caught:
        group(teller, Agent("exec", tool_reply(toolset(MUL))), Agent("user", says("x")), name="crew")
    text = str(caught.value)

    assert "agent 'bot' is told of tool 'add', but no agent of team 'crew' runs it" in text
    assert "run are: 'mul' by 'exec'." in text
    with pytest.raises(ConfigError, match=r"tools 'add', 'mul', but .* runs them; run are: none\."):
        group(teller)


def test_what_one_calls_for_itself_it_does_not_run_for_others() -> None:
    with pytest.raises(ConfigError, match="'bot' is told of tool 'add'"):
        group(
            Agent("bot", model_reply(tools=toolset(ADD))),
            Agent("self", tool_loop(model_reply(), toolset(ADD))),
        )


@pytest.mark.parametrize(
    "other",
    [
        Agent("b", tool_reply(BOTH)),
        Agent("b", first_of(says("x"), tool_reply(toolset(ADD)), tool_reply(toolset(MUL)))),
        Agent("b", calls_some),
        Agent("b", asks_anything),
        Agent("b", lambda view: Pass()),
        Agent("b", SaysSo(Wiring(runs=NAMES))),
    ],
)
def test_a_team_is_built_where_all_is_run_or_nothing_is_known(other: Agent[AnyEffect]) -> None:
    team = group(Agent("a", model_reply(tools=BOTH)), other)

    assert [spec.name for spec in team.agents[other.name].tells] == []


def test_a_team_is_shown_what_waits_and_what_it_is_told_of_is_its_own() -> None:
    runs = group(
        Agent("b", tool_loop(model_reply(tools=toolset(MUL)), toolset(MUL))),
        Agent("c", tool_reply(toolset(ADD))),
    )
    holds = society("team", group(Agent("d", nested(runs))))

    assert wiring_of(holds.policy) == Wiring(runs=frozenset({"add"}), calls=NAMES)
    assert group(Agent("a", model_reply(tools=toolset(ADD))), holds).agents
    with pytest.raises(ConfigError, match="'a' is told of tool 'mul'"):
        group(Agent("a", model_reply(tools=toolset(MUL))), holds)


def test_what_the_teams_of_tools_call_is_known() -> None:
    inner = group(Agent("b", tool_loop(model_reply(tools=BOTH), BOTH)))
    tools = toolset(as_tool(inner, name="ask", description="Knows."))

    assert wiring_of(tool_reply(tools)) == Wiring(runs=frozenset({"ask"}), calls=NAMES)
    assert wiring_of(tool_loop(model_reply(tools=tools), tools)) == Wiring(calls=NAMES)


def test_an_agent_may_run_what_it_is_told_itself() -> None:
    assert group(Agent("a", first_of(tool_reply(BOTH), model_reply(tools=BOTH)))).agents
    assert group(Agent("a", tool_loop(model_reply(tools=BOTH), BOTH))).agents
