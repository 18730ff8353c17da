"""What a run came to."""

from __future__ import annotations

from decimal import Decimal

from attrs import field, frozen
from typing_extensions import TypeForm, TypeVar

from typedagents.core.context import Context
from typedagents.core.errors import ConfigError, TypedAgentsError
from typedagents.core.log import Log, Transcript
from typedagents.core.parts import Data
from typedagents.core.stop import Cancelled, EffectFailure, StopReason
from typedagents.core.usage import Usage
from typedagents.tools.answers import answer_in

from .bill import Bill

T = TypeVar("T")


@frozen
class PartialText:
    """What a model had said when the run was stopped."""

    agent: str
    text: str


@frozen
class Outcome:
    """The log of a run, why it ended, what it cost, and where its trace is. Compares by log and reason."""

    log: Log
    reason: StopReason
    bill: Bill = field(default=Bill(), eq=False)
    run: str = field(default="", eq=False)
    trace: str | None = field(default=None, eq=False)
    partial: tuple[PartialText, ...] = field(default=(), eq=False)

    @property
    def transcript(self) -> Transcript:
        """The messages."""
        return self.log.transcript

    @property
    def context(self) -> Context:
        """The context variables at the end."""
        return self.log.context

    @property
    def summary(self) -> str:
        """What the conversation came to: the team's summary, else the text of the last message."""
        return self.log.summary

    @property
    def human_inputs(self) -> tuple[str, ...]:
        """What humans said, in order."""
        return tuple(message.text for message in self.transcript if message.origin == "human")

    @property
    def usage(self) -> Usage:
        """Tokens of all paid calls."""
        return self.bill.usage

    @property
    def cost_usd(self) -> Decimal | None:
        """What was paid; None where a price is unknown."""
        return self.bill.cost_usd

    @property
    def ok(self) -> bool:
        """Whether it ended by itself: neither by a failure nor cancelled."""
        return not isinstance(self.reason, EffectFailure | Cancelled)

    def answer(self, kind: TypeForm[T]) -> T:
        """The last typed answer that was said, as a ``kind``; ``ConfigError`` where there is none, or of another type."""
        for place in range(len(self.transcript) - 1, -1, -1):
            message = self.transcript[place]
            if any(isinstance(part, Data) for part in message.parts):
                return answer_in(message, kind)
        raise ConfigError(
            f"nobody gave a typed answer ({self.reason}); an agent does whose policy is told the type: "
            "model_reply(..., output=...)"
        )

    def check(self) -> Outcome:
        """This outcome, when ``ok``; else an error with the reason as its text."""
        if self.ok:
            return self
        error = TypedAgentsError(f"{self.reason}{f'; trace: {self.trace}' if self.trace else ''}")
        error.log = self.log
        raise error
