"""Rules about what happened in a conversation: time went by, the floor was handed over, a tool was called; O(1) a look.

To stop a run from outside there is ``Control.cancel``: it ends the run at once. A conversation that ends by itself
because something happened outside has learned of it by an effect, whose result an agent put into a context variable;
a condition on that variable, ``STOP.equals(True)``, looks there.
"""

from __future__ import annotations

from math import isfinite
from typing import ClassVar, final

from attrs import field, frozen

from typedagents.core.chain import Fold
from typedagents.core.code import CodeResult
from typedagents.core.errors import ConfigError
from typedagents.core.log import Began, Entry, Log, Opened, Said
from typedagents.core.message import AgentName
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.rule import Rule
from typedagents.core.view import STANDING

from .said import last_said, maybe_name

# --- time -------------------------------------------------------------------------------------------------------


@frozen
class Times:
    """When a conversation was opened, or its first turn began; and when its last turn began."""

    first: float | None = None
    last: float | None = None


NO_TIMES = Times()


def _time(so_far: Times, entry: Entry) -> Times:
    if isinstance(entry, Opened):
        return Times(entry.at, entry.at)
    if not isinstance(entry, Began) or entry.at is None:
        return so_far
    return Times(entry.at if so_far.first is None else so_far.first, entry.at)


TIMES: Fold[Entry, Times] = Fold(NO_TIMES, _time)


def _seconds(given: float) -> float:
    if not isfinite(given) or given <= 0:
        raise ConfigError(f"a time-out is a number of seconds above 0; found {given!r}")
    return float(given)


@final
@frozen
class TimedOut(Rule):
    """See ``timed_out``."""

    needs_time: ClassVar[bool] = True

    seconds: float = field(converter=_seconds)

    def __call__(self, log: Log, /) -> bool:
        times = log.fold(TIMES)
        return times.first is not None and times.last is not None and times.last - times.first >= self.seconds

    def __str__(self) -> str:
        return f"{self.seconds:g} s have gone by"


def timed_out(seconds: float) -> TimedOut:
    """Holds when the last turn began so many seconds, or more, after the first. For a team's ``until``.

    It goes by the times in the log, which a team with such a rule keeps; so it breaks off no turn, and a turn that
    begins too late is the last. What must not take longer is a ``race`` with ``Sleep``.
    """
    return TimedOut(seconds)


# --- turns and messages -----------------------------------------------------------------------------------------


@final
@frozen
class HandedOver(Rule):
    """See ``handed_over``."""

    to: AgentName | None = field(default=None, converter=maybe_name)

    def __call__(self, log: Log, /) -> bool:
        to = log.fold(STANDING).handed
        return to is not None and self.to in (None, to)

    def __str__(self) -> str:
        return f"the floor was handed {'over' if self.to is None else f'to {self.to}'}"


def handed_over(to: str | None = None) -> HandedOver:
    """Holds when the last turn named who speaks next (``to``, where one is named)."""
    return HandedOver(to)


@final
@frozen
class HumanSpoke(Rule):
    """See ``human_spoke``."""

    def __call__(self, log: Log, /) -> bool:
        last = last_said(log)
        return last is not None and last.origin == "human"

    def __str__(self) -> str:
        return "a human spoke"


def human_spoke() -> HumanSpoke:
    """Holds when the last message comes from a human."""
    return HumanSpoke()


@final
@frozen
class PlainWords(Rule):
    """See ``plain_words``."""

    by: AgentName | None = field(default=None, converter=maybe_name)

    def __call__(self, log: Log, /) -> bool:
        last = last_said(log)
        if last is None or self.by not in (None, last.sender):
            return False
        working = any(isinstance(part, ToolCall | ToolResult | CodeResult) for part in last.parts)
        return not working and any(isinstance(part, Text) and part.text.strip() for part in last.parts)

    def __str__(self) -> str:
        return f"the last message is {'' if self.by is None else f'by {self.by} and '}plain words"


def plain_words(*, by: str | None = None) -> PlainWords:
    """Holds when the last message (of the agent ``by``, where one is named) has words, and no calls or results."""
    return PlainWords(by)


# --- tools ------------------------------------------------------------------------------------------------------


@frozen
class HasCalled:
    """The step that looks for a call of a tool."""

    tool: str
    by: AgentName | None

    def __call__(self, so_far: bool, entry: Entry) -> bool:  # noqa: FBT001 - the state of a fold
        if isinstance(entry, Opened):
            return False
        if so_far or not isinstance(entry, Said) or self.by not in (None, entry.message.sender):
            return so_far
        parts = entry.message.parts
        return any(isinstance(part, ToolCall) and part.complete and part.name == self.tool for part in parts)


@frozen
class HasReturned:
    """The step that looks for a result of a tool."""

    tool: str

    def __call__(self, so_far: bool, entry: Entry) -> bool:  # noqa: FBT001 - the state of a fold
        if isinstance(entry, Opened):
            return False
        if so_far or not isinstance(entry, Said):
            return so_far
        parts = entry.message.parts
        return any(
            isinstance(part, ToolResult) and not part.failed and part.name == self.tool for part in parts
        )


def _tool(name: str) -> str:
    if not name.strip():
        raise ConfigError("a rule about a tool needs the tool's name; found none")
    return name


@final
@frozen
class ToolCalled(Rule):
    """See ``tool_called``."""

    tool: str = field(converter=_tool)
    by: AgentName | None = field(default=None, converter=maybe_name)

    def __call__(self, log: Log, /) -> bool:
        return log.fold(Fold(False, HasCalled(self.tool, self.by)))

    def __str__(self) -> str:
        return f"the tool {self.tool} was called{'' if self.by is None else f' by {self.by}'}"


def tool_called(tool: str, *, by: str | None = None) -> ToolCalled:
    """Holds when the tool was called in this conversation (by the agent ``by``, where one is named), run or not."""
    return ToolCalled(tool, by)


@final
@frozen
class ToolReturned(Rule):
    """See ``tool_returned``."""

    tool: str = field(converter=_tool)

    def __call__(self, log: Log, /) -> bool:
        return log.fold(Fold(False, HasReturned(self.tool)))

    def __str__(self) -> str:
        return f"the tool {self.tool} has returned"


def tool_returned(tool: str) -> ToolReturned:
    """Holds when the tool has had a result in this conversation; a failure is none."""
    return ToolReturned(tool)


# --- context ----------------------------------------------------------------------------------------------------
