"""What agents, models and functions do, written to a database or a file from ``start`` to ``stop``.

    session = runtime_logging.start(config={"dbname": "logs.db"})
    user.initiate_chat(assistant, message="What is 2**10?")
    runtime_logging.stop()

Keys and addresses of models are left out. A trace (``ChatResult.trace``) holds more, and can be replayed.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from .layer.python import Python
from .logger.base_logger import BaseLogger
from .logger.logger_factory import LoggerFactory

__all__ = [
    "get_connection",
    "log_chat_completion",
    "log_event",
    "log_function_use",
    "log_new_agent",
    "log_new_client",
    "log_new_wrapper",
    "logging_enabled",
    "start",
    "stop",
]

complaints = logging.getLogger(__name__)


class _Session:
    """The logger of the program."""

    logger: ClassVar[BaseLogger | None] = None
    on: ClassVar[bool] = False


def start(
    logger: BaseLogger | None = None,
    logger_type: str = "sqlite",
    config: Mapping[str, object] | None = None,
) -> str:
    """Begin to log, and return the id of the session. ``config``: the file, as ``dbname`` or ``filename``."""
    _Session.logger = logger or LoggerFactory.get_logger(logger_type, config)
    session = _Session.logger.start()
    _Session.on = True
    return session


def stop() -> None:
    """End logging."""
    if _Session.logger is not None:
        _Session.logger.stop()
    _Session.on = False


def logging_enabled() -> bool:
    """Whether the program logs."""
    return _Session.on


def get_connection() -> sqlite3.Connection | None:
    """The database that is written to; None where a file is."""
    logger = _logger()
    return None if logger is None else logger.get_connection()


def _logger() -> BaseLogger | None:
    if _Session.logger is None:
        complaints.error("nothing is logged: call runtime_logging.start() first")
    return _Session.logger


def log_chat_completion(
    invocation_id: UUID | str,
    client_id: int,
    wrapper_id: int,
    agent: object,
    request: Mapping[str, object],
    response: object,
    is_cached: int,
    cost: float | None,
    start_time: str,
) -> None:
    """A model was asked for ``agent``."""
    if (logger := _logger()) is not None:
        logger.log_chat_completion(
            invocation_id, client_id, wrapper_id, agent, request, response, is_cached, cost, start_time
        )


def log_new_agent(agent: object, init_args: Mapping[str, object]) -> None:
    """An agent was made of these arguments."""
    if (logger := _logger()) is not None:
        logger.log_new_agent(agent, init_args)


def log_event(source: object, name: str, **kwargs: object) -> None:
    """Something happened to an agent."""
    if (logger := _logger()) is not None:
        logger.log_event(source, name, **kwargs)


def log_function_use(agent: object, function: Python, args: Mapping[str, object], returns: object) -> None:
    """``function`` was called for ``agent``."""
    if (logger := _logger()) is not None:
        logger.log_function_use(agent, function, args, returns)


def log_new_wrapper(wrapper: object, init_args: Mapping[str, object]) -> None:
    """An ``OpenAIWrapper`` was made of these arguments."""
    if (logger := _logger()) is not None:
        logger.log_new_wrapper(wrapper, init_args)


def log_new_client(client: object, wrapper: object, init_args: Mapping[str, object]) -> None:
    """A client of a service was made of these arguments."""
    if (logger := _logger()) is not None:
        logger.log_new_client(client, wrapper, init_args)
