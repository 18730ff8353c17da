"""Policies that end their conversation: when a rule holds, or when their agent has answered by itself often enough."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, Literal, TypeAlias

from attrs import frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Stop
from typedagents.core.effect import E_co, Request
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.rule import Rule
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.core.view import Policy, View

from .auto_replies import auto_replies
from .combinators import E
from .words import named, written


@frozen(repr=False)
class Until(Generic[E_co]):
    """Stops the conversation where ``rule`` holds, and names it; decides as ``policy`` elsewhere."""

    rule: Rule
    policy: Policy[E_co]

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        if self.rule(view.log):
            return Stop(RuleFired(str(self.rule.holding(view.log))))
        return (yield from consult(self.policy, view))

    def __repr__(self) -> str:
        return f"until({self.rule}, {named(self.policy)})"


def until(rule: Rule, policy: Policy[E]) -> Until[E]:
    """``policy``, until ``rule`` holds; then the conversation stops for that reason."""
    return Until(rule, policy)


AtLimit: TypeAlias = Literal["stop", "pass"]
"""What an agent does at its limit: end the conversation, or leave it to others."""


@frozen(repr=False)
class Limited(Generic[E_co]):
    """Decides as ``policy`` as long as fewer automatic replies were sent; ``then`` says what comes after."""

    policy: Policy[E_co]
    max_auto_replies: Limit
    then: AtLimit = "stop"

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        most = self.max_auto_replies
        if most is Unlimited or auto_replies(view.log, view.me) < most:
            return (yield from consult(self.policy, view))
        return Stop(DecisionLimit("max_auto_replies", most, view.me)) if self.then == "stop" else Pass()

    def __repr__(self) -> str:
        return written("with_limit", self, self.policy)


def with_limit(policy: Policy[E], *, max_auto_replies: Limit, then: AtLimit = "stop") -> Limited[E]:
    """``policy``, for so many automatic replies of its agent since it last spoke for a human."""
    return Limited(policy, max_auto_replies, then)
