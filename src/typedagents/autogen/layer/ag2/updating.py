"""System messages that are made anew before each reply."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from typedagents.autogen.agentchat.group.context_str import ContextStr
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.python import Python

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class UpdateSystemMessage:
    """Sets an agent's system message before it replies: for ``update_agent_state_before_reply``.

    ``content_updater``: a text with ``{context variables}`` in it, or ``function(agent, messages) -> str``.
    """

    def __init__(self, content_updater: str | Python) -> None:
        self.content_updater = content_updater
        if isinstance(content_updater, str):
            return
        if not callable(content_updater):
            raise InvalidValue(
                f"UpdateSystemMessage takes a text or function(agent, messages) -> str; found {content_updater!r:.60}"
            )
        signature = inspect.signature(content_updater)
        if len(signature.parameters) != 2 or signature.return_annotation not in (str, "str"):
            raise InvalidValue(
                "UpdateSystemMessage: a function takes the agent and the messages, and says that it returns a text "
                f"(-> str); found {signature}"
            )

    def __call__(self, agent: ConversableAgent, messages: Sequence[Mapping[str, object]]) -> None:
        update = self.content_updater
        told = (
            ContextStr(update).format(agent.context_variables)
            if isinstance(update, str)
            else update(agent, messages)
        )
        agent.update_system_message(str(told))
