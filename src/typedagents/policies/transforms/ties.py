"""Which results answer which calls, as a running fold; and where a transcript can be cut without tearing them apart.

A result answers the latest call of its id before it that has no answer yet, whoever made it. A *place* between two
messages is whole when no result behind it answers a call before it: only there may be cut.
"""

from __future__ import annotations

from attrs import frozen

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.parts import ToolCall, ToolResult

from .measures import Measure, one_each


@frozen(eq=False, repr=False)
class OpenCall:
    """A call without an answer, and those before it: a stack that all later states share."""

    call: ToolCall
    at: int
    below: OpenCall | None


def settled(calls: OpenCall | None, call_id: str) -> tuple[OpenCall | None, int | None]:
    """``calls`` without the latest of this id, and where that was made; None where there is no such call."""
    above: list[OpenCall] = []
    here = calls
    while here is not None and here.call.id != call_id:
        above.append(here)
        here = here.below
    if here is None:
        return calls, None
    rest = here.below
    for waiting in reversed(above):
        rest = OpenCall(waiting.call, waiting.at, rest)
    return rest, here.at


@frozen
class Ties:
    """What ``message`` answers: where the calls of its results were made, None for a result that answers nothing.

    ``open`` are the calls that are open behind it. A result goes to an earlier message's call, else to its own's.
    """

    open: OpenCall | None
    answers: tuple[tuple[ToolResult, int | None], ...] = ()


def tied(calls: OpenCall | None, message: Message, at: int) -> Ties:
    """``message`` after ``calls``; those it makes itself are made ``at``."""
    answers: list[tuple[ToolResult, int | None]] = []
    early: list[ToolResult] = []
    made: list[ToolCall] = []
    for part in message.parts:
        if isinstance(part, ToolCall):
            made.append(part)
        elif isinstance(part, ToolResult):
            calls, where = settled(calls, part.call_id)
            if where is None:
                early.append(part)
            else:
                answers.append((part, where))
    for call in made:
        calls = OpenCall(call, at, calls)
    for result in early:
        # Only own calls can match: the others were looked at before these were made.
        calls, where = settled(calls, result.call_id)
        answers.append((result, where))
    return Ties(calls, tuple(answers))


@frozen(eq=False)
class Tied:
    """Where a transcript stands: its length and measure, the calls that are open, and results that answer nothing.

    ``reach`` is the first message that the last one answers; the last one itself, where it answers no earlier one.
    """

    length: int = 0
    total: int = 0
    reach: int = 0
    strays: int = 0
    open: OpenCall | None = None


START = Tied()


@frozen
class Tying:
    """The step that keeps the ties and adds up a measure."""

    measure: Measure

    def __call__(self, so_far: Tied, message: Message) -> Tied:
        at = so_far.length
        ties = tied(so_far.open, message, at)
        made = [where for _, where in ties.answers if where is not None]
        return Tied(
            at + 1,
            so_far.total + self.measure(message),
            min(made, default=at),
            so_far.strays + len(ties.answers) - len(made),
            ties.open,
        )


def tying(measure: Measure = one_each) -> Fold[Message, Tied]:
    """The fold that says how a transcript stands; O(1) a message."""
    return Fold(START, Tying(measure))


def open_before(calls: OpenCall | None, place: int) -> int:
    """How many of ``calls`` were made before ``place``."""
    count = 0
    while calls is not None:
        count += calls.at < place
        calls = calls.below
    return count


def is_whole(transcript: Transcript, place: int) -> bool:
    """Whether no result from ``place`` on answers a call before it: all that were open there still are."""
    then, now = transcript.prefix(place).fold(tying()), transcript.fold(tying())
    return open_before(then.open, place) == open_before(now.open, place)


def end_of_first(transcript: Transcript, most: int) -> int:
    """The last whole place among the first ``most`` messages."""
    place = min(most, len(transcript))
    while not is_whole(transcript, place):
        place -= 1
    return place


def start_of_last(transcript: Transcript, most: int, measure: Measure = one_each) -> int:
    """The first whole place behind which messages measure ``most`` or less; O(what is behind it).

    The last message, with all that it is tied to, is behind it whatever it measures: a cut leaves something to see.
    """
    fold = tying(measure)
    here = transcript.fold(fold)
    total, end, earliest = here.total, here.length, here.length
    start, fits = end, True
    while here.length and (fits or start == end):
        at, earliest = here.length - 1, min(earliest, here.reach)
        here = transcript.prefix(at).fold(fold)
        fits = total - here.total <= most
        if earliest >= at and (fits or start == end):
            start = at
    return start


def bridged(transcript: Transcript, head: int, start: int, *between: Message) -> Transcript:
    """``transcript`` with ``between`` in place of what stands from ``head`` up to ``start``; O(what is shown)."""
    if start <= head:
        return transcript
    return Transcript([*transcript.prefix(head), *between, *transcript.since(start)])
