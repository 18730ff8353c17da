"""What the tables say of a run beside its lines: what is open, where messages stand, what it cost, how it ended.

All of it is in the lines too; it stands apart so that it is found without reading them, and is written with them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from decimal import Decimal

from attrs import define, field
from msgspec import Struct
from msgspec.json import decode

from typedagents.trace.lines import (
    Again,
    AnyLine,
    Begun,
    Done,
    End,
    EntryLine,
    FailedLine,
    Header,
    MessageLine,
    Shared,
    line_of,
)

RUN_BITS = 32
"""A line's key is its run's number, then its own: the lines of a run lie together, in order."""

_OUTERMOST = re.compile(r"(?:^|/p[\d-]+\.)(?:t\d+|s)\.$")
"""Turns of conversations in whose log all that was spent below stands: the outermost, and those held inside effects."""


class _Charge(Struct):
    cost_usd: Decimal | None = None
    cached: bool = False


class _Spent(Struct):
    entry: str
    charges: tuple[_Charge, ...] = ()


@define(eq=False)
class Indexing:
    """Writes lines of the run of this number from ``number`` on, and what they say."""

    connection: sqlite3.Connection
    run: int
    number: int
    known: Decimal = field(factory=Decimal, init=False)
    unpriced: int = field(default=0, init=False)

    def add(self, lines: list[bytes]) -> None:
        """All of ``lines``; O(their size)."""
        first = place(self.run, self.number)
        self.connection.executemany("INSERT INTO lines VALUES (?, ?)", enumerate(lines, first))
        changed: float | None = None
        for number, raw in enumerate(lines, self.number):
            line = line_of(raw)
            changed = getattr(line, "at", None) or changed
            for statement, values in self._of(line, number):
                self.connection.execute(statement, values)
        self.number += len(lines)
        if changed is not None:
            self.connection.execute("UPDATE runs SET changed=? WHERE id=?", (changed, self.run))
        if self.known or self.unpriced:
            self._spent()

    def _of(
        self, line: AnyLine, number: int
    ) -> Iterator[tuple[str, tuple[str | int | float | bytes | None, ...]]]:
        match line:
            case Begun(path=path, kind=kind):
                yield "INSERT OR REPLACE INTO open VALUES (?, ?, ?, ?)", (self.run, path, kind, number)
            case Done(path=path) | FailedLine(path=path):
                yield "DELETE FROM open WHERE run=? AND path=?", (self.run, path)
            case MessageLine(head=digest) | Again(head=digest) | Shared(digest=digest):
                yield "INSERT OR IGNORE INTO refs VALUES (?, ?, ?)", (self.run, digest, number)
            case EntryLine(path=path) if _OUTERMOST.search(path):
                self._entry(line)
            case Header(team=team, version=version, at=at):
                yield "UPDATE runs SET team=?, version=?, began=? WHERE id=?", (team, version, at, self.run)
            case End(reason=reason):
                yield "UPDATE runs SET reason=? WHERE id=?", (bytes(reason), self.run)
                yield "DELETE FROM open WHERE run=?", (self.run,)
            case _:  # nothing that is looked for
                pass

    def _entry(self, line: EntryLine) -> None:
        if bytes(line.entry).endswith(b'"entry":"spent"}'):
            for charge in decode(line.entry, type=_Spent).charges:
                if not charge.cached:
                    self.known += charge.cost_usd or 0
                    self.unpriced += charge.cost_usd is None

    def _spent(self) -> None:
        """Money is added up as digits: as a number of SQLite it would be a float."""
        before = self.connection.execute("SELECT known_usd FROM runs WHERE id=?", (self.run,)).fetchone()[0]
        self.connection.execute(
            "UPDATE runs SET known_usd=?, unpriced=unpriced+? WHERE id=?",
            (str(Decimal(before) + self.known), self.unpriced, self.run),
        )


def place(run: int, number: int) -> int:
    """The key of a line."""
    return (run << RUN_BITS) + number
