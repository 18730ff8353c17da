"""Calling a tool: the effect. Its result is the part that answers the call."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from .effect import Effect, Repetition, proved
from .parts import ToolResult


@frozen
class CallTool(Effect[ToolResult]):
    """Call the tool ``name`` with these JSON ``arguments``. Never repeated after a crash unless the tool says it may be."""

    kind: ClassVar[str] = "CallTool"

    name: str
    arguments: str
    call_id: str
    repeat: Repetition = "at_most_once"

    def repetition(self) -> Repetition:
        return self.repeat

    def likeness(self) -> str:
        return f"{self.name} {self.arguments}"

    def accept(self, value: object, /) -> ToolResult:
        return proved(value, ToolResult)
