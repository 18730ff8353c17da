"""Where kernels run."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import field, frozen

from typedagents.executors.commandline import CommandLineExecutor

__all__ = ["JupyterConnectable", "JupyterConnectionInfo"]


@frozen
class JupyterConnectionInfo:
    """Where a server of somebody else's is. No executor here asks one: kernels run on this machine, without a port."""

    host: str
    use_https: bool
    port: int | None = None
    token: str | None = field(default=None, repr=False)


@runtime_checkable
class JupyterConnectable(Protocol):
    """A place for kernels."""

    def kernels(self) -> CommandLineExecutor:
        """An executor whose Python runs in kernels there; ``ExecutorUnavailable`` where it cannot."""
        ...
