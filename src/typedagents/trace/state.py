"""A stored run as bytes, and back: what a durable engine keeps between two steps.

Logs are written by reference, as a length and the head of their chain; their entries are kept apart, each once, in a
``Library``. Open effects are not written at all: whoever reads a state settles the team again, and that asks for them
anew; their digests are compared, so that a team that changed meanwhile is found out. Results are read back as what
their effects result in, which the same settling tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import define, field, frozen
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import decode as from_json
from msgspec.json import encode as to_json

from typedagents.core.ambient import Now
from typedagents.core.counting import Counts
from typedagents.core.effect import AnyEffect, E, Failed, Ok, Outcome, Path, Tallied, proved
from typedagents.core.errors import Divergence, TraceError
from typedagents.core.log import Log
from typedagents.core.machine import ROOT, Open
from typedagents.core.stored import Awaiting, settled
from typedagents.core.team import Team
from typedagents.core.turn import Ended, Ready
from typedagents.core.usage import Charge

from .codec import encode as written
from .codec import read, read_entry, read_reason, result_type, short
from .identity import signature
from .recording import CAUSES

STATE_FORMAT = 1


@frozen
class Link:
    """One entry of a log, as JSON, and the head of the chain before it."""

    before: str
    entry: bytes


@define
class Library:
    """The entries of logs, by the head of the chain that each ends. Keep ``links`` wherever states are kept."""

    links: dict[str, Link] = field(factory=dict)

    def add(self, log: Log) -> dict[str, Link]:
        """Keep ``log``; what the library lacked of it, which is all that needs to be stored. O(what it lacked)."""
        length = len(log)
        lacking: list[int] = []
        while length and short(log.prefix(length).head) not in self.links:
            lacking.append(length)
            length -= 1
        added = {
            short(log.prefix(length).head): Link(short(log.prefix(length - 1).head), written(log[length - 1]))
            for length in reversed(lacking)
        }
        self.links.update(added)
        return added

    def log(self, head: str, length: int) -> Log:
        """The log of this head; ``TraceError`` where an entry of it is missing or damaged."""
        entries: list[bytes] = []
        here = head
        while here and len(entries) < length:
            link = self.links.get(here)
            if link is None:
                raise TraceError(
                    f"the entry {here} of a log of {length} is not in the library; it was not stored, or lost"
                )
            entries.append(link.entry)
            here = link.before
        log = Log(read_entry(_json(entry)) for entry in reversed(entries))
        if len(log) != length or short(log.head) != head:
            raise TraceError(f"the log {head} of {length} does not add up; the library is damaged")
        return log


def _json(data: bytes) -> object:
    try:
        return from_json(data)
    except (DecodeError, UnicodeDecodeError) as error:
        raise TraceError(f"the library is damaged: {error}: {data[:60]!r}") from error


# --- the written form -------------------------------------------------------------------------------------------


class LogReference(Struct, frozen=True):
    """A log by the head of its chain."""

    head: str
    length: int


class Frame(Struct, frozen=True):
    """A conversation after its last turn; ``reason`` is null until it has ended."""

    log: LogReference
    reason: Raw

    @property
    def ended(self) -> bool:
        """Whether there is a reason."""
        return bytes(self.reason) != b"null"


class Came(Struct, frozen=True):
    """What became of an effect, a result or a failure, and what it takes to know the effect again."""

    kind: str
    digest: str
    did: Literal["ok", "failed"]
    value: Raw


class Tallies(Struct, frozen=True):
    """What came back below a nested conversation."""

    effects: dict[str, int]
    charges: Raw


class Asked(Struct, frozen=True):
    """An open effect: what it takes to know it again."""

    path: str
    kind: str
    digest: str


class State(Struct, frozen=True):
    """A stored run. One that has ended has an ``end`` and nothing else."""

    format: int
    team: str
    end: Frame | None = None
    frames: dict[str, Frame] = {}
    tallies: dict[str, Tallies] = {}
    journal: dict[str, Came] = {}
    winners: dict[str, str] = {}
    counts: dict[str, tuple[int, int, str, int]] = {}
    open: tuple[Asked, ...] = ()


def _raw(value: object) -> Raw:
    return Raw(written(value))


def _frame(state: object, library: Library) -> Frame:
    if not isinstance(state, Ready | Ended):
        raise TraceError(f"cannot store {state!r:.60}; only conversations can be remembered")
    library.add(state.log)
    reason = state.reason if isinstance(state, Ended) else None
    return Frame(LogReference(short(state.log.head), len(state.log)), _raw(reason))


def _came(outcome: Outcome, kind: str, digest: str) -> Came:
    if isinstance(outcome, Ok):
        return Came(kind, digest, "ok", _raw(outcome.value))
    return Came(kind, digest, "failed", _raw(outcome))


def _signatures(team: Team[E], stored: Awaiting[E | Now]) -> dict[Path, tuple[str, str]]:
    """The kinds and digests of the effects in the journal: the team is settled again, and asks for them."""
    found: dict[Path, tuple[str, str]] = {}

    def known(one: Open[E | Now]) -> Outcome | None:
        if one.path in stored.journal:
            found[one.path] = signature(one.effect)
        return stored.journal.get(one.path)

    settled(team, stored, known, {one.path for one in stored.open})
    return found


def encode(stored: Awaiting[E | Now] | Ended, library: Library, team: Team[E]) -> bytes:
    """``stored`` as JSON; the entries of its logs go into ``library``. O(what is under way), however long the run."""
    if isinstance(stored, Ended):
        return to_json(State(STATE_FORMAT, team.name, _frame(stored, library)))
    asked = _signatures(team, stored)
    return to_json(
        State(
            STATE_FORMAT,
            team.name,
            None,
            {path: _frame(state, library) for path, state in stored.frames.items()},
            {path: Tallies(dict(t.effects), _raw(t.charges)) for path, t in stored.tallies.items()},
            {path: _came(outcome, *asked[path]) for path, outcome in stored.journal.items() if path in asked},
            dict(stored.winners),
            {p: (c.effects, c.model_calls, c.likeness, c.repeats) for p, c in stored.counts.items()},
            tuple(Asked(one.path, *signature(one.effect)) for one in stored.open),
        )
    )


# --- reading ----------------------------------------------------------------------------------------------------


@frozen
class _Charges:
    charges: tuple[Charge, ...]


def _put_back(frame: Frame, library: Library) -> Ready | Ended:
    log = library.log(frame.log.head, frame.log.length)
    return Ended(log, read_reason(from_json(frame.reason))) if frame.ended else Ready(log)


def _tallied(written: Tallies) -> Tallied:
    return Tallied(written.effects, read({"charges": from_json(written.charges)}, _Charges).charges)


def _outcome(one: Open[AnyEffect], came: Came) -> Outcome:
    if signature(one.effect) != (came.kind, came.digest):
        raise Divergence(_parted(one.path, Asked(one.path, came.kind, came.digest), one))
    value = from_json(came.value)
    if came.did == "failed":
        return read(value, Failed)
    return Ok(one.effect.accept(read(value, result_type(type(one.effect)))))


def _state(data: bytes) -> State:
    try:
        state = from_json(data, type=State)
    except (ValidationError, DecodeError, UnicodeDecodeError) as error:
        raise TraceError(f"this is no stored run: {error}: {data[:60]!r}") from error
    if state.format > STATE_FORMAT:
        raise TraceError(
            f"a stored run of format {state.format}; this version reads up to {STATE_FORMAT}; upgrade typedagents"
        )
    return state


def decode(data: bytes, library: Library, team: Team[E]) -> Awaiting[E | Now] | Ended:
    """A stored run, as it was; ``Divergence`` where ``team`` is not the one it was stored with."""
    state = _state(data)
    outermost = state.end or state.frames.get(ROOT)
    if outermost is None or not (state.end is None or state.end.ended):
        raise TraceError("this is no stored run: its outermost conversation is missing or damaged")
    if state.end is not None:
        return proved(_put_back(state.end, library), Ended)
    known: Mapping[str, Came] = state.journal
    asked = {one.path: one for one in state.open}
    before: Awaiting[E | Now] = Awaiting(
        {Path(path): _put_back(frame, library) for path, frame in state.frames.items()},
        {Path(path): _tallied(tally) for path, tally in state.tallies.items()},
        {},
        state.winners,
        {Path(path): Counts(*counts) for path, counts in state.counts.items()},
        (),
    )
    again = settled(
        team, before, lambda one: _outcome(one, known[one.path]) if one.path in known else None, asked.keys()
    )
    _compare(again, asked, known)
    return again


def _parted(path: str, then: Asked | None, now: Open[AnyEffect] | None) -> str:
    held = f"holds {then.kind}" if then else "holds nothing"
    found = f"asks for {now.effect.kind}" if now else "asks for nothing"
    other = " with other arguments" if then and now and then.kind == now.effect.kind else ""
    return f"at {path}: the stored run {held}, the team now {found}{other} there; {CAUSES}"


def _compare(again: Awaiting[E | Now] | Ended, asked: Mapping[str, Asked], known: Mapping[str, Came]) -> None:
    """Raise ``Divergence`` where the team no longer asks for what it had asked for when it was stored."""
    if isinstance(again, Ended):
        raise Divergence(f"the stored run was not over, but ends now: {again.reason}; {CAUSES}")
    now: dict[str, Open[E | Now]] = {one.path: one for one in again.open}
    for path in sorted(now.keys() | asked.keys()):
        then, here = asked.get(path), now.get(path)
        if here is None or then != Asked(path, *signature(here.effect)):
            raise Divergence(_parted(path, then, here))
    lost = known.keys() - again.journal.keys()
    if lost:
        raise Divergence(
            f"the team no longer asks for what the stored run has results of: {', '.join(sorted(lost))}; {CAUSES}"
        )
