"""Tools: what a model is told of them, what becomes of its calls. For the numbers see ``ledger``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated

import pytest

from tests.tools.models_for_tests import Currency
from typedagents import (
    Agent,
    CallModel,
    CallTool,
    ConfigError,
    Limits,
    Team,
    ToolCall,
    ToolResult,
    World,
    group,
    model_reply,
    tool_loop,
    tool_reply,
    with_models,
    with_tools,
)
from typedagents.testing import calling, scripted_model
from typedagents.tools import tool, toolset
from typedagents.tools.tightening import tighten
from typedagents.tools.toolset import Toolset


@tool
def add_num(num_to_be_added: int) -> str:
    """Adds 10."""
    return str(10 + num_to_be_added)


class Counter:
    """Adds to what it holds."""

    def __init__(self) -> None:
        self.held = 10

    def add(self, number: int) -> int:
        self.held += number
        return self.held


def answers(tools: Toolset[CallTool], *calls: ToolCall) -> list[ToolResult]:
    """What an agent that runs ``tools`` answers to these calls of a model, said in one message."""
    caller = Agent("caller", model_reply(tools=tools))
    team: Team[CallModel | CallTool] = group(
        caller, Agent("runner", tool_reply(tools)), limits=Limits(max_messages=2)
    )
    outcome = World(with_models(scripted_model(calls)) | with_tools(tools), store=None).run_sync(team)
    return [part for part in outcome.transcript[-1].parts if isinstance(part, ToolResult)]


def texts(function: Callable[[], object]) -> str:
    (result,) = answers(toolset(tool(function, name="f")), calling("f"))
    return result.text


# --- calls ------------------------------------------------------------------------------------------------------


def test_a_call_is_answered_with_what_the_tool_comes_to() -> None:
    """Cases 12 and 43; row 88."""
    (result,) = answers(toolset(add_num), calling("add_num", num_to_be_added=5))

    assert (result.text, result.failed) == ("15", False)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (calling("add_nam", num_to_be_added=5), "add_num"),
        (ToolCall("1", "add_num", "{bad json"), "JSON"),
        (ToolCall("1", "add_num", "null"), "object"),
        (calling("add_num", num_to_be_added=5, more=1), "more"),
        (calling("add_num"), "num_to_be_added"),
    ],
)
def test_a_call_that_cannot_be_made_is_a_failed_result_that_says_why(call: ToolCall, says: str) -> None:
    """Case 43. The original begins such a text with ``Error:``; ours is marked as failed, and ``null`` is no crash."""
    (result,) = answers(toolset(add_num), call)

    assert result.failed
    assert says in result.text


def test_a_bound_method_keeps_what_its_object_holds() -> None:
    """Case 43."""
    tools = toolset(tool(Counter().add))

    assert [result.text for result in answers(tools, calling("add", number=5), calling("add", number=5))] == [
        "15",
        "20",
    ]


def test_several_calls_are_answered_in_one_message_in_their_order() -> None:
    """Row 89."""
    results = answers(toolset(add_num), *(calling("add_num", num_to_be_added=number) for number in range(3)))

    assert [result.text for result in results] == ["10", "11", "12"]


def test_an_agent_may_run_its_own_tools_within_its_turn() -> None:
    """Row 26: calls and results stand in the log, and what the agent says in the end is the answer."""
    tools = toolset(add_num)
    agent = Agent("a", tool_loop(model_reply(tools=tools), tools))
    world = World(
        with_models(scripted_model(calling("add_num", num_to_be_added=5), "It is 15.")) | with_tools(tools),
        store=None,
    )
    outcome = world.run_sync(group(agent, limits=Limits(max_decisions=1)))

    assert [said.text for said in outcome.transcript] == ["", "15", "It is 15."]


# --- results ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (123, "123"),
        ({"a": 1, "b": 2.3}, '{"a":1,"b":2.3}'),
        (Currency(currency="EUR", amount=1), '{"currency":"EUR","amount":1.0}'),
        ("as it is: é", "as it is: é"),
        (None, "null"),
    ],
)
def test_a_result_is_compact_json_and_text_stays_text(value: object, text: str) -> None:
    """Case 47; row 87. Defect 21, where the original shows ``{'a': 1}`` and ``None``: ours is sane."""

    def gives() -> object:
        return value

    assert texts(gives) == text


# --- what a model is told ---------------------------------------------------------------------------------------


def test_a_signature_is_told_as_a_schema() -> None:
    """Case 39; rows 84 and 85. Where nothing is said of a parameter the original repeats its name, ours says nothing."""

    def g(
        a: Annotated[str, "parameter a"],
        b: int = 2,
        c: Annotated[float, "parameter c"] = 0.1,
        *,
        d: dict[str, tuple[int | None, list[float]]],
    ) -> str:
        return f"{a}{b}{c}{d}"

    assert json.loads(tool(g).spec.parameters) == {
        "type": "object",
        "properties": {
            "a": {"type": "string", "description": "parameter a"},
            "b": {"type": "integer", "default": 2},
            "c": {"type": "number", "default": 0.1, "description": "parameter c"},
            "d": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "prefixItems": [
                        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                        {"type": "array", "items": {"type": "number"}},
                    ],
                },
            },
        },
        "required": ["a", "d"],
    }


def test_a_parameter_without_a_type_is_refused_by_name() -> None:
    """Case 41. The original only warns of one that has a default, and of a missing return type; ours needs no such type."""
    names: dict[str, object] = {}
    exec("def f(a: int, b, c=2): ...\ndef g(a: int): ...", names)
    f, g = names["f"], names["g"]
    assert callable(f)
    assert callable(g)

    with pytest.raises(ConfigError, match=r"'b' has no type; .*'c' has no type"):
        tool(f)
    assert tool(g).spec.name == "g"


def weather(country: str, city: str) -> str:
    """Tells the weather."""
    return f"{country} {city}"


@pytest.mark.parametrize("filled", [partial(weather, "Germany"), partial(weather, country="Germany")])
def test_what_a_partial_fills_is_not_told(filled: partial[str]) -> None:
    """Case 48. The original makes a default of what is filled by name, so that a model may change it; ours keeps it."""
    one = tool(filled, name="weather")
    schema = json.loads(one.spec.parameters)

    assert (list(schema["properties"]), schema["required"]) == (["city"], ["city"])
    assert answers(toolset(one), calling("weather", city="Berlin"))[0].text == "Germany Berlin"


def test_a_strict_tool_may_have_defaults() -> None:
    """Case 48, where we differ: the original refuses them; ours tells a provider that asks for all of it to send null."""

    def late(hours: int = 2) -> int:
        return hours

    one = tool(late, strict=True)
    sent = tighten(json.loads(one.spec.parameters), "openai")

    assert sent.strict
    assert sent.schema["required"] == ["hours"]
    assert [
        result.text for result in answers(toolset(one), calling("late", hours=None), calling("late"))
    ] == ["2", "2"]
