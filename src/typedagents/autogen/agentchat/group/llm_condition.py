"""What a model is told of when to hand over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from .context_str import ContextStr


class LLMCondition(ABC):
    """Words for a model, which may depend on the context variables."""

    @abstractmethod
    def words(self, values: Mapping[str, object]) -> str:
        """The words, where the context variables hold ``values``."""


@dataclass(frozen=True)
class StringLLMCondition(LLMCondition):
    """These words."""

    prompt: str

    def words(self, values: Mapping[str, object]) -> str:
        return self.prompt


@dataclass(frozen=True)
class ContextStrLLMCondition(LLMCondition):
    """Words with context variables in them."""

    context_str: ContextStr

    def words(self, values: Mapping[str, object]) -> str:
        return self.context_str.filled(values)
