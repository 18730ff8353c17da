"""A function with its name, and what a model is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from typedagents.autogen.exception_utils import InvalidType
from typedagents.autogen.function_utils import Function, ToolFunction
from typedagents.autogen.layer.python import Python

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class Tool:
    """``func_or_tool`` as ``name``, which models are told of as ``description`` says.

    Without a name or description those of the function hold: its own name, and its docstring. ``parameters_json_schema``
    stands in the place of what its annotations say.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        func_or_tool: Tool | Python,
        parameters_json_schema: Mapping[str, object] | None = None,
    ) -> None:
        given, schema = func_or_tool, parameters_json_schema
        if not callable(given):
            raise InvalidType(f"a tool is made of a function or a tool; found {given!r:.60}")
        function: Python = given
        if isinstance(given, Tool):
            name, description = name or given.name, description or given.description
            schema = schema or given.parameters_json_schema
            function = given.func
        self._func = function
        self.__name__ = self._name = name or str(getattr(function, "__name__", ""))
        self._description = description or (function.__doc__ or "").strip() or self._name
        self.parameters_json_schema: Mapping[str, object] | None = schema

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str:
        """What a model is told of it."""
        return self._description

    @property
    def func(self) -> Python:
        """The function."""
        return self._func

    def register_for_llm(self, agent: ConversableAgent) -> None:
        """Tell the agent's model of it."""
        agent.register_for_llm()(self)

    def register_for_execution(self, agent: ConversableAgent) -> None:
        """Have the agent call it."""
        agent.register_for_execution()(self)

    def register_tool(self, agent: ConversableAgent) -> None:
        """Do both."""
        self.register_for_llm(agent)
        self.register_for_execution(agent)

    @property
    def tool_schema(self) -> ToolFunction:
        """What a model is told, as an item of ``tools``."""
        from typedagents.autogen.layer.ag2.injecting import described

        return described(self, self.name, self.description)

    @property
    def function_schema(self) -> Function:
        """The same as an item of ``functions``."""
        return self.tool_schema["function"]

    @property
    def realtime_tool_schema(self) -> Mapping[str, object]:
        """The same as an item of a session's ``tools``."""
        return {"type": "function", **self.function_schema}

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Call the function."""
        return self._func(*args, **kwargs)


def tool_of(function: Python, name: str, description: str) -> Tool:
    """A function as a tool; a tool that has this name and this description is the same one."""
    if isinstance(function, Tool) and (function.name, function.description) == (name, description):
        return function
    return Tool(name=name, description=description, func_or_tool=function)


def tool(name: str | None = None, description: str | None = None) -> Callable[[Python], Tool]:
    """Makes a tool of the function below it."""
    return lambda function: Tool(name=name, description=description, func_or_tool=function)
