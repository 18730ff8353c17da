"""A group chat in which a human says who speaks next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.agentchat.group.targets.transition_target import AskUserTarget
from typedagents.autogen.layer.agentchat.chats import SummaryMethod

from .pattern import Pattern


class ManualPattern(Pattern):
    """A human says who speaks next."""

    def __init__(
        self,
        initial_agent: ConversableAgent,
        agents: Sequence[ConversableAgent],
        user_agent: ConversableAgent | None = None,
        group_manager_args: Mapping[str, object] | None = None,
        context_variables: ContextVariables | None = None,
        exclude_transit_message: bool = True,
        summary_method: SummaryMethod = "last_msg",
    ) -> None:
        super().__init__(
            initial_agent,
            agents,
            user_agent,
            group_manager_args,
            context_variables,
            AskUserTarget(),
            exclude_transit_message,
            summary_method,
        )
