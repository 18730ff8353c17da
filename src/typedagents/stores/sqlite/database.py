"""The SQLite file of a store: its tables, one connection for all who hold it open, and whose a run is.

Any number of processes may use it: each transaction is short, and waits for those of others. It is in WAL mode, so that
readers disturb nobody and what is committed survives the death of any process; with ``fsync`` the loss of power as well.

A run is written by one process at a time. Each says who it is by a file that it holds locked for as long as it writes:
when it dies, however it does, the lock goes, and its runs are free.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from secrets import token_hex
from threading import RLock

from attrs import define, field

from typedagents.core.errors import ConfigError, TraceError
from typedagents.interpreter.traces import locked

BUSY_S = 30.0
"""How long a process waits for another one's writing."""

PAGE_BYTES = 8192
"""Lines of some two thousand bytes fill pages of this size well."""

FORMAT = 1
TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, target TEXT NOT NULL, team TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL DEFAULT '', began REAL, changed REAL, reason BLOB, known_usd TEXT NOT NULL DEFAULT '0',
    unpriced INTEGER NOT NULL DEFAULT 0, writer TEXT
);
CREATE TABLE lines (place INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE refs (
    run INTEGER NOT NULL, digest TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (run, digest)
) WITHOUT ROWID;
CREATE TABLE open (
    run INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE answers (
    run INTEGER NOT NULL, path TEXT NOT NULL, answer BLOB NOT NULL, PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE blobs (digest TEXT NOT NULL UNIQUE, data BLOB NOT NULL);
"""


@define(eq=False)
class Database:
    """See the module's text. The connection is there while somebody holds it."""

    file: FilePath
    fsync: bool = False
    _lock: RLock = field(factory=RLock, init=False)
    _holders: int = field(default=0, init=False)
    _connection: sqlite3.Connection | None = field(default=None, init=False)
    _me: str = field(default="", init=False)
    _my_lock: int = field(default=-1, init=False)

    def prepare(self) -> None:
        """Make the file and its tables where they are missing; ``ConfigError`` where it cannot be used."""
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            with self.held() as connection:
                connection.execute("BEGIN IMMEDIATE")
                found = int(connection.execute("PRAGMA user_version").fetchone()[0])
                if found == 0:
                    for table in TABLES.split(";"):
                        connection.execute(table)
                    connection.execute(f"PRAGMA user_version={FORMAT}")
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"cannot keep runs in {self.file}: {error}; name a file that can be written, or delete a damaged one"
            ) from error
        if found > FORMAT:
            raise ConfigError(
                f"{self.file} was made by a newer version (format {found}, this one reads up to {FORMAT}); upgrade typedagents"
            )

    # --- connections --------------------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self.fsync else 'NORMAL'}")
        return connection

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; closed afterwards where nobody holds it open."""
        with self._lock:
            self.hold()
            try:
                assert self._connection is not None
                yield self._connection
            finally:
                self.let_go()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing. ``TraceError`` where it cannot be written."""
        with self.held() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise TraceError(
                    f"cannot write to {self.file}: {error}; what is in it can be resumed"
                ) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def hold(self) -> None:
        """Keep the connection open until ``let_go``."""
        with self._lock:
            self._connection = self._connection or self._open()
            self._holders += 1

    def let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders and self._connection is not None:
                self._connection.close()
                self._connection = None
                self._leave()

    # --- whose a run is -----------------------------------------------------------------------------------------

    @property
    def _folder(self) -> FilePath:
        return self.file.with_name(f"{self.file.name}.writers")

    def me(self) -> str:
        """Who this process is, for as long as the connection is held."""
        if not self._me:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            name = f"{os.getpid()}-{token_hex(4)}"
            self._my_lock = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
            locked(self._my_lock)
            self._me = name
        return self._me

    def _leave(self) -> None:
        if self._me:
            (self._folder / self._me).unlink(missing_ok=True)
            os.close(self._my_lock)
            self._me = ""

    def writes(self, writer: str | None) -> bool:
        """Whether ``writer`` is a process that lives. What the dead have left is tidied up."""
        if writer is None or writer == self._me:
            return writer is not None
        path = self._folder / writer
        try:
            fd = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            if not locked(fd):
                return True
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(fd)
