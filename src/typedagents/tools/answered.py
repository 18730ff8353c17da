"""What a tool can return to do more than tell: change context variables, hand over, end the conversation.

@tool
def find_order(number: int) -> Answered[str]:
    "Finds an order."
    return Answered("Order found.", changes=(ORDER.to(number),), hand_to="orders")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from attrs import field, frozen
from typing_extensions import TypeVar

from typedagents.core.context import Change, changes_of
from typedagents.core.errors import ConfigError
from typedagents.core.message import agent_name
from typedagents.core.parts import ResultContent, ToolResult

T_co = TypeVar("T_co", covariant=True)


def _maybe_name(name: str | None) -> str | None:
    return None if name is None else agent_name(name)


@frozen
class Answered(Generic[T_co]):
    """``value`` is what the model is told; ``changes`` and ``hand_to`` are as in a ``Reply``, ``ends`` is why it ends."""

    value: T_co
    changes: tuple[Change, ...] = field(default=(), converter=changes_of)
    hand_to: str | None = field(default=None, converter=_maybe_name)
    ends: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.ends is not None and self.hand_to is not None:
            raise ConfigError(f"what ends the conversation hands to nobody; found {self.hand_to!r}")


def result_of(
    call_id: str, name: str, value: object, rendered: Callable[[object], tuple[ResultContent, ...]]
) -> ToolResult:
    """The result of a call that came to ``value``, of which ``rendered`` makes what the model is shown."""
    if not isinstance(value, Answered):
        return ToolResult(call_id, name, rendered(value))
    shown = rendered(value.value)
    return ToolResult(call_id, name, shown, changes=value.changes, hand_to=value.hand_to, ends=value.ends)
