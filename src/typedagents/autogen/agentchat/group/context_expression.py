"""Conditions on context variables, written as expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from typedagents.autogen.layer.ag2.expressions import Expression, read

from .context_variables import ContextVariables


@dataclass(frozen=True)
class ContextExpression:
    """A condition such as ``"${tier} == 'gold' and (not ${blocked} or len(${orders}) > 3)"``.

    ``and``, ``or``, ``not`` (also ``&``, ``|`` between spaces, and ``!``), comparisons, ``len()``, texts, numbers, True, False
    and None. It is read when it is made (``ValueError`` for anything else), and is never run as Python.
    """

    expression: str
    read: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", read(self.expression))

    def evaluate(self, context_variables: ContextVariables) -> bool:
        """Whether it holds; ``KeyError`` where a variable was never set."""
        return bool(self.read.value(context_variables.data))

    def __str__(self) -> str:
        return self.expression
