"""Agents that write and read where people do."""

from .platform_agents import DiscordAgent, PlatformAgent, SlackAgent, TelegramAgent

__all__ = ["DiscordAgent", "PlatformAgent", "SlackAgent", "TelegramAgent"]
