"""Asking a human: the effect, and the three things a human can do."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from attrs import field, frozen

from .effect import Effect, Repetition
from .log import Transcript
from .message import AgentName, agent_name
from .parts import cleaned
from .stop import HumanLeft, StopReason


@frozen
class Typed:
    """The human wrote this; it may be empty text only where the human meant that."""

    text: str = field(converter=cleaned)
    did: Literal["typed"] = field(default="typed", init=False, repr=False)


@frozen
class Skipped:
    """The human let it go on by itself."""

    did: Literal["skipped"] = field(default="skipped", init=False, repr=False)


@frozen
class Left:
    """The human wants no more of this: the run ends."""

    did: Literal["left"] = field(default="left", init=False, repr=False)


HumanAnswer: TypeAlias = Typed | Skipped | Left


@frozen
class AskHuman(Effect[HumanAnswer]):
    """Ask whoever stands behind ``me``. Whoever answers is shown the conversation and ``question``."""

    kind: ClassVar[str] = "AskHuman"
    repeats: ClassVar[Repetition] = "idempotent"

    question: str = field(converter=cleaned)
    me: AgentName = field(converter=agent_name)
    transcript: Transcript = field(factory=Transcript)

    def accept(self, value: object, /) -> HumanAnswer:
        if isinstance(value, Typed | Skipped | Left):
            return value
        raise TypeError(f"expected Typed, Skipped or Left, got {type(value).__name__}: {value!r:.80}")

    def ends_run(self, value: object, /) -> StopReason | None:
        return HumanLeft(self.me) if isinstance(value, Left) else None
