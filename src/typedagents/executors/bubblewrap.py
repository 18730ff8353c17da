"""The default on Linux: each program in namespaces of its own, made by bubblewrap.

It sees the system's programs and libraries read-only, an empty /tmp, its work folder, and nothing else: no network,
no other processes, no environment, no privileges. Limits are set inside, where they bind it alone. Killing the
outermost process ends the process namespace, and with it everything that was ever started in there.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import Process
from attrs import define, field, frozen
from msgspec import DecodeError
from msgspec.json import decode

from typedagents.core.code import Artefact, CodeLimits, Exited, LimitHit, RunEnd, Signalled
from typedagents.core.errors import ExecutorUnavailable

from .folder import WorkFolder, drops_to
from .planner import SYSTEM_PATH, bounded
from .processes import Command, kill_group, run_process
from .sandbox import Argv, Capabilities, Chunk, SafePath

WORKSPACE = "/workspace"
TMP_BYTES = 64 << 20
SIGNALS = 128
HINT = "install bubblewrap (Debian: apt-get install bubblewrap; or pip install 'typedagents[bwrap]')"
NO_NAMESPACES = (
    "this system does not let users make namespaces; allow that (sysctl kernel.unprivileged_userns_clone=1, or "
    "user.max_user_namespaces), or run code elsewhere"
)
CAPABILITIES = Capabilities(
    isolation="namespace", network=False, languages=("python", "bash", "sh", "javascript", "pwsh")
)


def find_bwrap() -> str:
    """Where bubblewrap is: on the path, or beside this interpreter; ``ExecutorUnavailable`` where it is not."""
    if not sys.platform.startswith("linux"):
        raise ExecutorUnavailable(f"bubblewrap needs Linux, this is {sys.platform}", "run code elsewhere")
    beside = os.path.join(os.path.dirname(sys.executable), "bwrap")
    found = shutil.which("bwrap") or (beside if os.access(beside, os.X_OK) else None)
    if found is None:
        raise ExecutorUnavailable("bubblewrap (bwrap) is not installed", HINT)
    return found


def _system() -> list[str]:
    """The system's programs and libraries, read-only; links such as /bin stay what they are here."""
    args = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(name):
            args += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            args += ["--ro-bind", name, name]
    for name in ("/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/certs"):
        if os.path.exists(name):
            args += ["--ro-bind", name, name]
    return args


def command_line(
    bwrap: str,
    work: str,
    argv: Sequence[str],
    env: Mapping[str, str],
    limits: CodeLimits,
    fd: int,
    *,
    read_only: Sequence[str] = (),
) -> list[str]:
    """The whole command; ``fd`` is where bubblewrap says how the program ended."""
    line = [
        bwrap,
        *["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"],
    ]
    line += [*["--clearenv", "--cap-drop", "ALL"], *_system(), *["--proc", "/proc", "--dev", "/dev"]]
    for folder in ("/tmp", "/dev/shm"):
        line += ["--size", str(TMP_BYTES), "--tmpfs", folder]
    for folder in read_only:
        line += ["--ro-bind", folder, folder]
    line += ["--bind", work, WORKSPACE, "--chdir", WORKSPACE]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--json-status-fd", str(fd)]
    usual = {"PATH": SYSTEM_PATH, "HOME": WORKSPACE, "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
    for name, value in {**usual, **env}.items():
        line += ["--setenv", name, value]
    cpu = max(1, round(limits.cpu_s))
    argv, addresses = bounded(tuple(argv), limits)
    bounds = [f"--cpu={cpu}:{cpu + 1}", f"--nproc={limits.processes}", f"--nofile={limits.open_files}"]
    bounds += [f"--fsize={limits.file_bytes}", "--core=0"]
    bounds += [] if addresses is None else [f"--as={addresses}"]
    return [*line, "--", "prlimit", *bounds, "--", *argv]


@frozen
class BubblewrapSandbox:
    """One work folder; see ``Bubblewrap``."""

    bwrap: str
    folder: WorkFolder
    read_only: tuple[str, ...] = ()

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
        """Run a program in fresh namespaces over the work folder."""
        if shutil.which(argv[0], path=SYSTEM_PATH) is None:
            raise ExecutorUnavailable(
                f"{argv[0]} is not among the system's programs ({SYSTEM_PATH})", "install it there"
            )
        status = Status()
        try:
            line = command_line(
                self.bwrap, self.folder.path, argv, env, limits, status.write_fd, read_only=self.read_only
            )
            command = Command(line, {}, "/", drops_to(), (status.write_fd,))
            watched = await run_process(command, stdin, limits, watch, status.end_namespace)
            if watched.stopped is not None:
                return watched.stopped
            return _ended(status.found("exit-code"), watched.status)
        finally:
            status.close()

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Put a file into the work folder."""
        self.folder.write(path, data)

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """What programs left in the work folder."""
        return self.folder.collect(limits)

    async def reset(self) -> None:
        """Empty the work folder."""
        self.folder.clear()


@define
class Status:
    """What bubblewrap tells of the program: which process it is, and how it ended."""

    read_fd: int = field(init=False)
    write_fd: int = field(init=False)
    _data: bytes = field(default=b"", init=False)

    def __attrs_post_init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        os.set_blocking(self.read_fd, False)

    def found(self, key: str) -> int | None:
        """The number told under ``key`` so far."""
        with suppress(BlockingIOError):
            self._data += os.read(self.read_fd, 1 << 16)
        for line in self._data.splitlines():
            with suppress(DecodeError):
                told = decode(line)
                if isinstance(told, dict) and isinstance(told.get(key), int):
                    return int(told[key])
        return None

    def end_namespace(self, process: Process) -> None:
        """Kill the first process of the namespace: the kernel reports its end when all others in there are gone."""
        child = self.found("child-pid")
        if child is None:
            kill_group(process, signal.SIGKILL)
            return
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    def close(self) -> None:
        """Let go of both ends."""
        os.close(self.read_fd)
        os.close(self.write_fd)


def _ended(code: int | None, status: int) -> RunEnd:
    if code is None:
        raise ExecutorUnavailable(f"bubblewrap could not start the program (status {status})", NO_NAMESPACES)
    number = code - SIGNALS
    if number == signal.SIGXCPU:
        return LimitHit("cpu")
    if number == signal.SIGXFSZ:
        return LimitHit("file")
    return Signalled(number) if 0 < number < signal.NSIG else Exited(code)


@frozen
class Bubblewrap:
    """Sandboxes by bubblewrap. ``work_dir``: a folder of yours that programs may read and write; else a private one.

    ``read_only``: folders that they see besides, in the same place, such as a virtual environment.
    """

    work_dir: str | None = None
    bwrap: str = field(factory=find_bwrap)
    read_only: tuple[str, ...] = field(default=(), converter=tuple[str, ...], kw_only=True)

    @property
    def capabilities(self) -> Capabilities:
        """What it promises."""
        return CAPABILITIES

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BubblewrapSandbox]:
        """A sandbox with its folder, which is removed at the end unless it is yours."""
        folder = WorkFolder.make(self.work_dir)
        try:
            yield BubblewrapSandbox(self.bwrap, folder, self.read_only)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(folder.remove)
