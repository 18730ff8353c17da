"""What a container is made of, and what is read from it while a program runs there.

No network, a read-only system, no capabilities, no way to gain rights, a user without any; memory, processes and
files are limited by the engine, what one process may take by its shell.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import anyio
from attrs import define, field, frozen

from typedagents.core.code import CodeLimits, LimitHit, TimedOut
from typedagents.executors.capture import Output
from typedagents.executors.folder import WorkFolder
from typedagents.executors.planner import SYSTEM_PATH, bounded
from typedagents.executors.sandbox import Job

from .engine import Engine, Frames, Json
from .lifeline import UNTIL_WE_END, Lifeline

T = TypeVar("T")
WORKSPACE = "/workspace"
TMP_BYTES = 64 << 20
OURS = 2
"""Processes in each container that are not the program's: the first, and the one that watches over our end."""

USERS_PROCESSES = 4096
"""Podman raises this limit where none is named, which not every system allows. It counts all that a user runs."""

KEEPER = 65533
"""The user of the first process of a container that stays: no program may touch it."""

KILL_ALL = "kill -s KILL -- -1"
WATCH = f"({UNTIL_WE_END}; {KILL_ALL}) >/dev/null 3>&- &"
RUN = '[ "$1" = 0 ] || ulimit -v "$1"; shift; "$@" <"$0" 2>&3 3>&-'
FIRST = f"exec 3>&2 2>/dev/null; {WATCH} {RUN}; exit $?"
"""The first process of a container for one program, which would not be ended by signals if it were the first itself."""

STAY = f"({UNTIL_WE_END}); exit 0"
"""The first process of one that stays. It waits for a child, and so for all whose parents ended."""

GUEST = f"exec 3>&2 2>/dev/null; {RUN}; code=$?; {KILL_ALL}; exit $code"
"""The parent of a program there: ends what it left, as far as the program did not end its parent first."""


@frozen
class Place:
    """Where programs run: an engine, an image in it, a work folder."""

    engine: Engine
    image: str
    folder: WorkFolder

    @property
    def user(self) -> str:
        """Whom programs run as."""
        owner = self.folder.owner
        return f"{os.getuid()}:{os.getgid()}" if owner is None else f"{owner}:{owner}"


def words_of(job: Job, script: str, line: Lifeline) -> list[str]:
    """The command: a shell that sets limits, and the program."""
    argv, addresses = bounded(job.argv, job.limits)
    return [
        "sh",
        "-c",
        script,
        line.input(job.stdin),
        str(0 if addresses is None else addresses >> 10),
        *argv,
    ]


def environment(job: Job) -> list[str]:
    """What a program finds in its environment."""
    usual = {"PATH": SYSTEM_PATH, "HOME": WORKSPACE, "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
    return [f"{name}={value}" for name, value in {**usual, **job.env}.items()]


def container_of(place: Place, line: Lifeline, limits: CodeLimits, own: Json) -> Json:
    """What to make: a program and its user (``own``), its limits, and nothing of the machine but the work folder."""
    cpu = max(1, round(limits.cpu_s))
    ulimits = {"nofile": limits.open_files, "fsize": limits.file_bytes, "core": 0, "cpu": cpu}
    if place.engine.name == "podman":
        ulimits["nproc"] = USERS_PROCESSES
    return {
        "Image": place.image,
        "Cmd": [],
        "WorkingDir": WORKSPACE,
        "Labels": {"typedagents": "sandbox"},
        "NetworkDisabled": True,
        "StopTimeout": 0,
        **own,
        "HostConfig": {
            "Binds": [f"{place.folder.path}:{WORKSPACE}:rw", line.bind],
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "Memory": limits.memory_bytes,
            "MemorySwap": limits.memory_bytes,
            "PidsLimit": limits.processes + OURS,
            "Ulimits": [{"Name": name, "Soft": most, "Hard": most} for name, most in ulimits.items()],
            "Tmpfs": {"/tmp": f"size={TMP_BYTES},mode=1777"},
            "ShmSize": TMP_BYTES,
            "IpcMode": "private",
            "LogConfig": {"Type": "none", "Config": {}},
        },
    }


@define
class Reading:
    """What a program writes, and whether that was too much."""

    output: Output
    flooded: bool = False
    _frames: Frames = field(factory=Frames, init=False)

    async def to_the_end(
        self, pieces: AsyncIterator[bytes], ended: Callable[[], Awaitable[T]]
    ) -> T | LimitHit | TimedOut:
        """Read until nothing more comes, and ask how it ended; or until a limit."""
        found: T | None = None
        wall_s = self.output.job.limits.wall_s
        with anyio.move_on_after(wall_s):
            await self._read(pieces)
            found = None if self.flooded else await ended()
        if self.flooded:
            return LimitHit("output")
        return TimedOut(wall_s) if found is None else found

    async def _read(self, pieces: AsyncIterator[bytes]) -> None:
        async for piece in pieces:
            for chunk in self._frames.take(piece):
                if self.output.take(chunk):
                    self.flooded = True
                    return
