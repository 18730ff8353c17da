"""Small helpers of AutoGen's agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from typedagents.autogen.layer.usage import summed

if TYPE_CHECKING:
    from .conversable_agent import ConversableAgent


class UsageSummary(TypedDict):
    """What several agents cost together."""

    usage_including_cached_inference: dict[str, object]
    usage_excluding_cached_inference: dict[str, object]


def gather_usage_summary(agents: Sequence[ConversableAgent]) -> UsageSummary:
    """What these agents cost together, by model."""
    charges = [charge for agent in agents for charge in agent.charges]
    return {
        "usage_including_cached_inference": summed(charges),
        "usage_excluding_cached_inference": summed(charge for charge in charges if not charge.cached),
    }
