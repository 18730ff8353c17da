"""A log in an SQLite file, in the tables that AutoGen's users query."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping
from threading import Lock

from typedagents.core.errors import ConfigError

from .rows import RowLogger

__all__ = ["SqliteLogger"]

logger = logging.getLogger(__name__)

TABLES: Mapping[str, str] = {
    "chat_completions": (
        "id INTEGER PRIMARY KEY, invocation_id TEXT, client_id INTEGER, wrapper_id INTEGER, session_id TEXT, "
        "source_name TEXT, request TEXT, response TEXT, is_cached INTEGER, cost REAL, start_time TEXT, end_time TEXT"
    ),
    "agents": (
        "id INTEGER PRIMARY KEY, agent_id INTEGER, wrapper_id INTEGER, session_id TEXT, name TEXT, class TEXT, "
        "init_args TEXT, timestamp TEXT, UNIQUE(agent_id, session_id)"
    ),
    "oai_wrappers": (
        "id INTEGER PRIMARY KEY, wrapper_id INTEGER, session_id TEXT, init_args TEXT, timestamp TEXT, "
        "UNIQUE(wrapper_id, session_id)"
    ),
    "oai_clients": (
        "id INTEGER PRIMARY KEY, client_id INTEGER, wrapper_id INTEGER, session_id TEXT, class TEXT, init_args TEXT, "
        "timestamp TEXT, UNIQUE(client_id, session_id)"
    ),
    "version": "id INTEGER PRIMARY KEY CHECK (id = 1), version_number INTEGER NOT NULL",
    "events": (
        "id INTEGER PRIMARY KEY, event_name TEXT, source_id INTEGER, source_name TEXT, agent_module TEXT, "
        "agent_class_name TEXT, json_state TEXT, timestamp TEXT"
    ),
    "function_calls": (
        "source_id INTEGER, source_name TEXT, function_name TEXT, args TEXT, returns TEXT, timestamp TEXT"
    ),
}
AS_JSON = ("init_args", "request")


class SqliteLogger(RowLogger):
    """Writes to the file ``config["dbname"]`` (``logs.db``); ``:memory:`` is a database in memory."""

    schema_version = 1

    def __init__(self, config: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.config = dict(config or {})
        self.dbname = f"{self.config.get('dbname', 'logs.db')}"
        self._lock = Lock()
        try:
            self.con = sqlite3.connect(self.dbname, check_same_thread=False)
        except sqlite3.Error as error:
            raise ConfigError(
                f"cannot log to {self.dbname}: {error}; name a file that can be written as config={{'dbname': ...}}"
            ) from error

    def start(self) -> str:
        """Makes the tables that are not there, and returns the id of the session."""
        for table, columns in TABLES.items():
            self._run(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        self._run("INSERT OR IGNORE INTO version VALUES (1, ?)", (self.schema_version,))
        return self.session_id

    def keep(self, table: str, row: Mapping[str, object]) -> None:
        """Adds a row. Of an agent the last of a session is kept, of a wrapper or client the first."""
        once = "REPLACE" if table == "agents" else "IGNORE"
        told = {name: _told(name, value) for name, value in row.items()}
        places = ", ".join("?" for _ in told)
        self._run(
            f"INSERT OR {once} INTO {table} ({', '.join(told)}) VALUES ({places})",  # names of ours
            tuple(told.values()),
        )

    def _run(self, query: str, args: tuple[object, ...] = ()) -> None:
        try:
            with self._lock, self.con:
                self.con.execute(query, args)
        except sqlite3.Error as error:
            logger.error(
                "[sqlite logger]Error running query with query %s and args %s: %s", query, args, error
            )

    def stop(self) -> None:
        """Closes the file."""
        self.con.close()

    def get_connection(self) -> sqlite3.Connection:
        """The open database."""
        return self.con


def _told(name: str, value: object) -> object:
    if name == "response":
        return json.dumps({"response": value} if value is None or isinstance(value, str) else value)
    return json.dumps(value) if name in AS_JSON else value
