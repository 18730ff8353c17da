"""Texts with places for context variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .context_variables import ContextVariables


@dataclass(frozen=True)
class ContextStr:
    """A text in which ``{name}`` stands for a context variable."""

    template: str

    def format(self, context_variables: ContextVariables) -> str:
        """The text, with what the variables hold."""
        return self.filled(context_variables.data)

    def filled(self, values: Mapping[str, object]) -> str:
        """The text, with these values; as it is where there are none."""
        return self.template.format(**values) if values else self.template

    def __str__(self) -> str:
        return f"ContextStr, unformatted: {self.template}"
