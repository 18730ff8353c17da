"""Several tools."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typedagents.autogen.exception_utils import InvalidValue

from .tool import Tool

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class Toolkit:
    """Tools by their names."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self.toolkit = {tool.name: tool for tool in tools}

    @property
    def tools(self) -> list[Tool]:
        """All of them."""
        return list(self.toolkit.values())

    def register_for_llm(self, agent: ConversableAgent) -> None:
        """Tell the agent's model of all."""
        for tool in self.tools:
            tool.register_for_llm(agent)

    def register_for_execution(self, agent: ConversableAgent) -> None:
        """Have the agent call all."""
        for tool in self.tools:
            tool.register_for_execution(agent)

    def get_tool(self, tool_name: str) -> Tool:
        """The tool of this name; ``ValueError`` where there is none."""
        if tool_name not in self.toolkit:
            raise InvalidValue(
                f"there is no tool {tool_name!r} in the toolkit; there are: {', '.join(self.toolkit) or 'none'}"
            )
        return self.toolkit[tool_name]

    def set_tool(self, tool: Tool) -> None:
        """Add a tool, or put it in the place of the one of its name."""
        self.toolkit[tool.name] = tool

    def remove_tool(self, tool_name: str) -> None:
        """Take the tool of this name out."""
        self.get_tool(tool_name)
        del self.toolkit[tool_name]

    def __len__(self) -> int:
        return len(self.toolkit)
