"""The default on Linux: each program in namespaces of its own, made by bubblewrap.

It sees the system's programs and libraries read-only, an empty /tmp, its work folder, and nothing else: no network,
no other processes, no environment, no privileges. Limits are set inside, where they bind it alone. Killing the first
process of the process namespace ends all that was ever started in there; the kernel says when the last is gone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from attrs import Factory, field, frozen

from typedagents.core.code import CodeLimits, RunEnd
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.environments import checked_venv, folders_of, variables_of
from typedagents.executors.folder import FolderSandbox, Loan, WorkFolder, drops_to, work_folder
from typedagents.executors.planner import SYSTEM_PATH, bounded, installed
from typedagents.executors.sandbox import Capabilities, Job

from .child import Command
from .running import overhearing, run_process, shell_end
from .status import Status

WORKSPACE = "/workspace"
TMP_BYTES = 64 << 20
HINT = "install bubblewrap (Debian: apt-get install bubblewrap; or pip install 'typedagents[bwrap]')"
NO_NAMESPACES = (
    "this system does not let users make namespaces; allow that (sysctl kernel.unprivileged_userns_clone=1, or "
    "user.max_user_namespaces), or run code elsewhere"
)
NEWER: Mapping[str, str] = {
    "--disable-userns": "namespaces made by the program",
    "--size": "size of temporary folders",
}
"""What older versions of bubblewrap do not know, and what is not enforced then."""


def find_bwrap() -> str:
    """Where bubblewrap is: on the path, or beside this interpreter; ``ExecutorUnavailable`` where it is not."""
    if not sys.platform.startswith("linux"):
        raise ExecutorUnavailable(f"bubblewrap needs Linux, this is {sys.platform}", "run code elsewhere")
    beside = os.path.join(os.path.dirname(sys.executable), "bwrap")
    found = shutil.which("bwrap") or (beside if os.access(beside, os.X_OK) else None)
    if found is None:
        raise ExecutorUnavailable("bubblewrap (bwrap) is not installed", HINT)
    for tool in ("prlimit", "unshare"):
        if shutil.which(tool, path=SYSTEM_PATH) is None:
            raise ExecutorUnavailable(
                f"{tool}, which the sandbox is made with, is missing", "install util-linux"
            )
    return found


def _as_nobody() -> list[str]:
    """What goes before a command that is not to run as root.

    Python would copy itself to change the user: for each 100 MB that it holds that takes 5 ms, this always one.
    """
    user, tool = drops_to(), shutil.which("unshare", path=SYSTEM_PATH)
    return [] if user is None else [str(tool), f"--setgid={user}", f"--setuid={user}", "--"]


def lacking(bwrap: str) -> frozenset[str]:
    """Which of our options this bubblewrap does not know; takes about 3 ms."""
    try:
        told = subprocess.run([bwrap, "--help"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return frozenset(NEWER)
    words = (told.stdout + told.stderr).decode(errors="replace").split()
    return frozenset(NEWER) - frozenset(words)


def _system() -> list[str]:
    """The system's programs and libraries, read-only; links such as /bin stay what they are here."""
    args = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(name):
            args += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            args += ["--ro-bind", name, name]
    for name in ("/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"):
        if os.path.exists(name):
            args += ["--ro-bind", name, name]
    return args


def _bounds(limits: CodeLimits, addresses: int | None) -> list[str]:
    """The command that sets limits: none above what binds us already, which nobody without rights can raise."""
    import resource  # not on every system on which this module has to import

    wanted = {
        "cpu": max(1, round(limits.cpu_s)),
        "nproc": limits.processes,
        "nofile": limits.open_files,
        "fsize": limits.file_bytes,
        "core": 0,
        "as": addresses,
    }
    line = ["prlimit"]
    for name, value in wanted.items():
        if value is not None:
            hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # One more second of processor time for those who want to say something at the first signal.
            line.append(
                f"--{name}={most}:{most + 1}" if name == "cpu" and most < hard else f"--{name}={most}"
            )
    return [*line, "--"]


