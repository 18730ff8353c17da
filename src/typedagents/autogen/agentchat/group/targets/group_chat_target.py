"""A group chat of its own that is held before the floor comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.ag2.places import Place
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.policies.handing.handing import HANDING
from typedagents.policies.handing.targets import Target

from .transition_target import WRAPPED, AgentTarget, TransitionTarget

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.group.patterns.pattern import Pattern

Messages = Sequence[Mapping[str, object]]


@dataclass
class GroupChatConfig:
    """A group chat: its pattern, what it is opened with (empty: what was said last), and how long it may be."""

    pattern: Pattern
    messages: list[dict[str, object]] | str
    max_rounds: int = 20


@dataclass
class GroupChatTarget(TransitionTarget):
    """Whoever has the floor is told what the group chat came to."""

    kind = "group"
    group_chat_config: GroupChatConfig

    def landing(self, place: Place) -> Target[LayerEffect]:
        raise InvalidValue(
            f"{self.display_name()} cannot have the floor; a hand-over of an agent can name it"
        )

    def display_name(self) -> str:
        return "a group chat"

    def normalized_name(self) -> str:
        return "group_chat"

    def needs_agent_wrapper(self) -> bool:
        return True

    def create_wrapper_agent(self, parent_agent: ConversableAgent, index: int) -> ConversableAgent:
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
        from typedagents.autogen.agentchat.group.multi_agent_chat import (
            a_initiate_group_chat,
            initiate_group_chat,
        )

        held_by = self.group_chat_config
        agent = ConversableAgent(f"{WRAPPED}group_{parent_agent.name}_{index + 1}", human_input_mode="NEVER")

        def hold(recipient: object, messages: Messages, sender: object, config: object) -> tuple[bool, str]:
            held = initiate_group_chat(held_by.pattern, _opening(held_by, messages), held_by.max_rounds)
            return True, held[0].summary

        async def a_hold(
            recipient: object, messages: Messages, sender: object, config: object
        ) -> tuple[bool, str]:
            held = await a_initiate_group_chat(
                held_by.pattern, _opening(held_by, messages), held_by.max_rounds
            )
            return True, held[0].summary

        agent.register_reply([ConversableAgent, None], hold, remove_other_reply_funcs=True)
        agent.register_reply([ConversableAgent, None], a_hold, ignore_async_in_sync_chat=True)
        agent.handoffs.set_after_work(AgentTarget(parent_agent))
        return agent

    def __str__(self) -> str:
        return "Transfer to group chat"


def _opening(config: GroupChatConfig, messages: Messages) -> list[dict[str, object]] | str:
    """What the group chat is opened with: its own messages, or what was said last that is no hand-over."""
    said = [str(one["content"]) for one in messages if one.get("content") and one.get("role") != "tool"]
    words = [one for one in said if not one.startswith(HANDING.partition("{")[0])]
    return config.messages or (words[-1] if words else "Go on.")
