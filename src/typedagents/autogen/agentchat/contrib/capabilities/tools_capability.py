"""Tools, as a capability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typedagents.autogen.tools.tool import Tool

from .agent_capability import AgentCapability

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class ToolsCapability(AgentCapability):
    """Tells an agent's model of tools, and has the agent call them."""

    def __init__(self, tool_list: Sequence[Tool]) -> None:
        self.tools = list(tool_list)

    def add_to_agent(self, agent: ConversableAgent) -> None:
        for tool in self.tools:
            tool.register_tool(agent)
