"""Messages that are not shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, overload

from attrs import evolve, field, frozen

from typedagents.core.chain import Fold
from typedagents.core.errors import ConfigError
from typedagents.core.log import Log, Opened, Said, Transcript
from typedagents.core.message import Message, says_something
from typedagents.core.rule import Rule, keeps_time
from typedagents.core.view import SharedView
from typedagents.policies.words import named

from .ties import OpenCall, tied
from .transform import Whole

Unwanted: TypeAlias = Rule | Callable[[Message], bool]
"""A rule, asked about each message as if it were all that was said; or a pure function of a message."""

KEPT, DROPPED = 0, -1


@frozen(eq=False)
class Filtered:
    """What is left so far, and the calls that are open: those made at ``DROPPED`` are not shown."""

    left: Transcript = Transcript()
    open: OpenCall | None = None


START = Filtered()


@frozen
class Filtering:
    """The step that leaves out what is unwanted."""

    unwanted: Unwanted

    def __call__(self, so_far: Filtered, message: Message) -> Filtered:
        before = tied(so_far.open, message, KEPT)
        orphans = [result for result, where in before.answers if where == DROPPED]
        parts = tuple(part for part in message.parts if not any(part is orphan for orphan in orphans))
        if len(parts) < len(message.parts) and not says_something(parts):
            return Filtered(so_far.left, before.open)
        answers = any(where == KEPT for _, where in tied(so_far.open, message, DROPPED).answers)
        if not answers and self.drops(message):
            return Filtered(so_far.left, tied(so_far.open, message, DROPPED).open)
        shown = message if len(parts) == len(message.parts) else evolve(message, parts=parts)
        return Filtered((so_far.left or Transcript()).append(shown), before.open)

    def drops(self, message: Message) -> bool:
        """Whether ``message`` by itself is unwanted."""
        if isinstance(self.unwanted, Rule):
            return self.unwanted(Log([Opened(""), Said(message)]))
        return self.unwanted(message)


def _timeless(unwanted: Unwanted) -> Unwanted:
    if isinstance(unwanted, Rule) and keeps_time(unwanted):
        raise ConfigError(f"a message has no time by which to leave it out; found the rule: {unwanted}")
    return unwanted


@frozen(repr=False)
class Without(Whole):
    """See ``without``."""

    unwanted: Unwanted = field(converter=_timeless)

    def __call__(self, view: SharedView, /) -> Transcript:
        return view.transcript.fold(Fold(START, Filtering(self.unwanted))).left

    def __repr__(self) -> str:
        return f"without({self.unwanted if isinstance(self.unwanted, Rule) else named(self.unwanted)})"


# A union alone would say the same, but pyright takes the parameter of a lambda from whatever in it can be called first.
@overload
def without(unwanted: Rule) -> Without: ...
@overload
def without(unwanted: Callable[[Message], bool]) -> Without: ...
def without(unwanted: Unwanted) -> Without:
    """All messages but those of which a rule or a function says so. O(1) a message.

    Results go with their call: they are shown where it is, and dropped where it is dropped.
    """
    return Without(unwanted)
