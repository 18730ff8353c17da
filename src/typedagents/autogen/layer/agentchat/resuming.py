"""Group chats that go on from messages of an earlier one. A mixin of ``GroupChatManager``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import DecodeError
from msgspec.json import decode

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.messages import Plain, terminal_view
from typedagents.core.json_text import json_text
from typedagents.core.log import Transcript

from .remembering import group_message

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChatManager

logger = logging.getLogger(__name__)
Messages: TypeAlias = Sequence[Mapping[str, object]]


class Resuming:
    """See the module's text."""

    def _manager(self) -> GroupChatManager:
        from typedagents.autogen.agentchat.groupchat import GroupChatManager

        assert isinstance(self, GroupChatManager)
        return self

    def resume(
        self,
        messages: Messages | str,
        remove_termination_string: str | Callable[[str], str] | None = None,
        silent: bool | None = False,
    ) -> tuple[ConversableAgent, Plain]:
        """Remember a group chat: its ``messages``, as dicts or as JSON. Returns who said the last one, and that.

        The chat goes on by ``initiate_chat(manager, message=last, clear_history=False)`` of that agent.
        """
        me = self._manager()
        group = me.groupchat
        given = self.messages_from_string(messages) if isinstance(messages, str) else messages
        plain = self._resumed(given)
        last, content = plain[-1], plain[-1].get("content")
        if isinstance(content, str) and remove_termination_string:
            cut = remove_termination_string
            last["content"] = cut(content) if callable(cut) else content.replace(cut, "")
        for agent in (*group.agents, me):
            agent.clear_history()
        transcript = Transcript(group_message(one, str(one["name"])) for one in plain[:-1])
        for agent in group.agents:
            agent.remember(me, transcript)
            me.remember(agent, transcript)
        group.remember(transcript)
        group.send_introductions = False
        name = str(last["name"])
        if me.is_terminal(terminal_view(group_message(last, name), me.name)):
            logger.warning("the last message, by %s, ends the chat: see remove_termination_string", name)
        if not silent:
            IOStream.get_default().print(
                f"The group chat goes on from {len(plain)} messages, the last by",
                colored(name, "yellow"),
                flush=True,
            )
        return group.agent_by_name(name) or me, last

    async def a_resume(
        self,
        messages: Messages | str,
        remove_termination_string: str | Callable[[str], str] | None = None,
        silent: bool | None = False,
    ) -> tuple[ConversableAgent, Plain]:
        """The same."""
        return self.resume(messages, remove_termination_string, silent)

    def _resumed(self, messages: object) -> list[Plain]:
        """Messages to go on from, each with its speaker; those without one are the manager's own."""
        if not isinstance(messages, list | tuple) or not all(isinstance(one, Mapping) for one in messages):
            raise InvalidValue(f"messages are a list of dicts, or its JSON; found {type(messages).__name__}")
        if not messages:
            raise InvalidValue("there are no messages to go on from; initiate_chat begins a chat")
        me = self._manager()
        known = (*me.groupchat.agent_names, me.groupchat.admin_name, me.name)
        strangers = [one["name"] for one in messages if one.get("name") and one["name"] not in known]
        if strangers:
            raise InvalidValue(
                f"messages are by {strangers[0]!r}, who is not in the group; it has: {', '.join(known)}"
            )
        return [{**one, "name": one.get("name") or me.name} for one in messages]

    def messages_from_string(self, message_string: str) -> list[Plain]:
        """Messages of which this is the JSON."""
        try:
            return decode(message_string, type=list[dict[str, object]])
        except DecodeError as error:
            raise InvalidValue(f"these messages are no JSON of a list of dicts: {error}") from error

    def messages_to_string(self, messages: Messages) -> str:
        """``messages`` as JSON."""
        return json_text(list(messages))
