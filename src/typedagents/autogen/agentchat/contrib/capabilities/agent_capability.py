"""What all capabilities have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class AgentCapability(ABC):
    """Something that can be added to an agent."""

    @abstractmethod
    def add_to_agent(self, agent: ConversableAgent) -> None:
        """Add it."""
