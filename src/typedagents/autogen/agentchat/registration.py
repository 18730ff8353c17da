"""A function for two agents: one whose model is told of it, and one who calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .conversable_agent import ConversableAgent

P = ParamSpec("P")
R = TypeVar("R")


def register_function(
    f: Callable[P, R],
    *,
    caller: ConversableAgent,
    executor: ConversableAgent,
    name: str | None = None,
    description: str,
) -> None:
    """Tell the model of ``caller`` of ``f``, and have ``executor`` call it."""
    told = caller.register_for_llm(name=name, description=description)(f)
    executor.register_for_execution(name=name)(told)
