"""The agent that stands for a person."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from typedagents.autogen.layer.agentchat.describing import HumanInputMode, Terminal
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.autogen.layer.messages import Said
from typedagents.autogen.layer.python import Python

from .conversable_agent import ConversableAgent

USUAL: Mapping[str, object] = MappingProxyType({})


class UserProxyAgent(ConversableAgent):
    """Asks its human in every turn by default, calls functions, and runs the code of others."""

    DEFAULT_USER_PROXY_AGENT_DESCRIPTIONS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "ALWAYS": "Stands for a human, who can answer questions, decide, and give feedback. Runs code too.",
            "TERMINATE": "Runs Python and shell code, and reports what it printed. Asks its human before the chat ends.",
            "NEVER": "Runs Python and shell code, and reports what it printed. There is no human behind it.",
        }
    )

    def __init__(
        self,
        name: str,
        is_termination_msg: Terminal | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: HumanInputMode = "ALWAYS",
        function_map: Mapping[str, Python] | None = None,
        code_execution_config: Mapping[str, object] | Literal[False] = USUAL,
        default_auto_reply: Said | None = "",
        llm_config: GivenConfig = False,
        system_message: str | list[str] | None = "",
        description: str | None = None,
        **kwargs: object,
    ) -> None:
        if description is None:
            description = self.DEFAULT_USER_PROXY_AGENT_DESCRIPTIONS.get(human_input_mode, "")
        super().__init__(
            name,
            system_message,
            is_termination_msg,
            max_consecutive_auto_reply,
            human_input_mode,
            function_map,
            code_execution_config,
            llm_config,
            default_auto_reply,
            description,
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )
