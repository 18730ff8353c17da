"""Runs in one SQLite file of this machine: their traces, what they wait for, what people have answered, and blobs.

Traces are the same, line for line, as those in files. One file holds many runs, and tells of each without reading its
trace: how it stands, whom it waits for, why it ended, what it cost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from pathlib import Path as FilePath
from sqlite3 import Connection
from typing import Literal, TypeAlias

from attrs import Factory, define, field, frozen
from msgspec.json import decode

from typedagents.core.effect import proved
from typedagents.core.errors import ConfigError, TraceError
from typedagents.core.human import HumanAnswer
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.stop import StopReason
from typedagents.interpreter.prompts import KINDS, Prompt, prompt_of
from typedagents.trace.codec import encode, read, read_reason
from typedagents.trace.lines import Again, AnyLine, Begun, MessageLine, Shared, line_of

from .database import Database
from .index import Indexing, place

ENGINE = ""
"""Who writes a run that a durable engine drives: many processes, by turns."""

Standing: TypeAlias = Literal["running", "waiting", "answered", "stopped", "ended"]
"""``running``: a process writes it, or an engine holds it. ``waiting``: for people. ``answered``: they have. ``stopped``: by
a crash, or asked to. The last three go on when they are resumed; on an engine, when they are answered there."""


@frozen
class StoredRun:
    """What a store tells of a run. Times are seconds since 1970; of the cost ``unpriced`` calls are not known."""

    name: str
    team: str
    version: str
    target: str
    standing: Standing
    prompts: tuple[Prompt, ...]
    reason: StopReason | None
    began: float | None
    changed: float | None
    known_usd: Decimal
    unpriced: int


@frozen
class _Answer:
    answer: HumanAnswer


@define(eq=False)
class _Writer:
    """An open trace: the database is held, and the run is this process's, until it is closed."""

    database: Database
    run: int
    name: str
    number: int
    _closed: bool = field(default=False, init=False)

    @property
    def place(self) -> str:
        return f"{self.database.file}:{self.name}"

    def append(self, data: bytes, /) -> None:
        if self._closed:
            raise TraceError(f"the trace {self.place} is closed")
        with self.database.writing() as connection:
            indexing = Indexing(connection, self.run, self.number)
            indexing.add(data.splitlines(keepends=True))
        self.number = indexing.number

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with self.database.writing() as connection:
                connection.execute("UPDATE runs SET writer=NULL WHERE id=?", (self.run,))
            self.database.let_go()


