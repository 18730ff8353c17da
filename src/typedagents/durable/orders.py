"""What passes between those who submit conversations, the engine, and the workers: orders, errands, reports.

A conversation is ordered by the name of its team; what it holds travels as the lines of its trace, each once. An errand is an
effect to be performed by whoever takes it: its ``begun`` line, and before it the lines that the store may lack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from secrets import token_hex

from attrs import define, field, frozen
from msgspec import Raw, Struct
from msgspec.json import decode
from msgspec.json import encode as to_json

from typedagents import __version__
from typedagents.core.context import Change
from typedagents.core.effect import AnyEffect, Path
from typedagents.core.errors import PolicyError
from typedagents.core.kernel import opened
from typedagents.core.log import Log
from typedagents.core.registry import Teams
from typedagents.core.stop import StopReason
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.driver import Driver
from typedagents.interpreter.snapshot import decode_snapshot, encode_snapshot
from typedagents.interpreter.world import Opening
from typedagents.trace.codec import encode, read_entries, read_reason, short
from typedagents.trace.identity import EffectId
from typedagents.trace.lines import Begun
from typedagents.trace.recorder import Recorder
from typedagents.trace.state import Library, Link


class Order(Struct, frozen=True):
    """A conversation to be held: its run, its team, and the log it begins with, or from where it goes on."""

    run: str
    team: str
    version: str
    opening: Raw
    going_on: GoingOn | None = None


class GoingOn(Struct, frozen=True):
    """From where a conversation goes on: a snapshot, the names of the pages that hold its logs, the number of its next
    line, and the lines of the effects that were about to start, with their numbers.
    """

    snapshot: Raw
    pages: tuple[str, ...]
    at: int
    intents: tuple[tuple[int, Raw], ...]


class Entered(Struct, frozen=True):
    """One entry of a log, on a page."""

    head: str
    before: str
    entry: Raw


class Piece(Struct, frozen=True):
    """Lines to keep, of which the first is number ``at``."""

    run: str
    at: int
    lines: list[Raw]


class Errand(Piece, frozen=True):
    """An effect of ``agent`` to perform: its ``begun`` line is the last."""

    agent: str


class Report(Struct, frozen=True):
    """How a conversation ended. Its whole trace is in the store of the workers."""

    run: str
    reason: Raw
    log: str
    length: int
    summary: str

    @property
    def why(self) -> StopReason:
        """Why it ended."""
        return read_reason(decode(self.reason))


def ordered(
    team: Team[AnyEffect],
    said: Opening = None,
    *,
    after: Log | None = None,
    context: Iterable[Change] = (),
    run: str | None = None,
) -> Order:
    """The order to hold a conversation of ``team``, opened as ``World.run`` opens it."""
    log = opened(team, said, after=after, context=context).log
    return Order(
        run or f"{team.name or 'run'}-{token_hex(6)}", team.name, team.version, Raw(encode(list(log)))
    )


def report_of(run: str, ended: Ended) -> Report:
    """What is told of a conversation that has ended."""
    log = ended.log
    return Report(run, Raw(encode(ended.reason)), short(log.head), len(log), log.summary)


@frozen
class Intent:
    """The line that tells of the beginning of an effect, and its number."""

    number: int
    line: bytes
    begun: Begun

    @property
    def name(self) -> str:
        """What engines call the effect: no other of the run is called so, nor this one after a change of the team."""
        return str(EffectId(self.begun.path, self.begun.kind, self.begun.digest))


@define(eq=False)
class Lines:
    """The lines of a run, numbered from 0. ``pending``: those that the store may lack, the first of them number ``at``."""

    at: int = 0
    pending: list[bytes] = field(factory=list)
    intents: dict[Path, Intent] = field(factory=dict)
    """Of the effects that are about to start."""

    def write(self, line: bytes) -> None:
        if line.startswith(b'{"line":"begun"'):
            self.intend(self.at + len(self.pending), line)
        self.pending.append(line)

    def intend(self, number: int, line: bytes) -> None:
        """Know this line, of an effect that is about to start."""
        begun = decode(line, type=Begun)
        self.intents[begun.path] = Intent(number, line, begun)

    def take(self) -> tuple[int, list[bytes]]:
        """The pending lines, which from here on are somebody else's to store."""
        at, lines = self.at, self.pending
        self.at, self.pending = at + len(lines), []
        return at, lines


@frozen
class Held:
    """A conversation about to be driven: its driver, the lines that it writes, and what is stored of its logs."""

    run: str
    driver: Driver[AnyEffect]
    lines: Lines
    library: Library


def taken(order: Order, teams: Teams[AnyEffect], budget: Budget, clock: Callable[[], float]) -> Held:
    """The conversation that was ordered; ``UnknownTeam`` where this worker does not have its team."""
    team = teams.find(order.team, order.version)
    opening = Ready(Log(read_entries(decode(order.opening))))
    lines = Lines()
    recorder = Recorder(lines.write, clock)
    recorder.header(__version__, order.run, team, opening.log)
    return Held(order.run, Driver(team, opening, None, recorder, budget), lines, Library())


# --- lines under way --------------------------------------------------------------------------------------------


def raws(lines: Sequence[bytes], most: int) -> list[Raw]:
    """As an engine takes them, which might try again for ever with what is too large for it: so that ends the run."""
    for line in lines:
        if len(line) > most:
            raise PolicyError(
                f"a line of the trace has {len(line)} bytes, of {most} that the engine takes; say less, or where it is "
                f"to be found: {line[:80].decode(errors='replace')}..."
            )
    return [Raw(line.removesuffix(b"\n")) for line in lines]


def pieces(run: str, at: int, lines: Sequence[bytes], size: int, most: int) -> Iterator[Piece]:
    """``lines``, of which the first is number ``at``, in pieces of about this size."""
    while lines:
        count, held = 0, 0
        while count < len(lines) and (not count or held + len(lines[count]) <= size):
            held += len(lines[count])
            count += 1
        yield Piece(run, at, raws(lines[:count], most))
        at, lines = at + count, lines[count:]


# --- going on from a snapshot -----------------------------------------------------------------------------------


def pages_of(held: Held, size: int) -> tuple[Raw, list[bytes]]:
    """A snapshot of ``held`` between two effects, and what its logs hold that is on no page yet, in pages of this size."""
    known = set(held.library.links)
    snapshot = encode_snapshot(held.driver.stored(), held.library, held.driver.team)
    pages: list[list[Entered]] = []
    room = 0
    for head, link in held.library.links.items():
        if head not in known:
            if not pages or room <= 0:
                pages.append([])
                room = size
            pages[-1].append(Entered(head, link.before, Raw(link.entry)))
            room -= len(link.entry)
    return Raw(snapshot), [to_json(page) for page in pages]


def gone_on(
    order: Order,
    on: GoingOn,
    pages: Iterable[bytes],
    teams: Teams[AnyEffect],
    budget: Budget,
    clock: Callable[[], float],
) -> Held:
    """The conversation that was snapshot, with the pages that it names."""
    team = teams.find(order.team, order.version)
    library = Library()
    for page in pages:
        for one in decode(page, type=list[Entered]):
            library.links[one.head] = Link(one.before, bytes(one.entry))
    snapshot = decode_snapshot(bytes(on.snapshot), library, team)
    lines = Lines(on.at)
    for number, line in on.intents:
        lines.intend(number, bytes(line) + b"\n")
    recorder = Recorder.after(snapshot.logs, lines.write, clock)
    driver = Driver(team, Ready(snapshot.logs[0]), None, recorder, budget, snapshot=snapshot)
    return Held(order.run, driver, lines, library)
