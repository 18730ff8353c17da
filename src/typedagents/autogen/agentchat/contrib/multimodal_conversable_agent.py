"""Agents whose model sees pictures."""

from __future__ import annotations

from typing import ClassVar, Final

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.layer.agentchat.describing import Terminal
from typedagents.autogen.layer.messages import Plain

from .img_utils import items_of, linked

DEFAULT_LMM_SYS_MSG: Final = "You are a helpful assistant, and you see the pictures that you are shown."


class MultimodalConversableAgent(ConversableAgent):
    """Sees the pictures of messages, also those that a text names: ``<img https://...>``, ``<img picture.png>``."""

    DEFAULT_CONFIG: ClassVar[Plain] = {"model": "gpt-4"}

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = DEFAULT_LMM_SYS_MSG,
        is_termination_msg: Terminal | None = None,
        *args: object,
        **kwargs: object,
    ) -> None:
        super().__init__(name, system_message, is_termination_msg, *args, **kwargs)  # type: ignore[arg-type]  # the base proves them
        self.register_hook("process_all_messages_before_reply", self._seen)

    def _seen(self, messages: list[Plain]) -> list[Plain]:
        """The messages, with pictures in the place of tags."""
        return [self._message_to_dict(one) for one in messages]

    @staticmethod
    def _message_to_dict(message: str | list[Plain] | Plain) -> Plain:
        if isinstance(message, str):
            return {"content": items_of(message, linked)}
        if isinstance(message, list):
            return {"content": message}
        content = message.get("content")
        if isinstance(content, str) and "<img " in content:
            return {**message, "content": items_of(content, linked)}
        return message
