"""Programs in files of a folder, each run in a container of its own, with that folder in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.code.command_line import CommandLineExecutor
from typedagents.autogen.layer.code.docker import containers_over
from typedagents.autogen.layer.code.running import Programs, limits_of
from typedagents.executors.containers.fresh import IMAGE
from typedagents.executors.sandbox import SandboxFactory

__all__ = ["DockerCommandLineCodeExecutor"]


class DockerCommandLineCodeExecutor(CommandLineExecutor):
    """Runs blocks of code in containers of ``image`` over the folder ``work_dir``, where their files stay.

    Each program has a container of its own, without network, which is removed when it ends: so nothing is left to
    stop, and ``container_name``, ``auto_remove`` and ``stop_container`` change nothing. Docker is asked at the first
    run; ``ExecutorUnavailable`` says what is missing, the image perhaps: nothing is downloaded.
    """

    def __init__(
        self,
        image: str = IMAGE,
        container_name: str | None = None,
        timeout: int = 60,
        work_dir: Path | str = ".",
        bind_dir: Path | str | None = None,
        auto_remove: bool = True,
        stop_container: bool = True,
        execution_policies: Mapping[str, bool] | None = None,
    ) -> None:
        super().__init__(timeout, work_dir, execution_policies)
        self._image = image
        self._bind_dir = Path(work_dir if bind_dir is None else bind_dir)
        if self._bind_dir.absolute() != self._work_dir.absolute():
            raise InvalidValue(
                f"bind_dir {str(bind_dir)!r} is another folder than work_dir {str(work_dir)!r}: Docker has to see files where"
                " they are written. Give the one folder as work_dir, under a path that Docker knows"
            )

    @property
    def bind_dir(self) -> Path:
        """The folder that containers see."""
        return self._bind_dir

    def stop(self) -> None:
        """Each container ends with its program, so there is nothing to stop."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _place(self) -> SandboxFactory:
        return containers_over(str(self._work_dir.absolute()), self._image)

    def _manner(self) -> Programs:
        return Programs(self.execution_policies, limits_of(self._timeout))
