"""Runs that are asked for. What a method and its ``a_`` twin do is said once, and held in either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import frozen

from typedagents.core.log import Log
from typedagents.core.team import Team
from typedagents.interpreter.outcome import Outcome

from .calling import LayerEffect
from .running import Running

T = TypeVar("T")


@frozen(eq=False)
class Run(Generic[T]):
    """A run that is asked for: what it ``holds``, and what that ``comes_to``. It is held in this thread, or in an event loop."""

    holds: Callable[[Running], tuple[Team[LayerEffect], Log | None]]
    comes_to: Callable[[Running, Outcome], T]

    def held(self) -> T:
        """Hold it in this thread."""
        running = Running("sync")
        return self.comes_to(running, running.run(*self.holds(running)))

    async def a_held(self) -> T:
        """Hold it in the current event loop."""
        running = Running("async")
        return self.comes_to(running, await running.run_async(*self.holds(running)))
