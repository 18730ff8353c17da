"""What goes wrong where a conversation is held by an engine."""

from __future__ import annotations

from typedagents.core.errors import TypedAgentsError


class EngineError(TypedAgentsError):
    """The engine gave a conversation up, or does not have it; the text says what it said."""
