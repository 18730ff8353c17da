"""Agents whose model is told of two tools: to post on Discord, Slack or Telegram, and to read what was posted there."""

from __future__ import annotations

from typing import ClassVar

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.tools import Tool
from typedagents.platforms import Discord, Platform, Slack, Telegram


class PlatformAgent(ConversableAgent):
    """Writes and reads at one ``platform``. It tells its model of both tools; another agent calls them.

    ``for tool in agent.platform_tools: tool.register_for_execution(user_proxy)``. The token is in no schema, message,
    trace or representation. ``has_writing_instructions``: the system message says how to write there.
    """

    WRITING: ClassVar[str] = (
        "Messages you post on {name} are formatted with Markdown and hold at most {longest} characters each; what is longer "
        "is posted in several. Keep them clear and concise, and use lists, bold words and code blocks where they help."
    )

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None,
        platform: Platform,
        has_writing_instructions: bool,
        options: dict[str, object],
    ) -> None:
        self.platform = platform
        told = [system_message] if isinstance(system_message, str) else system_message
        words = told or [f"You are a helpful assistant that writes and reads messages on {platform.name}."]
        if has_writing_instructions:
            words = [*words, self.WRITING.format(name=platform.name, longest=platform.longest)]
        super().__init__(name, words, **options)  # type: ignore[arg-type]  # as they were given; the base proves them
        if self.llm_config:
            for tool in self.platform_tools:
                tool.register_for_llm(self)

    @property
    def platform_tools(self) -> tuple[Tool, Tool]:
        """To post, and to read."""
        place, name = self.platform, self.platform.name.lower()
        return (
            Tool(name=f"{name}_send", func_or_tool=place.send),
            Tool(name=f"{name}_retrieve", func_or_tool=place.retrieve),
        )


class DiscordAgent(PlatformAgent):
    """Writes and reads in the channel of a Discord guild, both by name."""

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = None,
        *,
        bot_token: str,
        channel_name: str,
        guild_name: str,
        has_writing_instructions: bool = True,
        **kwargs: object,
    ) -> None:
        place = Discord(bot_token, guild=guild_name, channel=channel_name)
        super().__init__(name, system_message, place, has_writing_instructions, kwargs)


class SlackAgent(PlatformAgent):
    """Writes and reads in a Slack channel, by its id."""

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = None,
        *,
        bot_token: str,
        channel_id: str,
        has_writing_instructions: bool = True,
        **kwargs: object,
    ) -> None:
        place = Slack(bot_token, channel=channel_id)
        super().__init__(name, system_message, place, has_writing_instructions, kwargs)


class TelegramAgent(PlatformAgent):
    """Writes and reads in a Telegram chat, as a bot."""

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = None,
        *,
        bot_token: str,
        chat_id: str | int,
        has_writing_instructions: bool = True,
        **kwargs: object,
    ) -> None:
        place = Telegram(bot_token, chat=chat_id)
        super().__init__(name, system_message, place, has_writing_instructions, kwargs)