@frozen
class SqliteRuns:
    """See ``sqlite_runs``. ``target`` is noted beside new runs: where their team is found again."""

    file: FilePath = field(converter=FilePath)
    fsync: bool = False
    target: str = ""
    _database: Database = field(
        default=Factory(lambda self: Database(self.file, self.fsync), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )

    def __attrs_post_init__(self) -> None:
        self._database.prepare()

    # --- as a store of traces -----------------------------------------------------------------------------------

    def create(self, run: str, /) -> _Writer:
        if not run or "/" in run:
            raise ConfigError(
                f"a run is named by words without a slash, which begins its prompts; found {run!r}"
            )
        self._database.hold()
        try:
            with self._database.writing() as connection:
                connection.execute("INSERT OR IGNORE INTO runs (name, target) VALUES (?, '')", (run,))
                found, writer = connection.execute(
                    "SELECT id, writer FROM runs WHERE name=?", (run,)
                ).fetchone()
                # One without lines is that of a process that died before it wrote anything.
                if self._lines(found) or self._database.writes(writer):
                    raise TraceError(
                        f"there is a run {run!r} in {self.file} already; resume it, or give the run another name"
                    )
                connection.execute(
                    "UPDATE runs SET target=?, writer=? WHERE id=?", (self.target, self._database.me(), found)
                )
        except BaseException:
            self._database.let_go()
            raise
        return _Writer(self._database, found, run, 0)

    def read(self, run: str, /) -> Sequence[bytes]:
        with self._database.held() as connection:
            number = self._number(run)
            first, last = place(number, 0), place(number + 1, 0)
            rows = connection.execute(
                "SELECT data FROM lines WHERE place>=? AND place<? ORDER BY place", (first, last)
            )
            return [row[0] for row in rows]

    def reopen(self, run: str, /) -> _Writer:
        self._database.hold()
        try:
            with self._database.writing() as connection:
                number = self._number(run)
                writer = connection.execute("SELECT writer FROM runs WHERE id=?", (number,)).fetchone()[0]
                if writer == ENGINE:
                    raise TraceError(
                        f"{_held(run, self.file)} and goes on there by itself; answer what it asks"
                    )
                if self._database.writes(writer):
                    raise TraceError(
                        f"the run {run!r} in {self.file} is being written; wait until whoever writes it is done"
                    )
                connection.execute("UPDATE runs SET writer=? WHERE id=?", (self._database.me(), number))
                return _Writer(self._database, number, run, self._lines(number))
        except BaseException:
            self._database.let_go()
            raise

    # --- for the workers of a durable engine --------------------------------------------------------------------

    def extend(self, run: str, at: int, lines: Sequence[bytes], /) -> int:
        """Keep these lines, the first of which has the number ``at``; how many were not there already.

        Those that are there are left alone, so that whoever is not sure may send them again. ``TraceError`` where lines
        between are missing.
        """
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO runs (name, target, writer) VALUES (?, ?, ?)",
                (run, self.target, ENGINE),
            )
            number = self._number(run)
            known = self._lines(number)
            if at > known:
                raise TraceError(
                    f"line {at} of run {run!r} cannot follow line {known - 1}; send what is between"
                )
            new = list(lines[known - at :])
            Indexing(connection, number, known).add(new)
            return len(new)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep the file open while inside, for all runs."""
        self._database.hold()
        try:
            yield
        finally:
            self._database.let_go()

    def shelf(self, run: str, /) -> SqliteShelf:
        """What the effects of a run refer to."""
        with self._database.held():
            return SqliteShelf(self._database, run, self._number(run))

    def keep(self, data: bytes, /) -> str:
        """Keep ``data``, once, under its SHA-256, which is returned."""
        digest = sha256(data).hexdigest()
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, data))
        return digest

    def kept(self, digest: str, /) -> bytes:
        """What was kept under ``digest``; ``TraceError`` where nothing was."""
        with self._database.held() as connection:
            found = connection.execute("SELECT data FROM blobs WHERE digest=?", (digest,)).fetchone()
        if found is None:
            raise TraceError(f"nothing is kept in {self.file} under {digest}; is it the file of another run?")
        return bytes(found[0])

    # --- for people ---------------------------------------------------------------------------------------------

    def answer(self, prompt: str, answer: HumanAnswer, /) -> None:
        """Leave an answer to the prompt of this id (``run/path``), to be found when its run is resumed.

        The first counts; the same again changes nothing. ``TraceError`` for another one, where no such prompt is open, and
        for a run on a durable engine, which has to be told itself.
        """
        run, _, path = prompt.partition("/")
        said = encode(answer)
        with self._database.writing() as connection:
            number = self._number(run)
            before = connection.execute(
                "SELECT answer FROM answers WHERE run=? AND path=?", (number, path)
            ).fetchone()
            if before is not None and before[0] == said:
                return
            if before is not None:
                raise TraceError(f"{prompt} was answered before; the first answer counts")
            known = [one.id for one in self._prompts(connection, run, number)]
            if prompt not in known:
                raise TraceError(f"no prompt {prompt} is open; open are: {', '.join(known) or 'none'}")
            writer = connection.execute("SELECT writer FROM runs WHERE id=?", (number,)).fetchone()[0]
            if writer == ENGINE:
                raise TraceError(
                    f"{_held(run, self.file)}, which has to be told: typedagents answer {prompt} TEXT --engine dbos or "
                    "temporal, with --url or --address and --queue as its workers have them; or client.answer(...)"
                )
            connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (number, path, said))

    def given(self, prompt: str, /) -> HumanAnswer | None:
        """The answer that was left to this prompt, if any; see ``answered_later``."""
        run, _, path = prompt.partition("/")
        with self._database.held() as connection:
            found = connection.execute(
                "SELECT answer FROM answers JOIN runs ON id=run WHERE name=? AND path=?", (run, path)
            ).fetchone()
        return None if found is None else read({"answer": decode(found[0])}, _Answer).answer

    def runs(self) -> tuple[StoredRun, ...]:
        """All runs, those that changed last at the end; O(their number), however long they are."""
        with self._database.held() as connection:
            names = connection.execute("SELECT name FROM runs ORDER BY changed, id").fetchall()
            return tuple([self.run(row[0]) for row in names])

    def run(self, name: str, /) -> StoredRun:
        """One of them; ``TraceError`` where there is none of this name."""
        with self._database.held() as connection:
            number = self._number(name)
            row = connection.execute(
                "SELECT team, version, target, began, changed, known_usd, unpriced, reason, writer FROM runs WHERE id=?",
                (number,),
            ).fetchone()
            prompts = self._prompts(connection, name, number)
            answered = connection.execute(
                "SELECT answers.path FROM answers JOIN open USING (run, path) WHERE run=?", (number,)
            ).fetchall()
        team, version, target, began, changed, known, unpriced, reason, writer = row
        standing: Standing = "stopped"
        if reason is not None:
            standing = "ended"
        elif writer == ENGINE:
            standing = "waiting" if prompts else "running"
        elif self._database.writes(writer):
            standing = "running"
        elif answered:
            standing = "answered"
        elif prompts:
            standing = "waiting"
        why = None if reason is None else read_reason(decode(reason))
        return StoredRun(
            name, team, version, target, standing, prompts, why, began, changed, Decimal(known), unpriced
        )

    # --- looking up ---------------------------------------------------------------------------------------------

    def _number(self, run: str) -> int:
        with self._database.held() as connection:
            found = connection.execute("SELECT id FROM runs WHERE name=?", (run,)).fetchone()
            if found is None:
                some = connection.execute("SELECT name FROM runs ORDER BY changed DESC LIMIT 5").fetchall()
                known = ", ".join(row[0] for row in some) or "none"
                raise TraceError(f"no run in {self.file} is named {run!r}; the last there are: {known}")
            return int(found[0])

    def _lines(self, number: int) -> int:
        """How many lines a run has: they have no gaps."""
        with self._database.held() as connection:
            last = connection.execute(
                "SELECT max(place) FROM lines WHERE place>=? AND place<?",
                (place(number, 0), place(number + 1, 0)),
            ).fetchone()[0]
            return 0 if last is None else int(last) - place(number, 0) + 1

    def _prompts(self, connection: Connection, run: str, number: int) -> tuple[Prompt, ...]:
        """What people are asked in this run that nobody has answered."""
        rows = connection.execute(
            "SELECT data FROM open JOIN lines ON place = (run << 32) + open.number "
            "WHERE run=? AND kind IN (?, ?, ?) AND path NOT IN (SELECT path FROM answers WHERE answers.run=open.run) "
            "ORDER BY open.number",
            (number, *KINDS),
        )
        begun = (proved(line_of(row[0]), Begun) for row in rows)
        return tuple([prompt for one in begun if (prompt := prompt_of(run, one)) is not None])


@frozen
class SqliteShelf:
    """What effects of one run refer to, found without reading its trace; O(what is asked for)."""

    database: Database
    run: str
    number: int

    def transcript(self, head: str, length: int, /) -> Transcript:
        links: list[MessageLine | Again] = []
        with self.database.held() as connection:
            while len(links) < length:
                links.append(_link(self._line(connection, head)))
                head = links[-1].before
            found = [self._message(connection, link) for link in reversed(links)]
        return Transcript(found)

    def value(self, digest: str, /) -> object:
        with self.database.held() as connection:
            found: object = decode(proved(self._line(connection, digest), Shared).value)
            return found

    def _message(self, connection: Connection, link: MessageLine | Again) -> Message:
        line = link if isinstance(link, MessageLine) else self._line(connection, link.of)
        return read(decode(proved(line, MessageLine).message), Message)

    def _line(self, connection: Connection, digest: str) -> AnyLine:
        row = connection.execute(
            "SELECT data FROM refs JOIN lines ON place = (run << 32) + number WHERE run=? AND digest=?",
            (self.number, digest),
        ).fetchone()
        if row is None:
            raise TraceError(f"{digest} is not in the trace of run {self.run!r} in {self.database.file}")
        return line_of(row[0])


def _held(run: str, file: FilePath) -> str:
    return f"the run {run!r} in {file} is held by a durable engine"


def _link(line: AnyLine) -> MessageLine | Again:
    return line if isinstance(line, Again) else proved(line, MessageLine)


def sqlite_runs(file: str | os.PathLike[str], *, fsync: bool = False) -> SqliteRuns:
    """Runs in a file of this machine, which any number of processes may use at once; to be given to a ``World``.

    It is made where there is none, readable for its owner only. What was written survives the death of the process;
    with ``fsync`` a loss of power too, at the cost of the disk's time.
    """
    return SqliteRuns(FilePath(file), fsync)
