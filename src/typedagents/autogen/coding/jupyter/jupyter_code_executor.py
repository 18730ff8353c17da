"""A notebook in a place of one's choice."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.code.notebook import KERNEL, Notebook

from .base import JupyterConnectable, JupyterConnectionInfo

__all__ = ["JupyterCodeExecutor"]


class JupyterCodeExecutor(Notebook):
    """Runs blocks as cells of one kernel, which runs where ``jupyter_server`` says; ``timeout`` in seconds, for each."""

    def __init__(
        self,
        jupyter_server: JupyterConnectable | JupyterConnectionInfo,
        kernel_name: str = KERNEL,
        timeout: int = 60,
        output_dir: Path | str = ".",
    ) -> None:
        if not isinstance(jupyter_server, JupyterConnectable):
            raise InvalidValue(
                f"no kernel runs on a server of somebody else's; found {jupyter_server!r:.100}. Give LocalJupyterServer(),"
                " DockerJupyterServer(custom_image_name=...), or an object whose kernels() is an executor"
            )
        super().__init__(timeout, kernel_name, output_dir, jupyter_server.kernels)

    def stop(self) -> None:
        """End the kernel."""
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
