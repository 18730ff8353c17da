"""Agents of patterns, and who spoke in their group chats."""

from __future__ import annotations

from typedagents.autogen import ChatResult, ConversableAgent
from typedagents.core.json_text import json_text
from typedagents.core.model import ModelReply
from typedagents.core.parts import ToolCall

MODEL = {"config_list": [{"model": "m", "api_key": "k"}]}


def thinker(name: str, **options: object) -> ConversableAgent:
    """Somebody who answers with a model."""
    return ConversableAgent(
        name,
        llm_config=MODEL,
        human_input_mode="NEVER",
        **options,  # type: ignore[arg-type]  # as the tests give them
    )


def calls(*names: str, **arguments: object) -> ModelReply:
    """A model's reply that calls these functions, each with these arguments."""
    given = json_text(arguments)
    return ModelReply(tuple(ToolCall(f"c{place}", name, given) for place, name in enumerate(names, 1)))


def told(result: ChatResult) -> list[tuple[object, object]]:
    """Who said what."""
    return [(one.get("name"), one["content"]) for one in result.chat_history]
