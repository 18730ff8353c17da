"""Answers in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import field, frozen

from typedagents.core.errors import ConfigError

BUSY_S = 30.0
"""How long a process waits for another one's writing."""

TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID"


@frozen
class SqliteStore:
    """See ``sqlite_store``. A connection lives for one operation: threads and forks share none, and none stays open."""

    file: Path = field(converter=Path)

    def __attrs_post_init__(self) -> None:
        try:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
            with self._opened():
                pass
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"cannot keep answers in {self.file}: {error}; name a file that can be written, or delete a damaged one"
            ) from error

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=BUSY_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(TABLE)
            yield connection

    def get(self, key: str, /) -> bytes | None:
        with self._opened() as connection:
            found = connection.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        return None if found is None else bytes(found[0])

    def put(self, key: str, data: bytes, /) -> None:
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, data))


def sqlite_store(file: str | os.PathLike[str]) -> SqliteStore:
    """Answers in a file of this machine, which any number of threads and processes may use at once.

    It is made where there is none, readable for its owner only, and holds answers as they are.
    """
    return SqliteStore(Path(file))
