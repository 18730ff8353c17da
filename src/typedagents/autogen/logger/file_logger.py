"""A log of lines of JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, get_ident

from typedagents.core.errors import ConfigError

from .logger_utils import safe_serialize
from .rows import RowLogger

__all__ = ["FileLogger"]

logger = logging.getLogger(__name__)

FOLDER = "autogen_logs"
NAMES: Mapping[str, str] = {"name": "agent_name", "class": "agent_type", "init_args": "args"}
STATE = ("oai_wrappers", "oai_clients")
"""Tables whose arguments stand in a line as text, under ``json_state``."""


class FileLogger(RowLogger):
    """Writes to ``config["filename"]`` (``runtime.log``) in the folder ``autogen_logs``, a line for each thing."""

    def __init__(self, config: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.config = dict(config or {})
        path = Path.cwd() / FOLDER / f"{self.config.get('filename', 'runtime.log')}"
        self.log_file = str(path)
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"cannot log to {path}: {error}; name a file that can be written as config={{'filename': ...}}"
            ) from error

    def start(self) -> str:
        """Says that a session begins, and returns its id."""
        self._write(f"Started new session with Session ID: {self.session_id}")
        return self.session_id

    def keep(self, table: str, row: Mapping[str, object]) -> None:
        """Adds a line."""
        if table in STATE:
            row = {**row, "json_state": safe_serialize(row["init_args"])}
        if table == "function_calls":
            row = {**row, "input_args": row["args"]}
        told = {NAMES.get(name, name): value for name, value in row.items()}
        self._write(safe_serialize({**told, "thread_id": get_ident()}))

    def _write(self, line: str) -> None:
        try:
            with self._lock:
                self._file.write(f"{line}\n")
                self._file.flush()
        except (OSError, ValueError) as error:
            logger.error("[file logger] cannot write to %s: %s", self.log_file, error)

    def stop(self) -> None:
        """Closes the file."""
        self._file.close()

    def get_connection(self) -> None:
        """None: there is no database."""
