"""Tools of other frameworks, as they look: with the packages themselves they are tested in tests/oracles."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from attrs import frozen

from typedagents.autogen import ConversableAgent
from typedagents.autogen.interop import Interoperability

SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}


@frozen
class LikeCrew:
    """A tool as CrewAI has it."""

    name: str = "Search: the web"
    description: str = "Tool Name: Search\nTool Description: Finds pages."
    args_schema: object = SCHEMA

    def run(self, query: str) -> str:
        return f"pages on {query}"


@frozen
class LikeChain:
    """A tool as LangChain has it."""

    name: str = "search"
    description: str = "Finds pages."
    args_schema: object = SCHEMA

    def run(self, tool_input: dict[str, str]) -> str:
        return f"pages on {tool_input['query']}"


@pytest.mark.parametrize(("kind", "given"), [("crewai", LikeCrew()), ("langchain", LikeChain())])
def test_a_tool_of_another_framework_is_called(kind: str, given: object) -> None:
    tool = Interoperability.convert_tool(tool=given, type=kind)
    assert tool.function_schema == {
        "name": "Search__the_web" if kind == "crewai" else "search",
        "description": "Finds pages.",
        "parameters": SCHEMA,
    }
    agent = ConversableAgent("agent", human_input_mode="NEVER")
    tool.register_for_execution(agent)
    came = agent.execute_function({"name": tool.name, "arguments": '{"query": "cats"}'})
    assert came[1]["content"] == "pages on cats"
    with pytest.raises(ValueError, match="takes nothing further; found deps"):
        Interoperability.convert_tool(tool=given, type=kind, deps=3)


def test_what_is_no_tool_of_a_framework() -> None:
    assert Interoperability.get_supported_types() == ["crewai", "langchain", "pydanticai"]
    with pytest.raises(ValueError, match="tools are of crewai, langchain, pydanticai; found 'other'"):
        Interoperability.convert_tool(tool=3, type="other")
    with pytest.raises(ValueError, match="a tool of LangChain has a run; found 3"):
        Interoperability.convert_tool(tool=3, type="langchain")
    with pytest.raises(ValueError, match="run of a tool of CrewAI is a function"):
        Interoperability.convert_tool(tool=type("T", (), {"run": 3})(), type="crewai")


@frozen
class Proves:
    """A schema as pydantic-ai has it, for functions that take a context."""

    validator: object
    json_schema: object = SCHEMA

    async def call(self, arguments: dict[str, object], context: object) -> object:
        return [arguments, context]


@frozen
class LikePydantic:
    """A tool as pydantic-ai has it."""

    function_schema: Proves
    takes_ctx: bool = False
    name: str = "search"
    description: str = ""


class Validator:
    def validate_python(self, given: dict[str, object]) -> dict[str, object]:
        return {**given, "proved": True}


def test_a_tool_of_pydantic_ai_is_called_with_proved_arguments() -> None:
    tool = Interoperability.convert_tool(tool=LikePydantic(Proves(Validator())), type="pydanticai")
    agent = ConversableAgent("agent", human_input_mode="NEVER")
    tool.register_for_execution(agent)
    came = agent.execute_function({"name": "search", "arguments": '{"query": "cats"}'})
    assert came[1]["content"] == '[{"query": "cats", "proved": true}, null]'
    if find_spec("pydantic_ai") is None:
        with pytest.raises(RuntimeError, match="a context of pydantic-ai, which is not installed"):
            Interoperability.convert_tool(tool=LikePydantic(Proves(Validator()), True), type="pydanticai")
