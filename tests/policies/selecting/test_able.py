"""After a tool call, those speak who run the tool."""

from __future__ import annotations

import pytest

from tests.policies.driving import message
from tests.policies.selecting.groups import calls, ended, group_named, shared, spoke
from typedagents.core.errors import ConfigError
from typedagents.core.log import Log, Opened, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.stop import PolicyStopped
from typedagents.core.view import Roster, SharedView
from typedagents.policies.selecting.able import able, called
from typedagents.policies.selecting.orders import in_order

RUNS = {"a": ["sum"], "b": ["sum", "product"], "c": []}


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
    assert able(RUNS)(shared(Said(calls("c", *tools)) if tools else message("c", "hi"))) == who


def test_only_calls_of_the_last_message_without_results_wait_for_somebody() -> None:
    done = Message(AgentName("a"), [ToolCall("1", "sum"), ToolResult("1", "sum", (Text("4"),))])

    assert called(done) == frozenset()
    assert called(calls("a", "sum", "product")) == {"sum", "product"}
    assert called(None) == frozenset()
    assert able(RUNS)(shared(Said(calls("c", "product")), message("a", "never mind"))) == ("a", "b", "c")


def test_what_is_called_is_read_in_the_log_whatever_is_shown() -> None:
    view: SharedView = shared(Said(calls("c", "product")))

    assert able(RUNS)(view.showing(Log([Opened("x")]).transcript)) == ("b",)


def test_the_agent_that_can_speaks_out_of_its_turn() -> None:
    team = group_named("c", "a", "b", messages=3).selected_by(in_order(among=able(RUNS)))

    assert spoke(ended(team, calls("c", "product"))) == "bc"


def test_a_call_that_nobody_runs_ends_the_conversation_and_names_the_tool() -> None:
    came = ended(group_named("a", "b", "c").selected_by(in_order(among=able(RUNS))), calls("c", "root"))

    assert came.reason == PolicyStopped(
        "", "nobody may speak next: no agent runs 'root', which the last message calls"
    )


def test_a_call_whose_runner_may_not_speak_names_it() -> None:
    team = group_named("a", "b", "c").selected_by(in_order("a", "c", among=able(RUNS)))

    assert str(ended(team, calls("c", "product")).reason).endswith(
        "only 'b' can run 'product', which the last message calls"
    )


def test_tools_of_strangers_and_tools_that_are_a_text_are_refused() -> None:
    with pytest.raises(ConfigError, match="able says what 'x' runs, not in the team; it has: 'a'"):
        able({"x": ["sum"]}).check_roster(Roster({AgentName("a"): ""}))
    with pytest.raises(
        ConfigError, match="the tools that 'a' runs are a list of names; found the text 'sum'"
    ):
        able({"a": "sum"})
