"""Agents that say who they are, and groups of them."""

from __future__ import annotations

from typedagents.autogen import ConversableAgent, GroupChat, GroupChatManager
from typedagents.autogen.layer.messages import TerminalMessage


def speaker(name: str, says: str | None = None, **options: object) -> ConversableAgent:
    """Somebody who always says the same."""
    return ConversableAgent(
        name,
        human_input_mode="NEVER",
        llm_config=False,
        default_auto_reply=f"This is {name}." if says is None else says,
        **options,  # type: ignore[arg-type]  # as the tests give them
    )


def speakers(*names: str) -> list[ConversableAgent]:
    """Several of them."""
    return [speaker(name) for name in names]


def managed(
    agents: list[ConversableAgent],
    method: object = "round_robin",
    name: str = "chat_manager",
    /,
    **options: object,
) -> GroupChatManager:
    """A group of ``agents``, by its manager."""
    group = GroupChat(agents, [], speaker_selection_method=method, **options)  # type: ignore[arg-type]  # the same
    return GroupChatManager(group, name, llm_config=False)


def says_terminate(message: TerminalMessage) -> bool:
    """Whether there is TERMINATE in it."""
    return "TERMINATE" in message["content"]


def spoke(manager: GroupChatManager) -> list[object]:
    """Who spoke in a group, in order."""
    return [message["name"] for message in manager.groupchat.messages]
