"""Running code as an ordinary process of this machine: no isolation, and only for those who say they accept that.

What can be had without isolation is there: a clean environment, a private folder, limits, a user without rights when
we are root, and a supervisor that ends everything the program started, orphans included.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from anyio.abc import Process
from attrs import field, frozen
from msgspec.json import encode

from typedagents.core.code import Artefact, CodeLimits, Exited, LimitHit, RunEnd, Signalled
from typedagents.core.errors import ConfigError, ExecutorUnavailable

from .commandline import CommandLineExecutor
from .folder import WorkFolder, drops_to
from .planner import SYSTEM_PATH, bounded
from .processes import Command, run_process
from .sandbox import Argv, Capabilities, Chunk, SafePath

SUPERVISOR = Path(__file__).with_name("supervisor.py")
NOT_STARTED = 127
CAPABILITIES = Capabilities(
    isolation="process",
    network=True,
    languages=("python", "bash", "sh", "javascript", "pwsh"),
    unenforced=("isolation", "network"),
)


@frozen
class LocalSandbox:
    """One work folder; see ``LocalExecutor``."""

    folder: WorkFolder

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def exec(
        self,
        argv: Argv,
        *,
        stdin: bytes,
        env: Mapping[str, str],
        limits: CodeLimits,
        watch: Callable[[Chunk], None],
    ) -> RunEnd:
        """Run a program under the supervisor."""
        # A user without rights may not reach an interpreter in our own folders; the system's it can.
        own = () if drops_to() is not None else (os.path.dirname(sys.executable),)
        path = os.pathsep.join((*own, SYSTEM_PATH))
        argv, addresses = bounded(argv, limits)
        program = shutil.which(argv[0], path=path)
        if program is None:
            raise ExecutorUnavailable(
                f"{argv[0]} is not installed", f"install {argv[0]}, or use another language"
            )
        usual = {"PATH": path, "HOME": self.folder.path, "LANG": "C.UTF-8", "TMPDIR": self.folder.path}
        order = {
            "argv": [program, *argv[1:]],
            "env": {**usual, **env},
            "user": drops_to(),
            "limits": {
                "AS": addresses,
                "CPU": max(1, round(limits.cpu_s)),
                "NPROC": limits.processes if drops_to() is not None else None,
                "NOFILE": limits.open_files,
                "FSIZE": limits.file_bytes,
                "CORE": 0,
            },
        }
        line = [sys.executable, "-I", "-S", str(SUPERVISOR), encode(order).decode()]
        watched = await run_process(Command(line, {}, self.folder.path), stdin, limits, watch, _stop)
        return watched.stopped if watched.stopped is not None else _ended(watched.status)

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Put a file into the work folder."""
        self.folder.write(path, data)

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """What programs left in the work folder."""
        return self.folder.collect(limits)

    async def reset(self) -> None:
        """Empty the work folder."""
        self.folder.clear()


def _stop(process: Process) -> None:
    """Have the supervisor end everything."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)


def _ended(status: int) -> RunEnd:
    """How the program ended, by the supervisor's exit status: 128 + n for signal n."""
    number = status - 128
    if number == signal.SIGXCPU:
        return LimitHit("cpu")
    if number == signal.SIGXFSZ:
        return LimitHit("file")
    return Signalled(number) if 0 < number < signal.NSIG else Exited(status)


def _accepted(accept: bool) -> bool:  # noqa: FBT001  # a switch that has to be written out by name
    if not accept:
        raise ConfigError(
            "LocalExecutor runs code with your rights on this machine; write accept_no_isolation=True if you mean that"
        )
    return accept


@frozen
class Local:
    """Sandboxes that are none. ``work_dir``: a folder of yours; else a private one."""

    work_dir: str | None = None
    accept_no_isolation: bool = field(default=False, kw_only=True, converter=_accepted)

    @property
    def capabilities(self) -> Capabilities:
        """What it promises, which is little."""
        return CAPABILITIES

    @asynccontextmanager
    async def open(self) -> AsyncIterator[LocalSandbox]:
        """A work folder, which is removed at the end unless it is yours."""
        if not hasattr(os, "fork"):
            raise ExecutorUnavailable(
                "the local executor needs a POSIX system", "use a container or another machine"
            )
        folder = WorkFolder.make(self.work_dir)
        try:
            yield LocalSandbox(folder)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(folder.remove)


def LocalExecutor(*, accept_no_isolation: bool, work_dir: str | None = None) -> CommandLineExecutor:  # noqa: N802  # named like the class it stands for
    """Run code as processes of this machine; ``ConfigError`` unless ``accept_no_isolation=True``."""
    return CommandLineExecutor(Local(work_dir, accept_no_isolation=accept_no_isolation))
