"""The lines of a trace: JSON objects, one a line, told apart by ``line``. The first is the header.

    header    format and library version, run, team, and the log the run began with
    shared    a value that effects refer to by digest (instructions, tool and output schemas)
    message   one link of a conversation: its digest, that of the link before, the message
    again     one link of another conversation, whose message was written before: the digest of the link it stands under
    entry     an entry of a conversation's log; a message stands there by its digest
    begun     an effect is about to start: path, kind, digest, what repeating it means, and the effect
    done      its result
    failed    its failure
    won       which program won a race
    withheld  an effect that was begun did not start: the run was suspended before
    refused   a limit or budget did not allow the effect at this path; the run ends
    partial   what had streamed in when the run was stopped; shown, never used
    resumed   from here on another process went on
    end       why the run ended, and the digest of its log

An effect is known by its path and digest; a line whose meaning a reader does not know is an error, never skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, decode

from typedagents.core.effect import Path, Repetition
from typedagents.core.errors import TraceError

from .codec import encode

FORMAT = 1


class Line(Struct, frozen=True, tag_field="line", tag=str.lower, forbid_unknown_fields=False):
    """One line."""


class Header(Line, frozen=True, omit_defaults=True):
    """What is needed to run the team again, and what a reader wants to know first."""

    format: int
    library: str
    run: str
    team: str
    agents: tuple[str, ...]
    opening: Raw
    at: float | None = None
    version: str = ""


class Shared(Line, frozen=True):
    """A value that effects refer to by its digest."""

    digest: str
    kind: str
    value: Raw


class MessageLine(Line, frozen=True, tag="message"):
    """One link of a conversation; ``before`` is the digest of the link before, empty for the first."""

    head: str
    before: str
    message: Raw


class Again(Line, frozen=True):
    """One link of a conversation that shares messages with another: cut, branched, or handed on."""

    head: str
    before: str
    of: str


class EntryLine(Line, frozen=True, tag="entry"):
    """An entry of the log of the conversation at ``path``."""

    path: Path
    entry: Raw


class Begun(Line, frozen=True):
    """An effect is about to start."""

    path: Path
    kind: str
    digest: str
    repeat: Repetition
    effect: Raw
    agent: str = ""
    at: float | None = None


class Done(Line, frozen=True):
    """An effect's result."""

    path: Path
    result: Raw
    at: float | None = None


class FailedLine(Line, frozen=True, tag="failed"):
    """An effect's failure."""

    path: Path
    failure: Raw
    at: float | None = None


class Won(Line, frozen=True):
    """Which program won a race."""

    race: str
    label: str


class Withheld(Line, frozen=True):
    """An effect that was begun did not start."""

    path: Path


class Refused(Line, frozen=True):
    """Why the effect at ``path`` was not allowed to start."""

    path: Path
    reason: Raw


class Partial(Line, frozen=True):
    """What had streamed in when the run was stopped."""

    path: Path
    agent: str
    text: str


class Resumed(Line, frozen=True):
    """Another process went on from here."""

    at: float | None = None


class End(Line, frozen=True):
    """Why the run ended, and what its log came to."""

    reason: Raw
    log: str
    length: int
    at: float | None = None


AnyLine: TypeAlias = (
    Header
    | Shared
    | MessageLine
    | Again
    | EntryLine
    | Begun
    | Done
    | FailedLine
    | Won
    | Withheld
    | Refused
    | Partial
    | Resumed
    | End
)
_decoder = Decoder(AnyLine)


def written(line: Line) -> bytes:
    """A line as bytes, with its line break."""
    return encode(line) + b"\n"


def line_of(raw: bytes) -> AnyLine:
    """One line that this library wrote; ``TraceError`` where it is none."""
    try:
        line: AnyLine = _decoder.decode(raw)
    except (ValidationError, DecodeError, UnicodeDecodeError) as error:
        raise TraceError(f"this is no line of a trace: {error}: {raw[:60]!r}") from error
    return line


def parsed(data: Iterable[bytes]) -> Iterator[AnyLine]:
    """The lines of a trace, header first. A torn last line is left out: the crash that tore it lost nothing else.

    ``TraceError`` names the line and the reason where one is damaged, unknown, or of a newer format.
    """
    pending: tuple[int, bytes] | None = None
    for number, raw in enumerate(data, 1):
        if pending is not None:
            yield _line(*pending)
        pending = (number, raw)
    if pending is not None and pending[1].endswith(b"\n"):
        yield _line(*pending)
    elif pending is None or pending[0] == 1:
        raise TraceError(
            "line 1: this trace is empty or was cut within its header; there is nothing to go on from"
        )


def _line(number: int, raw: bytes) -> AnyLine:
    if number == 1:
        _check_format(raw)
    try:
        line: AnyLine = _decoder.decode(raw)
    except ValidationError as error:
        raise TraceError(f"line {number}: {error}; the file is damaged, or of a newer version") from error
    except (DecodeError, UnicodeDecodeError) as error:
        raise TraceError(
            f"line {number}: not JSON ({error}): {raw[:60]!r}; the file is damaged there"
        ) from error
    if (number == 1) is not isinstance(line, Header):
        where = "does not begin with a header" if number == 1 else "has a second header"
        raise TraceError(f"line {number}: the trace {where}; is it another kind of file, or two joined ones?")
    return line


def _check_format(raw: bytes) -> None:
    try:
        head = decode(raw)
    except (DecodeError, UnicodeDecodeError) as error:
        raise TraceError(f"line 1: not JSON ({error}): {raw[:60]!r}; this is no trace") from error
    found = head.get("format") if isinstance(head, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise TraceError(f"line 1: no trace format in {raw[:60]!r}; this is no trace")
    if found > FORMAT:
        raise TraceError(
            f"line 1: trace format {found} was written by typedagents {head.get('library', '?')}; "
            f"this version reads up to {FORMAT}; upgrade typedagents to open it"
        )
