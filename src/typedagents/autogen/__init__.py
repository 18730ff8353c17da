"""The familiar API on the typed core: programs for AutoGen 0.2 run after ``import typedagents.autogen as autogen``."""

from .agentchat import (
    Agent,
    AssistantAgent,
    ChatResult,
    ConversableAgent,
    UserProxyAgent,
    gather_usage_summary,
    initiate_chats,
    register_function,
)
from .layer.settings import replaying, resuming, using

ResponsiveAgent = ConversableAgent

__all__ = [
    "Agent",
    "AssistantAgent",
    "ChatResult",
    "ConversableAgent",
    "ResponsiveAgent",
    "UserProxyAgent",
    "gather_usage_summary",
    "initiate_chats",
    "register_function",
    "replaying",
    "resuming",
    "using",
]
