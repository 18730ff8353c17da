"""Calling a tool, and asking first whether it may be called: two effects, and what comes back."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from attrs import field, frozen

from .effect import Effect, Repetition, proved
from .human import Left
from .log import Transcript
from .message import AgentName, agent_name
from .parts import ToolResult, cleaned
from .stop import HumanLeft, StopReason


@frozen
class CallTool(Effect[ToolResult]):
    """Call the tool ``name`` with these JSON ``arguments``. Never repeated after a crash unless the tool says it may be.

    ``context`` holds the context variables that the tool reads, by name, as JSON text.
    """

    kind: ClassVar[str] = "CallTool"

    name: str
    arguments: str
    call_id: str
    repeat: Repetition = "at_most_once"
    context: tuple[tuple[str, str], ...] = ()

    def repetition(self) -> Repetition:
        return self.repeat

    def likeness(self) -> str:
        return f"{self.name} {self.arguments}"

    def accept(self, value: object, /) -> ToolResult:
        return proved(value, ToolResult)


@frozen
class Approved:
    """What was asked about may be done."""

    did: Literal["approved"] = field(default="approved", init=False, repr=False)


@frozen
class Denied:
    """It may not be done; the model is told ``reason``."""

    reason: str = field(default="", converter=cleaned)
    did: Literal["denied"] = field(default="denied", init=False, repr=False)


Verdict: TypeAlias = Approved | Denied | Left


def verdict(value: object, /) -> Verdict:
    """``value``, when it is one; ``TypeError`` when not."""
    if isinstance(value, Approved | Denied | Left):
        return value
    raise TypeError(f"expected Approved, Denied or Left, got {type(value).__name__}: {value!r:.80}")


@frozen
class Approve(Effect[Verdict]):
    """Ask whether ``me`` may call the tool ``name`` with these JSON ``arguments``: a human, or a rule, answers."""

    kind: ClassVar[str] = "Approve"
    repeats: ClassVar[Repetition] = "idempotent"

    name: str
    arguments: str
    call_id: str
    me: AgentName = field(converter=agent_name)
    transcript: Transcript = field(factory=Transcript)

    def accept(self, value: object, /) -> Verdict:
        return verdict(value)

    def ends_run(self, value: object, /) -> StopReason | None:
        return HumanLeft(self.me) if isinstance(value, Left) else None
