"""How many tokens a call sends: a port, and the estimate that stands behind it where nothing better is at hand.

The estimate goes by lengths, and needs no tables. It is corrected by the last exact count: of a conversation that goes
on from one whose tokens a provider counted, only what is new is estimated.
"""

from __future__ import annotations

from typing import Protocol

from attrs import define, field, frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel
from typedagents.policies.transforms.measures import BYTES_PER_TOKEN, approximate_tokens

from .bill import place_in_run


class TokenCounter(Protocol):
    """Counts what ``call`` sends: exactly, or as well as it can."""

    def __call__(self, call: CallModel, /) -> int: ...


def _weigh(so_far: int, message: Message) -> int:
    return so_far + approximate_tokens(message)


WEIGHT: Fold[Message, int] = Fold(0, _weigh)
"""A rough count of the tokens in a conversation; O(1) a message."""


def estimated_tokens(call: CallModel, /) -> int:
    """By the length of all that is sent; O(1) for messages that were counted before."""
    letters = len(call.instructions.text) if call.instructions else 0
    letters += sum(len(tool.name) + len(tool.description) + len(tool.parameters) for tool in call.tools)
    letters += len(call.output.schema) if call.output else 0
    return call.transcript.fold(WEIGHT) + letters // BYTES_PER_TOKEN


def worst_case_tokens(call: CallModel, tokens: TokenCounter = estimated_tokens) -> int:
    """What a call may use up: what is sent, and all that may be answered, where that is bounded."""
    return tokens(call) + (call.settings.max_tokens or 0)


@frozen
class _Known:
    """What a provider counted of a call, and what had been estimated."""

    path: str
    transcript: Transcript
    exact: int
    estimated: int


@define(eq=False)
class Corrected:
    """A counter that learns from what providers count; one a run.

    It goes by the call that stands latest in the run: the order in which the answers of calls side by side came cannot
    be seen.
    """

    counter: TokenCounter = estimated_tokens
    _known: dict[tuple[AgentName, str], _Known] = field(factory=dict, init=False)

    def __call__(self, call: CallModel, /) -> int:
        estimated = self.counter(call)
        known = self._known.get((call.me, call.model))
        if known is None or not _goes_on(known.transcript, call.transcript):
            return estimated
        return max(0, known.exact + estimated - known.estimated)

    def learn(self, path: str, call: CallModel, exact: int) -> None:
        """A provider counted ``exact`` tokens in what ``call`` sent, which stands at ``path``."""
        known = self._known.get((call.me, call.model))
        if known is None or place_in_run(known.path) <= place_in_run(path):
            self._known[call.me, call.model] = _Known(path, call.transcript, exact, self.counter(call))


def _goes_on(before: Transcript, now: Transcript) -> bool:
    return len(before) <= len(now) and now.prefix(len(before)).head == before.head
