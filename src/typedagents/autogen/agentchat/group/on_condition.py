"""Hand-overs that a model makes."""

from __future__ import annotations

from dataclasses import dataclass

from .available_condition import AvailableCondition
from .llm_condition import LLMCondition
from .targets.transition_target import TransitionTarget


@dataclass(kw_only=True)
class OnCondition:
    """A model hands over to ``target`` by calling a function, that it is told of as ``condition`` says, where ``available``.

    ``llm_function_name``: as what it is told of it; else ``transfer_to_<target>_<n>``.
    """

    target: TransitionTarget
    condition: LLMCondition
    available: AvailableCondition | None = None
    llm_function_name: str | None = None
