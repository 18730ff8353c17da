"""The agent that solves tasks with a model."""

from __future__ import annotations

from typing import ClassVar

from typedagents.autogen.layer.agentchat.describing import HumanInputMode, Terminal
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.policies.prompts import ASSISTANT

from .conversable_agent import ConversableAgent


class AssistantAgent(ConversableAgent):
    """Answers with a model, and by default writes code for another agent to run. It asks no human, and runs no code."""

    DEFAULT_SYSTEM_MESSAGE: ClassVar[str] = ASSISTANT.text
    DEFAULT_DESCRIPTION: ClassVar[str] = "Solves tasks by reasoning and by writing code."

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = DEFAULT_SYSTEM_MESSAGE,
        llm_config: GivenConfig = None,
        is_termination_msg: Terminal | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: HumanInputMode = "NEVER",
        description: str | None = None,
        **kwargs: object,
    ) -> None:
        if description is None and system_message == self.DEFAULT_SYSTEM_MESSAGE:
            description = self.DEFAULT_DESCRIPTION
        self.takes_default_model = llm_config is None
        super().__init__(
            name,
            system_message,
            is_termination_msg,
            max_consecutive_auto_reply,
            human_input_mode,
            llm_config=llm_config,
            description=description,
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )
