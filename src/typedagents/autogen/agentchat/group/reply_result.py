"""What a function returns that also says who speaks next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .context_variables import ContextVariables
from .targets.transition_target import TransitionTarget


@dataclass
class ReplyResult:
    """``message`` is what the model is told; the floor goes to ``target``, and ``context_variables`` are set."""

    message: str
    target: TransitionTarget | None = None
    context_variables: ContextVariables | Mapping[str, object] | None = None

    def __str__(self) -> str:
        return self.message
