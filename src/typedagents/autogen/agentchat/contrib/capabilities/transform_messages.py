"""Transforms, as a capability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.messages import Plain

from .agent_capability import AgentCapability
from .transforms import MessageTransform

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


class TransformMessages(AgentCapability):
    """Shows an agent what ``transforms`` make of what was said, one after the other; ``verbose``: and prints what that was."""

    def __init__(self, *, transforms: Sequence[MessageTransform] = (), verbose: bool = True) -> None:
        self._transforms = tuple(transforms)
        self._verbose = verbose

    def add_to_agent(self, agent: ConversableAgent) -> None:
        agent.register_hook("process_all_messages_before_reply", self.apply_transform)

    def apply_transform(self, messages: list[Plain]) -> list[Plain]:
        """What the transforms make of ``messages``. A system message at their beginning stays there."""
        head = messages[:1] if messages and messages[0].get("role") == "system" else []
        shown = messages[len(head) :]
        for transform in self._transforms:
            before, shown = shown, transform.apply_transform(shown)
            if self._verbose:
                words, changed = transform.get_logs(before, shown)
                if changed:
                    IOStream.get_default().print(colored(words, "yellow"))
        return [*head, *shown]
