"""Each program in a container of its own, made and removed by Docker or Podman over the work folder.

Removing the container ends all that ran in it; see ``container.py`` for what is in one, ``live.py`` for one that stays.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

from attrs import field, frozen

from typedagents.core.code import LimitHit, RunEnd
from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.capture import Output
from typedagents.executors.commandline import CommandLineExecutor
from typedagents.executors.folder import FolderSandbox, Loan, WorkFolder, work_folder
from typedagents.executors.processes.running import shell_end
from typedagents.executors.sandbox import Capabilities, Job

from .container import FIRST, Place, Reading, container_of, environment, words_of
from .engine import SEE, START_IT, Engine, EngineName
from .lifeline import lifeline
from .live import Live

if TYPE_CHECKING:
    from httpx import AsyncClient

KILLED = 137
IMAGE = "python:3-slim"

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


@frozen
class Containers:
    """Sandboxes in containers. ``work_dir``: a folder of yours that programs may read and write; else a private one.

    ``image`` has to hold ``sh`` and the commands of ``languages``, and has to be there: nothing is downloaded.
    ``live``: one container serves all programs of a sandbox, which are those of one session, or of one request. They
    start three times as fast then, and find in /tmp what those before them left there.
    """

    engine: Engine
    image: str = IMAGE
    work_dir: str | None = None
    languages: tuple[str, ...] = field(default=("python", "sh", "bash"), converter=tuple[str, ...])
    live: bool = field(default=False, kw_only=True)
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
            place = Place(self.engine, self.image, folder)
            live = Live(place) if self.live else None
            try:
                yield ContainerSandbox(folder, self, place, live)
            finally:
                if live is not None:
                    await live.close()


@frozen
class ContainerSandbox(FolderSandbox):
    """One work folder; see ``Containers``."""

    folder: WorkFolder
    box: Containers
    place: Place
    live: Live | None

    @property
    def capabilities(self) -> Capabilities:
        return self.box.capabilities

    async def exec(self, job: Job) -> RunEnd:
        """Run a program in a container over the work folder."""
        if self.live is not None and not self.live.busy:
            return await self.live.exec(job)
        return await _exec(self.place, job)

    async def reset(self) -> None:
        """Empty the work folder, and end the container that stays."""
        if self.live is not None:
            await self.live.close()
        await super().reset()


async def _exec(place: Place, job: Job) -> RunEnd:
    """Run a program in a container of its own."""
    engine, name = place.engine, f"typedagents-{token_hex(8)}"
    with lifeline() as line:
        own = {"Entrypoint": words_of(job, FIRST, line), "User": place.user, "Env": environment(job)}
        async with engine.client() as client:
            try:
                await engine.create(client, name, container_of(place, line, job.limits, own))
                return await _run(engine, client, name, Reading(Output(job)))
            finally:
                await engine.remove(name)


async def _run(engine: Engine, client: AsyncClient, name: str, reading: Reading) -> RunEnd:
    async def ended() -> RunEnd:
        state = await engine.ended(client, name)
        code = state.get("ExitCode")
        if not isinstance(code, int) or state.get("Error"):
            raise ExecutorUnavailable(f"{engine.name} could not run the program: {state.get('Error')}", SEE)
        return LimitHit("memory") if code == KILLED and state.get("OOMKilled") else shell_end(code)

    async with engine.output(client, name) as pieces:
        await engine.start(client, name)
        return await reading.to_the_end(pieces, ended)


def docker_executor(
    image: str = IMAGE, *, socket: str | None = None, work_dir: str | None = None, live: bool = False
) -> CommandLineExecutor:
    """Run code in containers that Docker makes of ``image``; ``ExecutorUnavailable`` where its socket is not found.

    ``live``: one container for all programs of a session, see ``Containers``.
    """
    return CommandLineExecutor(
        Containers(Engine(socket or find_socket("docker")), image, work_dir, live=live)
    )


def podman_executor(
    image: str = IMAGE, *, socket: str | None = None, work_dir: str | None = None, live: bool = False
) -> CommandLineExecutor:
    """The same with Podman."""
    engine = Engine(socket or find_socket("podman"), "podman")
    return CommandLineExecutor(Containers(engine, image, work_dir, live=live))
