"""What a logger is told. Programs may bring one of their own: ``runtime_logging.start(logger=...)``."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from uuid import UUID

from typedagents.autogen.layer.python import Python


class BaseLogger(ABC):
    """Is told of agents, calls of models and functions, and events, from ``start`` to ``stop``."""

    @abstractmethod
    def start(self) -> str:
        """Begins, and returns the id of the session."""

    @abstractmethod
    def log_chat_completion(
        self,
        invocation_id: UUID | str,
        client_id: int,
        wrapper_id: int,
        source: object,
        request: Mapping[str, object],
        response: object,
        is_cached: int,
        cost: float | None,
        start_time: str,
    ) -> None:
        """A model was asked ``request`` for ``source``, an agent or its name, and answered ``response``."""

    @abstractmethod
    def log_new_agent(self, agent: object, init_args: Mapping[str, object]) -> None:
        """An agent was made of these arguments."""

    @abstractmethod
    def log_event(self, source: object, name: str, **kwargs: object) -> None:
        """Something happened to ``source``, an agent or its name."""

    @abstractmethod
    def log_new_wrapper(self, wrapper: object, init_args: Mapping[str, object]) -> None:
        """An ``OpenAIWrapper`` was made of these arguments."""

    @abstractmethod
    def log_new_client(self, client: object, wrapper: object, init_args: Mapping[str, object]) -> None:
        """A client of a service was made of these arguments."""

    @abstractmethod
    def log_function_use(
        self, source: object, function: Python, args: Mapping[str, object], returns: object
    ) -> None:
        """``function`` was called for ``source``."""

    @abstractmethod
    def stop(self) -> None:
        """Ends."""

    @abstractmethod
    def get_connection(self) -> sqlite3.Connection | None:
        """The database that is written to, where there is one."""
