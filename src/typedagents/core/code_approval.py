"""Asking first whether a program may run."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from .code import CodeBlock
from .effect import Effect, Repetition
from .human import Left
from .log import Transcript
from .message import AgentName, agent_name
from .stop import HumanLeft, StopReason
from .tool import Verdict, verdict


@frozen
class ApproveCode(Effect[Verdict]):
    """Ask whether ``me`` may have these blocks run: a human, or a rule, answers."""

    kind: ClassVar[str] = "ApproveCode"
    repeats: ClassVar[Repetition] = "idempotent"

    blocks: tuple[CodeBlock, ...]
    me: AgentName = field(converter=agent_name)
    transcript: Transcript = field(factory=Transcript)

    def accept(self, value: object, /) -> Verdict:
        return verdict(value)

    def ends_run(self, value: object, /) -> StopReason | None:
        return HumanLeft(self.me) if isinstance(value, Left) else None
