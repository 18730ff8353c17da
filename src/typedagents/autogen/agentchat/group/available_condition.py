"""Conditions by which a hand-over can be made at all; else a model is not told of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from typedagents.autogen.layer.ag2.expressions import ExpressionHolds, VariableHolds
from typedagents.core.rule import Rule

from .context_expression import ContextExpression


class AvailableCondition(ABC):
    """Whether a hand-over can be made."""

    @property
    @abstractmethod
    def rule(self) -> Rule: ...


@dataclass(frozen=True)
class StringAvailableCondition(AvailableCondition):
    """Where a context variable is set to something true."""

    context_variable: str

    @property
    def rule(self) -> Rule:
        return VariableHolds(self.context_variable)


@dataclass(frozen=True)
class ExpressionAvailableCondition(AvailableCondition):
    """Where an expression holds."""

    expression: ContextExpression

    @property
    def rule(self) -> Rule:
        return ExpressionHolds(self.expression.read, str(self.expression))
