"""Small helpers of AutoGen's agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typedagents.autogen.layer.tags import parse_tags_from_content
from typedagents.autogen.layer.usage import Cost, cost_of

if TYPE_CHECKING:
    from .conversable_agent import ConversableAgent

__all__ = ["gather_usage_summary", "parse_tags_from_content"]


def gather_usage_summary(agents: Sequence[ConversableAgent]) -> Cost:
    """What these agents cost together, by model."""
    return cost_of(charge for agent in agents for charge in agent.charges)
