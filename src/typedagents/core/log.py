"""The log of a conversation: all that happened, in order. Everything else that is known of it is a fold of the log.

Opened    a conversation begins here; limits and counts start anew
Began     an agent has the floor
Said      it said a message (several, when a reply holds several)
Passed    it had nothing to say
Changed   it changed a context variable
Handed    it named who speaks next
Noted     it wrote something down for itself; nobody else is shown it
Spent     what its turn cost
Summed    it is over, and this is what it came to
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, TypeAlias

from attrs import field, frozen
from msgspec.json import Encoder

from .chain import Chain, Fold
from .context import Context
from .message import AgentName, Message
from .usage import Charge

_canonical = Encoder(order="deterministic", decimal_format="string")


@frozen
class Opened:
    """A conversation of this name begins; ``at`` is the time, where the team keeps it (seconds since 1970)."""

    name: str
    at: float | None = None
    entry: Literal["opened"] = field(default="opened", init=False, repr=False)


@frozen
class Began:
    """``agent`` has the floor, since ``at`` where the team keeps time."""

    agent: AgentName
    at: float | None = None
    entry: Literal["began"] = field(default="began", init=False, repr=False)


@frozen
class Said:
    """A message."""

    message: Message
    entry: Literal["said"] = field(default="said", init=False, repr=False)


@frozen
class Passed:
    """``agent`` had nothing to say."""

    agent: AgentName
    entry: Literal["passed"] = field(default="passed", init=False, repr=False)


@frozen
class Changed:
    """``agent`` set the context variable ``variable`` to this JSON text."""

    agent: AgentName
    variable: str
    json: str
    entry: Literal["changed"] = field(default="changed", init=False, repr=False)


@frozen
class Handed:
    """``agent`` named who speaks next."""

    agent: AgentName
    to: AgentName
    entry: Literal["handed"] = field(default="handed", init=False, repr=False)


@frozen
class Noted:
    """``agent`` wrote this down for itself; where it is empty, the selector explained its choice."""

    agent: AgentName
    note: str
    entry: Literal["noted"] = field(default="noted", init=False, repr=False)


@frozen
class Spent:
    """What a turn of ``agent`` cost (of the selector, where it is empty)."""

    agent: str
    charges: tuple[Charge, ...]
    entry: Literal["spent"] = field(default="spent", init=False, repr=False)


@frozen
class Summed:
    """The conversation is over, and came to this. ``failure`` says why nothing could be said, where that is so."""

    text: str
    failure: str = ""
    entry: Literal["summed"] = field(default="summed", init=False, repr=False)


@frozen(eq=False)
class Added:
    """What the kernel tells: ``log`` has grown by its last ``count`` entries."""

    log: Log
    count: int


Entry: TypeAlias = Opened | Began | Said | Passed | Changed | Handed | Noted | Spent | Summed


class Transcript(Chain[Message]):
    """The messages of a log, or of a turn under way."""

    __slots__ = ()

    @staticmethod
    def bytes_of(item: Message) -> bytes:
        return _canonical.encode(item)

    @property
    def last(self) -> Message | None:
        return self[-1] if self else None


class Log(Chain[Entry]):
    """All entries of a conversation, and of those it continues."""

    __slots__ = ()

    @staticmethod
    def bytes_of(item: Entry) -> bytes:
        return _canonical.encode(item)

    @property
    def transcript(self) -> Transcript:
        """The messages; O(1) an entry."""
        return self.fold(TRANSCRIPT)

    @property
    def context(self) -> Context:
        """The context variables as they stand."""
        return self.fold(CONTEXT)

    @property
    def summary(self) -> str:
        """What the conversation came to: its team's summary, else the last message; empty where nothing was said."""
        summed, last = self.summed, self.transcript.last
        if summed is not None and not summed.failure:
            return summed.text
        return "" if last is None else last.text

    @property
    def summed(self) -> Summed | None:
        """The summary that stands at the end, where there is one; O(1)."""
        for index in range(-1, max(-3, -len(self) - 1), -1):
            entry = self[index]
            if isinstance(entry, Summed):
                return entry
            if not isinstance(entry, Spent):  # what the summary cost stands behind it
                return None
        return None


def _add_message(so_far: Transcript, entry: Entry) -> Transcript:
    if not isinstance(entry, Said):
        return so_far
    # The first message opens a buffer of its own: the fold's start is shared by all logs and must not grow.
    return (so_far or Transcript()).append(entry.message)


TRANSCRIPT: Fold[Entry, Transcript] = Fold(Transcript(), _add_message)


def _change(so_far: Context, entry: Entry) -> Context:
    if isinstance(entry, Changed):
        return Context(MappingProxyType({**so_far.values, entry.variable: entry.json}))
    return so_far


CONTEXT: Fold[Entry, Context] = Fold(Context(), _change)
