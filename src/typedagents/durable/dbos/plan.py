"""Where DBOS keeps its workflows, and how: names, JSON instead of pickle, SQLite's write-ahead log."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from attrs import field, frozen
from dbos import DBOS, Serializer
from msgspec import DecodeError
from msgspec.json import decode, encode

from typedagents.core.errors import ConfigError, TraceError
from typedagents.durable.errors import EngineError

CONVERSATION = "typedagents.conversation"
CONVERSATIONS = "typedagents.conversations"
TURNSTILE = "typedagents.turnstile"
WAITING = "waiting"
"""The event under which a conversation says whom it waits for."""

SQLITE = "sqlite:///"


class JsonSerializer(Serializer):
    """JSON for arguments, results and failures. DBOS's own would read pickles from the database."""

    def serialize(self, data: object) -> str:
        if isinstance(data, BaseException):
            return encode({"raised": type(data).__name__, "text": str(data)}).decode()
        return encode(data).decode()

    def deserialize(self, serialized_data: str) -> object:
        try:
            found: object = decode(serialized_data)
        except DecodeError as error:
            raise TraceError(f"DBOS holds what is no JSON ({error}): {serialized_data[:60]!r}") from error
        if isinstance(found, dict) and found.keys() == {"raised", "text"}:
            return EngineError(f"{found['raised']}: {found['text']}")
        return found

    def name(self) -> str:
        return "typedagents_json"


def _database(url: str) -> str:
    if not url.startswith((SQLITE, "postgresql")):
        raise ConfigError(f"DBOS keeps its workflows in {SQLITE}FILE or postgresql://...; found {url!r}")
    return url


def _named(text: str) -> str:
    if not text:
        raise ConfigError("an executor has a name that stays the same when it is started again; found ''")
    return text


@frozen
class DbosPlan:
    """``url``: a SQLite file or a PostgreSQL database, for DBOS's own tables.

    ``executor``: the name of this worker. It takes up the conversations that it had when it was ended, under this name
    only, so start it again under the same. ``version``: workers take up only what their own version began; policies have
    versions of their own, so it changes with the library's format, not with them.
    """

    url: str = field(default=f"{SQLITE}typedagents.dbos.sqlite", converter=_database)
    executor: str = field(default="worker", converter=_named)
    version: str = "typedagents-1"
    polls_s: float = 0.2

    def prepare(self) -> None:
        """Make DBOS's tables, where there are none; give a SQLite file its write-ahead log, for several processes."""
        if self.url.startswith(SQLITE):
            with closing(sqlite3.connect(self.url.removeprefix(SQLITE))) as file:
                file.execute("PRAGMA journal_mode=WAL")
        DBOS.migrate(self.url)
