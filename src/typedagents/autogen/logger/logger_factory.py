"""Which logger is meant."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.exception_utils import InvalidValue

from .base_logger import BaseLogger
from .file_logger import FileLogger
from .sqlite_logger import SqliteLogger


class LoggerFactory:
    """Makes loggers."""

    @staticmethod
    def get_logger(logger_type: str = "sqlite", config: Mapping[str, object] | None = None) -> BaseLogger:
        """A logger of this kind: ``"sqlite"`` or ``"file"``."""
        match logger_type:
            case "sqlite":
                return SqliteLogger(config)
            case "file":
                return FileLogger(config)
            case _:
                raise InvalidValue(f"logger_type is 'sqlite' or 'file'; found {logger_type!r:.60}")
