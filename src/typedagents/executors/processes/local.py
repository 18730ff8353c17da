"""Running code as an ordinary process of this machine: no isolation, and only for those who say they accept that.

What can be had without isolation is there: a clean environment, a private folder, limits, a user without rights when
we are root, and a supervisor that ends everything the program started, orphans included.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import field, frozen
from msgspec.json import encode

from typedagents.core.code import Exited, RunEnd
from typedagents.core.errors import ConfigError, ExecutorUnavailable
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.environments import checked_venv, variables_of
from typedagents.executors.folder import FolderSandbox, Loan, WorkFolder, barrier, drops_to, work_folder
from typedagents.executors.planner import SYSTEM_PATH, bounded, installed
from typedagents.executors.sandbox import Capabilities, Job

from .child import Child, Command, Pending
from .running import run_process, shell_end

SUPERVISOR = Path(__file__).with_name("supervisor.py")


def search_path() -> str:
    """Where programs are looked for: beside this interpreter, where they may go there, then in the system."""
    places = {os.path.dirname(sys.executable), os.path.dirname(os.path.realpath(sys.executable))}
    closed = drops_to() is not None and any(barrier(place) for place in places)
    return SYSTEM_PATH if closed else os.pathsep.join((os.path.dirname(sys.executable), SYSTEM_PATH))


def capabilities(path: str) -> Capabilities:
    """What can be promised without isolation, which is little."""
    # A limit on processes counts all of a user's, so it can only be set for one who has no others.
    uncounted = () if drops_to() is not None else ("processes",)
    unenforced = ("isolation", "network", *uncounted)
    return Capabilities("process", True, installed(path), unenforced=unenforced)


@frozen
class Supervised:
    """The supervisor ends all that the program started, and then itself, when it is told to."""

    async def began(self) -> None:
        """Nothing has to be known first."""

    def end(self, child: Child, /) -> Pending | None:
        """Tell the supervisor."""
        if not child.over:
            child.tell(signal.SIGTERM)
        return child.pending


@frozen
class LocalSandbox(FolderSandbox):
    """One work folder; see ``LocalExecutor``."""

    folder: WorkFolder
    box: Local

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program under the supervisor."""
        found = self.box.found
        argv, addresses = bounded(job.argv, job.limits)
        program = shutil.which(argv[0], path=found["PATH"])
        if program is None:
            raise ExecutorUnavailable(
                f"{argv[0]} is not installed", f"install {argv[0]}, or use another language"
            )
        usual = {"HOME": self.folder.path, "LANG": "C.UTF-8", "TMPDIR": self.folder.path, **found}
        order = {
            "argv": [program, *argv[1:]],
            "env": {**usual, **job.env},
            "user": drops_to(),
            "limits": {
                "AS": addresses,
                "CPU": max(1, round(job.limits.cpu_s)),
                "NPROC": job.limits.processes if drops_to() is not None else None,
                "NOFILE": job.limits.open_files,
                "FSIZE": job.limits.file_bytes,
                "CORE": 0,
            },
        }
        line = [sys.executable, "-I", "-S", str(SUPERVISOR), encode(order).decode()]
        command = Command(line, {}, self.folder.path)
        watched = await run_process(command, job, Supervised())
        return watched.stopped if watched.stopped is not None else _ended(watched.status)


def _ended(status: int) -> RunEnd:
    """How the program ended: the supervisor ends in the same way."""
    return shell_end(128 - status) if status < 0 else Exited(status)


def _accepted(accept: bool) -> bool:  # noqa: FBT001  # a switch that has to be written out by name
    if not accept:
        raise ConfigError(
            "LocalExecutor runs code with your rights on this machine; write accept_no_isolation=True if you mean that"
        )
    return accept


@frozen
class Local:
    """Sandboxes that are none. ``work_dir``: a folder of yours; else a private one.

    ``venv``: a virtual environment whose Python programs run in.
    """

    work_dir: str | None = None
    accept_no_isolation: bool = field(default=False, kw_only=True, converter=_accepted)
    venv: str | None = field(default=None, converter=checked_venv, kw_only=True)
    _loan: Loan = field(factory=Loan, init=False, repr=False, eq=False)

    @property
    def capabilities(self) -> Capabilities:
        """What it promises, which is little."""
        return capabilities(self.found["PATH"])

    @property
    def found(self) -> Mapping[str, str]:
        """The variables by which programs are found."""
        return variables_of(self.venv, search_path())

    @asynccontextmanager
    async def open(self) -> AsyncIterator[LocalSandbox]:
        """A work folder, which is removed at the end unless it is yours."""
        if not hasattr(os, "fork"):
            raise ExecutorUnavailable(
                "the local executor needs a POSIX system", "use a container or another machine"
            )
        async with work_folder(self.work_dir, self._loan) as folder:
            yield LocalSandbox(folder, self)


def LocalExecutor(  # noqa: N802  # named like the class it stands for
    *, accept_no_isolation: bool, work_dir: str | None = None, venv: str | None = None
) -> CommandLineExecutor:
    """Run code as processes of this machine; ``ConfigError`` unless ``accept_no_isolation=True``."""
    return CommandLineExecutor(Local(work_dir, accept_no_isolation=accept_no_isolation, venv=venv))
