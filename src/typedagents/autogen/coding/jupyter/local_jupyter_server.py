"""Kernels on this machine."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.jupyter.kernels import jupyter_executor

__all__ = ["LocalJupyterServer"]


class LocalJupyterServer:
    """A place for kernels: bubblewrap on this machine, with the ipykernel of this environment.

    No server runs and no port is open: kernels are spoken to over sockets in their own folder, which no other program
    sees. So ``ip``, ``port``, ``token`` and what is said of a log change nothing.
    """

    def __init__(
        self,
        ip: str = "127.0.0.1",
        port: int | None = None,
        token: object = None,
        log_file: str = "",
        log_level: str = "INFO",
        log_max_bytes: int = 0,
        log_backup_count: int = 0,
    ) -> None:
        pass

    def kernels(self) -> CommandLineExecutor:
        """The executor."""
        return jupyter_executor()

    def stop(self) -> None:
        """There is no server to stop; kernels end with their executor."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