def command_line(box: Bubblewrap, work: str, job: Job, fd: int) -> list[str]:
    """The whole command; ``fd`` is where bubblewrap says how the program ended."""
    line = [*_as_nobody(), box.bwrap, "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    line += [] if "--disable-userns" in box.lacks else ["--disable-userns"]
    line += [*["--clearenv", "--cap-drop", "ALL"], *_system(), *["--proc", "/proc", "--dev", "/dev"]]
    size = [] if "--size" in box.lacks else ["--size", str(TMP_BYTES)]
    for folder in ("/tmp", "/dev/shm"):
        line += [*size, "--tmpfs", folder]
    for folder in box.shown:
        line += ["--ro-bind", folder, folder]
    line += ["--bind", work, WORKSPACE, "--chdir", WORKSPACE]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--json-status-fd", str(fd)]
    usual = {"HOME": WORKSPACE, "LANG": "C.UTF-8", "TMPDIR": "/tmp", **variables_of(box.venv, SYSTEM_PATH)}
    for name, value in {**usual, **job.env}.items():
        line += ["--setenv", name, value]
    argv, addresses = bounded(job.argv, job.limits)
    return [*line, "--", *_bounds(job.limits, addresses), *argv]


def _promised(box: Bubblewrap) -> Capabilities:
    unenforced = tuple(what for option, what in NEWER.items() if option in box.lacks)
    path = variables_of(box.venv, SYSTEM_PATH)["PATH"]
    return Capabilities("namespace", False, installed(path), unenforced=unenforced)


@frozen
class Bubblewrap:
    """Sandboxes by bubblewrap. ``work_dir``: a folder of yours that programs may read and write; else a private one.

    When you are root, ``work_dir`` belongs to the user without rights that programs run as while a sandbox is open.
    ``CommandLineExecutor(Bubblewrap("results"))`` leaves in ``results`` what programs write. ``read_only``: folders that
    they see besides, in the same place. ``venv``: a virtual environment whose Python they run in.
    """

    work_dir: str | None = None
    bwrap: str = field(factory=find_bwrap)
    read_only: tuple[str, ...] = field(default=(), converter=tuple[str, ...], kw_only=True)
    venv: str | None = field(default=None, converter=checked_venv, kw_only=True)
    _shown: tuple[str, ...] = field(
        default=Factory(lambda self: folders_of(self.venv), takes_self=True), init=False, repr=False
    )
    lacks: frozenset[str] = field(
        default=Factory(lambda self: lacking(self.bwrap), takes_self=True), init=False, repr=False
    )
    capabilities: Capabilities = field(default=Factory(_promised, takes_self=True), init=False, repr=False)
    _loan: Loan = field(factory=Loan, init=False, repr=False, eq=False)

    @property
    def shown(self) -> tuple[str, ...]:
        """All the folders that programs see besides the system's."""
        return (*self.read_only, *self._shown)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BubblewrapSandbox]:
        """A sandbox with its folder, which is removed at the end unless it is yours."""
        async with work_folder(self.work_dir, self._loan) as folder:
            yield BubblewrapSandbox(folder, self)


@frozen
class BubblewrapSandbox(FolderSandbox):
    """One work folder; see ``Bubblewrap``."""

    folder: WorkFolder
    box: Bubblewrap

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program in fresh namespaces over the work folder."""
        said, job = overhearing(job)
        status = Status()
        try:
            line = command_line(self.box, self.folder.path, job, status.write_fd)
            command = Command(line, {}, "/", (status.write_fd,))
            watched = await run_process(command, job, status)
            if watched.stopped is not None:
                return watched.stopped
            return _ended(status.found("exit-code"), watched.status, said.kept.text)
        finally:
            status.close()


def unusable(text: str) -> str:
    """What to do about a bubblewrap that said this."""
    refused = any(word in text for word in ("namespace", "uid map", "Operation not permitted"))
    return NO_NAMESPACES if refused or not text else "see 'typedagents doctor' for what works here"


def _ended(code: int | None, status: int, text: str) -> RunEnd:
    if code is None:
        said = text.strip() or f"status {status}"
        raise ExecutorUnavailable(f"bubblewrap could not start the program ({said})", unusable(text))
    return shell_end(code)
