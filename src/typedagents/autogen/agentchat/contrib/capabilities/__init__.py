"""What can be added to an agent."""

from .agent_capability import AgentCapability
from .text_compressors import LLMLingua, TextCompressor
from .transform_messages import TransformMessages
from .transforms import (
    MessageHistoryLimiter,
    MessageTokenLimiter,
    MessageTransform,
    TextMessageCompressor,
    TextMessageContentName,
)

__all__ = [
    "AgentCapability",
    "LLMLingua",
    "MessageHistoryLimiter",
    "MessageTokenLimiter",
    "MessageTransform",
    "TextCompressor",
    "TextMessageCompressor",
    "TextMessageContentName",
    "TransformMessages",
]
