"""What a transform cut, told to whoever watches."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import frozen

from typedagents.core.log import Transcript
from typedagents.policies.words import named

from .measures import Measure, approximate_tokens
from .ties import tying


@frozen
class Cut:
    """``agent`` (the selector, where it is empty) is shown less than was said: ``by`` is the transform in words."""

    agent: str
    by: str
    messages_before: int
    messages_after: int
    tokens_before: int
    tokens_after: int

    @property
    def words(self) -> str:
        """What happened to whoever is shown less."""
        return (
            f"is shown {self.messages_after} of {self.messages_before} messages, "
            f"{self.tokens_after} of {self.tokens_before} tokens: {self.by}"
        )

    def __str__(self) -> str:
        return f"{self.agent or 'the selector'} {self.words}"


@runtime_checkable
class Counting(Protocol):
    """A transform that counts tokens in its own way."""

    @property
    def tokens(self) -> Measure: ...


def cut_between(agent: str, by: object, before: Transcript, after: Transcript) -> Cut | None:
    """What ``by`` cut, or None where it left everything; O(1) for messages that were counted before."""
    if after is before:
        return None
    tokens = tying(by.tokens if isinstance(by, Counting) else approximate_tokens)
    old, new = before.fold(tokens), after.fold(tokens)
    if new.length >= old.length and new.total >= old.total:
        return None
    return Cut(agent, named(by), old.length, new.length, old.total, new.total)
