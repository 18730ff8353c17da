"""Each program in a container of its own, made and removed by Docker or Podman over the work folder.

No network, a read-only system, no capabilities, no way to gain rights, a user without any; memory, processes and
files are limited by the engine, what one process may take by its shell. Removing the container ends all that ran in it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex
from tempfile import TemporaryDirectory

import anyio
from attrs import define, field, frozen
from httpx import AsyncClient

from typedagents.core.code import CodeLimits, LimitHit, RunEnd, TimedOut
from typedagents.core.errors import ExecutorUnavailable

from .commandline import CommandLineExecutor
from .engine import START_IT, Engine, EngineName, Frames, Json
from .folder import FolderSandbox, Loan, WorkFolder, work_folder
from .planner import SYSTEM_PATH, bounded
from .processes import FLOOD, shell_end
from .sandbox import Argv, Capabilities, Chunk

WORKSPACE = "/workspace"
STDIN = "/run/stdin"
TMP_BYTES = 64 << 20
KILLED = 137
USERS_PROCESSES = 4096
"""Podman raises this limit where none is named, which not every system allows. It counts all that a user runs."""

IMAGE = "python:3-slim"

SHELL = 'exec 3>&2 2>/dev/null; [ "$1" = 0 ] || ulimit -v "$1"; shift; "$@" <"$0" 2>&3 3>&-; exit $?'
"""The first process: a program that is the first itself would not be ended by signals. Says nothing of its own."""

DOCKER_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")
PODMAN_SOCKETS = ("$XDG_RUNTIME_DIR/podman/podman.sock", "/run/podman/podman.sock")


def find_socket(name: EngineName) -> str:
    """Where the engine of this name listens; ``ExecutorUnavailable`` where nothing is found."""
    told = os.environ.get("DOCKER_HOST", "") if name == "docker" else os.environ.get("CONTAINER_HOST", "")
    if told.startswith("unix://"):
        return told.removeprefix("unix://")
    if told:
        raise ExecutorUnavailable(
            f"{name} is at {told}, but work folders are shared with an engine on this machine only",
            "name a socket: unix:///path",
        )
    for place in DOCKER_SOCKETS if name == "docker" else PODMAN_SOCKETS:
        path = os.path.expandvars(place)
        if os.path.exists(path):
            return path
    raise ExecutorUnavailable(f"no socket of {name} was found", START_IT[name])


def container_of(
    box: Containers, folder: WorkFolder, argv: Argv, env: Mapping[str, str], limits: CodeLimits, stdin: str
) -> Json:
    """What to make: one program, its limits, and nothing of the machine but the work folder."""
    argv, addresses = bounded(argv, limits)
    usual = {"PATH": SYSTEM_PATH, "HOME": WORKSPACE, "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
    user = os.getuid() if folder.owner is None else folder.owner
    binds = [f"{folder.path}:{WORKSPACE}:rw", *([f"{stdin}:{STDIN}:ro"] if stdin else [])]
    cpu = max(1, round(limits.cpu_s))
    ulimits = {"nofile": limits.open_files, "fsize": limits.file_bytes, "core": 0, "cpu": cpu}
    if box.engine.name == "podman":
        ulimits["nproc"] = USERS_PROCESSES
    return {
        "Image": box.image,
        "Entrypoint": ["sh", "-c", SHELL, STDIN if stdin else "/dev/null"],
        "Cmd": [str(0 if addresses is None else addresses >> 10), *argv],
        "Env": [f"{name}={value}" for name, value in {**usual, **env}.items()],
        "WorkingDir": WORKSPACE,
        "User": f"{user}:{user if folder.owner is not None else os.getgid()}",
        "Labels": {"typedagents": "sandbox"},
        "NetworkDisabled": True,
        "HostConfig": {
            "Binds": binds,
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "Memory": limits.memory_bytes,
            "MemorySwap": limits.memory_bytes,
            "PidsLimit": limits.processes,
            "Ulimits": [{"Name": name, "Soft": most, "Hard": most} for name, most in ulimits.items()],
            "Tmpfs": {"/tmp": f"size={TMP_BYTES},mode=1777"},
            "ShmSize": TMP_BYTES,
            "IpcMode": "private",
            "LogConfig": {"Type": "none", "Config": {}},
        },
    }


@define
class Reading:
    """What a program wrote so far, and whether that was too much."""

    limits: CodeLimits
    watch: Callable[[Chunk], None]
    flooded: bool = False
    _frames: Frames = field(factory=Frames, init=False)
    _written: dict[str, int] = field(factory=dict, init=False)

    async def read(self, pieces: AsyncIterator[bytes]) -> None:
        """Read to the end, or to the limit."""
        async for piece in pieces:
            for chunk in self._frames.take(piece):
                self._written[chunk.stream] = self._written.get(chunk.stream, 0) + len(chunk.data)
                self.watch(chunk)
                if self._written[chunk.stream] > FLOOD * self.limits.output_bytes:
                    self.flooded = True
                    return


@frozen
class Containers:
    """Sandboxes in containers. ``work_dir``: a folder of yours that programs may read and write; else a private one.

    ``image`` has to hold ``sh`` and the commands of ``languages``, and has to be there: nothing is downloaded.
    """

    engine: Engine
    image: str = IMAGE
    work_dir: str | None = None
    languages: tuple[str, ...] = field(default=("python", "sh", "bash"), converter=tuple[str, ...])
    _loan: Loan = field(factory=Loan, init=False, repr=False, eq=False)

    @property
    def capabilities(self) -> Capabilities:
        """What they promise."""
        # Podman's filter of system calls lets programs make namespaces.
        unenforced = ("namespaces made by the program",) if self.engine.name == "podman" else ()
        return Capabilities("container", network=False, languages=self.languages, unenforced=unenforced)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ContainerSandbox]:
        """A sandbox with its folder, which is removed at the end unless it is yours."""
        async with work_folder(self.work_dir, self._loan) as folder:
            yield ContainerSandbox(folder, self)


@frozen
class ContainerSandbox(FolderSandbox):
    """One work folder; see ``Containers``."""

    folder: WorkFolder
    box: Containers

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(
        self,
        argv: Argv,
        *,
        stdin: bytes,
        env: Mapping[str, str],
        limits: CodeLimits,
        watch: Callable[[Chunk], None],
    ) -> RunEnd:
        """Run a program in a container of its own over the work folder."""
        name = f"typedagents-{token_hex(8)}"
        engine = self.box.engine
        with _kept(stdin) as path:
            config = container_of(self.box, self.folder, argv, env, limits, path)
            async with engine.client() as client:
                try:
                    with anyio.CancelScope(shield=True):  # interrupted, it might be made after we removed it
                        await engine.create(client, name, config)
                    return await _run(engine, client, name, Reading(limits, watch))
                finally:
                    await engine.remove(name)


async def _run(engine: Engine, client: AsyncClient, name: str, reading: Reading) -> RunEnd:
    limits = reading.limits
    async with engine.output(client, name) as pieces:
        await engine.start(client, name)
        state: Json | None = None
        with anyio.move_on_after(limits.wall_s):
            await reading.read(pieces)
            state = None if reading.flooded else await engine.state(client, name)
        if reading.flooded:
            return LimitHit("output")
        if state is None:
            with anyio.CancelScope(shield=True):
                await engine.kill(client, name)
            return TimedOut(limits.wall_s)
    code = state.get("ExitCode")
    if not isinstance(code, int) or state.get("Error"):
        raise ExecutorUnavailable(
            f"{engine.name} could not run the program: {state.get('Error')}",
            "see 'typedagents doctor' for what works here",
        )
    return LimitHit("memory") if code == KILLED and state.get("OOMKilled") else shell_end(code)


@contextmanager
def _kept(stdin: bytes) -> Iterator[str]:
    """A file that holds what the program is to read, for a container to see; empty where there is nothing."""
    if not stdin:
        yield ""
        return
    with TemporaryDirectory(prefix="typedagents-") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "stdin")
        with open(path, "wb") as file:
            file.write(stdin)
        os.chmod(path, 0o444)
        yield path


def docker_executor(
    image: str = IMAGE, *, socket: str | None = None, work_dir: str | None = None
) -> CommandLineExecutor:
    """Run code in containers that Docker makes of ``image``; ``ExecutorUnavailable`` where its socket is not found."""
    return CommandLineExecutor(Containers(Engine(socket or find_socket("docker")), image, work_dir))


def podman_executor(
    image: str = IMAGE, *, socket: str | None = None, work_dir: str | None = None
) -> CommandLineExecutor:
    """The same with Podman."""
    return CommandLineExecutor(Containers(Engine(socket or find_socket("podman"), "podman"), image, work_dir))
