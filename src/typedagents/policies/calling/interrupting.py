"""A human who speaks while calls of tools wait: the calls are not made, and the model is told why."""

from __future__ import annotations

from typing import Final

from typedagents.core.log import Log
from typedagents.core.parts import Part, Text

from .pending import not_made, pending_calls

USER_INTERRUPTED: Final = "USER INTERRUPTED: this call was not made; a human spoke instead"


def interrupted_by(words: str, log: Log) -> tuple[Part, ...]:
    """What a human says who types ``words`` now: a failed result for each call that waits, and then the words."""
    return (*(not_made(call, USER_INTERRUPTED) for call in pending_calls(log).calls), Text(words))
