"""What messages count for, where the room for them is limited."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.parts import ToolCall

Measure: TypeAlias = Callable[[Message], int]
"""What a message counts for, never less than nought. Pure and hashable: a message is measured once in its life."""

BYTES_PER_TOKEN = 4
ENVELOPE = 4
"""What names and roles take, a message."""


def approximate_tokens(message: Message) -> int:
    """The tokens of a message, roughly: by the length of its words and of the calls it makes. Needs no tables."""
    letters = len(message.text)
    for part in message.parts:
        if isinstance(part, ToolCall):
            letters += len(part.name) + len(part.arguments)
    return letters // BYTES_PER_TOKEN + ENVELOPE


def one_each(message: Message) -> int:
    """Every message counts as one."""
    return 1


def hashable(measure: Measure) -> Measure:
    """``measure``, when running sums can be kept by it."""
    try:
        hash(measure)
    except TypeError as error:
        raise ConfigError(
            f"a count of tokens must be a hashable function, such as a def or a frozen value; found {measure!r:.60}"
        ) from error
    return measure
