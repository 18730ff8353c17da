"""A group chat in which a model says who speaks next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.agentchat.group.targets.group_manager_target import (
    GroupManagerSelectionMessage,
    GroupManagerTarget,
)
from typedagents.autogen.layer.agentchat.chats import SummaryMethod

from .pattern import Pattern


class AutoPattern(Pattern):
    """The manager's model says who speaks next, asked by ``selection_message``; ``group_manager_args`` name the model."""

    def __init__(
        self,
        initial_agent: ConversableAgent,
        agents: Sequence[ConversableAgent],
        user_agent: ConversableAgent | None = None,
        group_manager_args: Mapping[str, object] | None = None,
        context_variables: ContextVariables | None = None,
        selection_message: GroupManagerSelectionMessage | None = None,
        exclude_transit_message: bool = True,
        summary_method: SummaryMethod = "last_msg",
    ) -> None:
        super().__init__(
            initial_agent,
            agents,
            user_agent,
            group_manager_args,
            context_variables,
            GroupManagerTarget(selection_message),
            exclude_transit_message,
            summary_method,
        )
        self.selection_message = selection_message
