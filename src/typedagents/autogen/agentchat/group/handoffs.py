"""Where an agent's floor goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from typedagents.autogen.exception_utils import InvalidType, InvalidValue

from .on_condition import OnCondition
from .on_context_condition import OnContextCondition
from .targets.transition_target import TransitionTarget

T = TypeVar("T")


@dataclass
class Handoffs:
    """Where an agent's floor goes: by context variables before it is asked, as its model says, and when it has spoken.

    Each method returns the hand-overs themselves, so that calls can be chained.
    """

    context_conditions: list[OnContextCondition] = field(default_factory=list)
    llm_conditions: list[OnCondition] = field(default_factory=list)
    after_works: list[OnContextCondition] = field(default_factory=list)

    def add_context_condition(self, condition: OnContextCondition) -> Handoffs:
        """Hand over so before anybody is asked."""
        return self.add_context_conditions([condition])

    def add_context_conditions(self, conditions: Sequence[OnContextCondition]) -> Handoffs:
        """Hand over so before anybody is asked, by the first that holds."""
        self.context_conditions += proved(conditions, OnContextCondition)
        return self

    def add_llm_condition(self, condition: OnCondition) -> Handoffs:
        """Tell the model of this hand-over."""
        return self.add_llm_conditions([condition])

    def add_llm_conditions(self, conditions: Sequence[OnCondition]) -> Handoffs:
        """Tell the model of these hand-overs."""
        self.llm_conditions += proved(conditions, OnCondition)
        return self

    def set_after_work(self, target: TransitionTarget) -> Handoffs:
        """Where the floor goes when the agent has spoken, and none of its conditions for that holds."""
        proved([target], TransitionTarget)
        self.after_works = [one for one in self.after_works if not one.always]
        self.after_works.append(OnContextCondition(target=target))
        return self

    def add_after_work(self, condition: OnContextCondition) -> Handoffs:
        """Where the floor goes when the agent has spoken, where this holds."""
        return self.add_after_works([condition])

    def add_after_works(self, conditions: Sequence[OnContextCondition]) -> Handoffs:
        """Where the floor goes when the agent has spoken: by the first that holds. One without a condition stays last."""
        given = [*self.after_works, *proved(conditions, OnContextCondition)]
        last = [one for one in given if one.always]
        if any(one.always for one in conditions[:-1]):
            raise InvalidValue("of several after_works only the last may be without a condition")
        self.after_works = [*(one for one in given if not one.always), *last[-1:]]
        return self

    def add(self, condition: OnContextCondition | OnCondition) -> Handoffs:
        """Hand over so, whichever kind it is."""
        if isinstance(condition, OnCondition):
            return self.add_llm_condition(condition)
        return self.add_context_condition(condition)

    def add_many(self, conditions: Sequence[OnContextCondition | OnCondition]) -> Handoffs:
        """Hand over so, whichever kinds they are."""
        for one in conditions:
            self.add(one)
        return self

    def clear(self) -> Handoffs:
        """Hand over to nobody."""
        self.context_conditions, self.llm_conditions, self.after_works = [], [], []
        return self


def proved(given: Sequence[T], kind: type[object]) -> Sequence[T]:
    """``given``, where all of it is of this ``kind``; ``TypeError`` where not."""
    for one in given:
        if not isinstance(one, kind):
            raise InvalidType(f"here goes an {kind.__name__}; found {one!r:.80}")
    return given
