"""A notebook in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.code.command_line import options_of
from typedagents.autogen.layer.code.notebook import KERNEL, Notebook

from .base import JupyterConnectable
from .local_jupyter_server import LocalJupyterServer

__all__ = ["EmbeddedIPythonCodeExecutor"]

OPTIONS = ("timeout", "kernel_name", "output_dir")


class EmbeddedIPythonCodeExecutor(Notebook):
    """Runs blocks as cells of one kernel, in bubblewrap: variables last, there is no network, and no file of yours.

    ``timeout`` is in seconds, for each block. Pictures and pages that cells show are kept in ``output_dir``. ``server``
    is another place for the kernel. It starts with the first block; ``ExecutorUnavailable`` where it cannot.
    """

    def __init__(
        self,
        timeout: int = 60,
        kernel_name: str = KERNEL,
        output_dir: Path | str = ".",
        *,
        server: JupyterConnectable | None = None,
    ) -> None:
        super().__init__(timeout, kernel_name, output_dir, (server or LocalJupyterServer()).kernels)

    @classmethod
    def configured(cls, options: Mapping[str, object]) -> EmbeddedIPythonCodeExecutor:
        """The executor with these options, as a configuration holds them."""
        options = options_of(options, OPTIONS)
        timeout, folder = options.get("timeout", 60), options.get("output_dir", ".")
        if not isinstance(timeout, int | float):
            raise InvalidValue(f"timeout is a number of seconds; found {timeout!r:.60}")
        if not isinstance(folder, str | Path):
            raise InvalidValue(f"output_dir is a path; found {folder!r:.60}")
        return cls(int(timeout), str(options.get("kernel_name", KERNEL)), folder)
