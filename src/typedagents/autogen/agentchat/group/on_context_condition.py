"""Hand-overs by the context variables."""

from __future__ import annotations

from dataclasses import dataclass

from typedagents.core.rule import AlwaysHolds, Rule

from .available_condition import AvailableCondition
from .context_condition import ContextCondition
from .targets.transition_target import TransitionTarget


@dataclass(kw_only=True)
class OnContextCondition:
    """The floor goes to ``target`` where ``condition`` holds (None: always), and it is ``available``."""

    target: TransitionTarget
    condition: ContextCondition | None = None
    available: AvailableCondition | None = None

    @property
    def always(self) -> bool:
        """Whether it holds in every conversation."""
        return self.condition is None and self.available is None

    @property
    def rule(self) -> Rule:
        """When it applies."""
        given = [one.rule for one in (self.available, self.condition) if one is not None]
        return given[0] & given[1] if len(given) == 2 else given[0] if given else AlwaysHolds()
