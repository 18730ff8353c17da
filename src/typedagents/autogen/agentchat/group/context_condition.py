"""Conditions by which the floor goes on without a model being asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from typedagents.autogen.layer.ag2.expressions import ExpressionHolds, VariableHolds
from typedagents.core.rule import Rule

from .context_expression import ContextExpression
from .context_variables import ContextVariables


class ContextCondition(ABC):
    """Whether something holds of the context variables. ``rule`` says the same of a conversation."""

    @property
    @abstractmethod
    def rule(self) -> Rule: ...

    @abstractmethod
    def evaluate(self, context_variables: ContextVariables) -> bool:
        """Whether it holds."""


@dataclass(frozen=True)
class StringContextCondition(ContextCondition):
    """Whether a context variable is set to something true."""

    variable_name: str

    @property
    def rule(self) -> Rule:
        return VariableHolds(self.variable_name)

    def evaluate(self, context_variables: ContextVariables) -> bool:
        return bool(context_variables.get(self.variable_name))


@dataclass(frozen=True)
class ExpressionContextCondition(ContextCondition):
    """Whether an expression holds."""

    expression: ContextExpression

    @property
    def rule(self) -> Rule:
        return ExpressionHolds(self.expression.read, str(self.expression))

    def evaluate(self, context_variables: ContextVariables) -> bool:
        return self.expression.evaluate(context_variables)
