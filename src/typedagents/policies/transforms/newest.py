"""The newest messages, as many as there is room for."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.log import Transcript
from typedagents.core.view import SharedView
from typedagents.policies.words import named

from .measures import Measure, approximate_tokens, hashable, one_each
from .ties import bridged, end_of_first, start_of_last, tying
from .transform import Whole


def _positive(count: int) -> int:
    if count < 1:
        raise ConfigError(f"what is shown is at least 1 message or token; found {count}")
    return count


def _not_negative(count: int) -> int:
    if count < 0:
        raise ConfigError(f"first= counts messages, from 0; found {count}")
    return count


@frozen(repr=False)
class Newest(Whole):
    """See ``last`` and ``token_limit``."""

    loses_first: ClassVar[bool] = True

    most: int = field(converter=_positive)
    first: int = field(default=0, converter=_not_negative)
    measure: Measure = field(default=one_each, converter=hashable)

    @property
    def tokens(self) -> Measure:
        """How it counts tokens."""
        return approximate_tokens if self.measure is one_each else self.measure

    def __call__(self, view: SharedView, /) -> Transcript:
        transcript = view.transcript
        fold = tying(self.measure)
        if transcript.fold(fold).total <= self.most:
            return transcript
        head = end_of_first(transcript, self.first)
        start = start_of_last(transcript, self.most - transcript.prefix(head).fold(fold).total, self.measure)
        return bridged(transcript, head, start)

    def __repr__(self) -> str:
        name = "last" if self.measure is one_each else "token_limit"
        first = f", first={self.first}" if self.first else ""
        count = "" if self.measure in (one_each, approximate_tokens) else f", {named(self.measure)}"
        return f"{name}({self.most}{count}{first})"


def last(count: int, *, first: int = 0) -> Newest:
    """The last ``count`` messages, among them the ``first`` ones of all, such as the task.

    Fewer, where a cut would tear results from their call; more only where the last exchange alone is longer.
    """
    if first >= count:
        raise ConfigError(
            f"last({count}) has no room for the first {first} and one more; ask for more, or keep fewer"
        )
    return Newest(count, first)


def token_limit(limit: int, tokens: Measure = approximate_tokens, *, first: int = 0) -> Newest:
    """The last messages that take ``limit`` tokens or less, with the ``first`` ones of all, such as the task.

    ``tokens`` counts those of a message. More only where those first and the last exchange alone take more.
    """
    return Newest(limit, first, tokens)
