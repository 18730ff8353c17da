"""What an agent is to others."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Agent(Protocol):
    """Somebody with a name who takes part in conversations."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...


@runtime_checkable
class LLMAgent(Agent, Protocol):
    """An agent with a system message."""

    @property
    def system_message(self) -> str: ...
    def update_system_message(self, system_message: str) -> None: ...
