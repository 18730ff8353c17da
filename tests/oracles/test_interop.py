"""Tools of LangChain and pydantic-ai, as their packages make them, called by our agents."""

from __future__ import annotations

from importlib import import_module

import pytest

from typedagents.autogen import ConversableAgent
from typedagents.autogen.interop import Interoperability
from typedagents.autogen.tools import Tool

MODEL = {"config_list": [{"model": "m", "api_key": "k"}]}


def called(tool: Tool, arguments: str) -> str:
    """What a tool comes to that an agent is told of and calls."""
    agent = ConversableAgent("agent", llm_config=MODEL, human_input_mode="NEVER")
    tool.register_tool(agent)
    ok, message = agent.execute_function({"name": tool.name, "arguments": arguments})
    assert ok
    return str(message["content"])


def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


async def later(a: int, b: int) -> int:
    """Adds, later."""
    return a + b


def test_langchain() -> None:
    tools = pytest.importorskip("langchain_core.tools", reason="langchain-core is not installed")
    made = Interoperability.convert_tool(tool=tools.tool(add), type="langchain")
    assert (made.name, made.description) == ("add", "Adds.")
    schema = made.function_schema["parameters"]
    assert (list(schema["properties"]), schema["required"]) == (["a", "b"], ["a", "b"])
    assert called(made, '{"a": 1, "b": 2}') == "3"
    only = tools.StructuredTool.from_function(coroutine=later, name="later")
    assert called(Interoperability.convert_tool(tool=only, type="langchain"), '{"a": 1, "b": 2}') == "3"


def test_pydantic_ai() -> None:
    pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    module = import_module("pydantic_ai")
    made = Interoperability.convert_tool(tool=module.Tool(add), type="pydanticai")
    assert (made.name, made.description) == ("add", "Adds.")
    assert called(made, '{"a": "1", "b": 2}') == "3"

    def owed(ctx: object, amount: int) -> str:
        """Owes."""
        return f"{getattr(ctx, 'deps', None)} owes {amount}"

    owed.__annotations__["ctx"] = module.RunContext[str]
    owed.__annotations__["amount"] = int
    with_context = Interoperability.convert_tool(
        tool=module.Tool(owed, takes_ctx=True), type="pydanticai", deps="Ann"
    )
    assert list(with_context.function_schema["parameters"]["properties"]) == ["amount"]
    assert called(with_context, '{"amount": 3}') == "Ann owes 3"
