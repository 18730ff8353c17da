"""After a tool call, those speak who run the tool."""

from __future__ import annotations

import pytest

from tests.policies.driving import log_of, message
from tests.policies.hand_made import Pretended
from tests.policies.selecting.groups import calls, ended, spoke
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.limits import Limits
from typedagents.core.log import Entry, Log, Opened, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.stop import PolicyStopped
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.tool import CallTool
from typedagents.core.view import SharedView, View
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.policies.selecting.able import able, called
from typedagents.policies.selecting.orders import in_order
from typedagents.tools.toolset import toolset

SUM, PRODUCT = Pretended("sum"), Pretended("product")
A = Agent("a", first_of(tool_reply(toolset(SUM)), says("A")))
B = Agent("b", first_of(tool_reply(toolset(SUM, PRODUCT)), says("B")))
C = Agent("c", says("C"))
ABC = group(A, B, C, limits=Limits(max_messages=3))


def shown(*entries: Entry, team: Team[CallTool] = ABC) -> SharedView:
    return SharedView(log_of(*entries), team.roster, "test")


@pytest.mark.parametrize(
    ("tools", "who"),
    [
        ((), ("a", "b", "c")),
        (("sum",), ("a", "b")),
        (("product",), ("b",)),
        (("sum", "product"), ("b",)),
        (("sum", "root"), ("a", "b")),
        (("root",), ()),
    ],
)
def test_those_may_speak_who_run_all_that_is_called_or_else_some_of_it(
    tools: tuple[str, ...], who: tuple[str, ...]
) -> None:
    assert able()(shown(Said(calls("c", *tools)) if tools else message("c", "hi"))) == who


def test_only_calls_of_the_last_message_without_results_wait_for_somebody() -> None:
    done = Message(AgentName("a"), [ToolCall("1", "sum"), ToolResult("1", "sum", (Text("4"),))])

    assert called(done) == frozenset()
    assert called(calls("a", "sum", "product")) == {"sum", "product"}
    assert called(None) == frozenset()
    assert able()(shown(Said(calls("c", "product")), message("a", "never mind"))) == ("a", "b", "c")


def test_what_is_called_is_read_in_the_log_whatever_is_shown() -> None:
    view = shown(Said(calls("c", "product")))

    assert able()(view.showing(Log([Opened("x")]).transcript)) == ("b",)


def test_the_agent_that_can_speaks_out_of_its_turn() -> None:
    team = group(C, A, B, limits=Limits(max_messages=2)).selected_by(in_order(among=able()))

    came = ended(team, calls("c", "product"), lambda effect: ToolResult("0", "product", (Text("6"),)))

    assert spoke(came) == "b"
    assert came.transcript[-1].text == "6"


def test_where_nobody_is_known_to_run_it_those_may_who_do_not_say_what_they_run() -> None:
    def runs_something(view: View) -> Steps[Decision, CallTool]:
        return Reply((yield from CallTool("root", "{}", "0")))

    def never_calls(view: View) -> Decision:
        return Pass()

    team = group(A, Agent("x", runs_something), Agent("y", never_calls))

    assert able()(shown(Said(calls("a", "root")), team=team)) == ("x",)
    assert able()(shown(Said(calls("a", "sum")), team=team)) == ("a",)


def test_a_call_that_nobody_runs_ends_the_conversation_and_names_the_tool() -> None:
    came = ended(ABC.selected_by(in_order(among=able())), calls("c", "root"))

    assert came.reason == PolicyStopped(
        "", "nobody may speak next: no agent runs 'root', which the last message calls"
    )


def test_a_call_whose_runner_may_not_speak_names_it() -> None:
    team = ABC.selected_by(in_order("a", "c", among=able()))

    assert str(ended(team, calls("c", "product")).reason).endswith(
        "only 'b' can run 'product', which the last message calls"
    )


def test_who_runs_what_is_known_in_a_team_of_a_thousand() -> None:
    many = [Agent(f"a{i}", tool_reply(toolset(Pretended(f"t{i}")))) for i in range(1000)]

    assert able()(shown(Said(calls("a0", "t777")), team=group_of(many))) == ("a777",)
