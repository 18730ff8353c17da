"""Running one process: feed it, read it within limits, end it and all that it started."""

from __future__ import annotations

import math
import os
import signal
import time
from contextlib import suppress
from typing import Literal, Protocol, TypeAlias

import anyio
from attrs import define, evolve

from typedagents.core.code import Exited, LimitHit, RunEnd, Signalled, TimedOut
from typedagents.executors.capture import Capture, Output
from typedagents.executors.sandbox import Chunk, Job

from .child import Child, Command, Pending, ripe, ripe_blocking

TOLD_BYTES = 400
"""How much of its errors is told of a program that could not be started."""

STUCK_S = 5.0
"""How long a process may take to end what it started when it is told to."""

PIECE = 1 << 16
StreamName: TypeAlias = Literal["stdout", "stderr"]


def shell_end(code: int) -> RunEnd:
    """How a program ended, by what a shell or an init process makes of it: 128 + n for signal n."""
    number = code - 128
    if number == signal.SIGXCPU:
        return LimitHit("cpu")
    if number == signal.SIGXFSZ:
        return LimitHit("file")
    return Signalled(number) if 0 < number < signal.NSIG else Exited(code)


class Keeper(Protocol):
    """Knows how to end what a process started, itself included."""

    async def began(self) -> None:
        """The process was started: learn what there is to end."""
        ...

    def end(self, child: Child, /) -> Pending | None:
        """End all of it, without waiting; None when all is gone, else what to wait for before this is called again."""
        ...


@define
class Watched:
    """A process under way: what it wrote so far, and how it ended (``status`` as ``subprocess`` has it)."""

    output: Output
    status: int = 0
    stopped: RunEnd | None = None


def overhearing(job: Job) -> tuple[Capture, Job]:
    """The same job, and what is kept of its errors: what to say where it could not be started."""
    said = Capture(TOLD_BYTES)

    def listen(chunk: Chunk) -> None:
        if chunk.stream == "stderr":
            said.add(chunk.data)
        job.watch(chunk)

    return said, evolve(job, watch=listen)


async def run_process(command: Command, job: Job, keeper: Keeper) -> Watched:
    """Have a process do the job, to its end, or to a limit, or until cancelled; nothing that it started is left then."""
    watched, wall_s = Watched(Output(job)), job.limits.wall_s
    child = Child.start(command)
    try:
        with anyio.move_on_after(wall_s) as clock:
            await keeper.began()
            await _attend(child, watched, keeper, clock)
        if clock.cancelled_caught and watched.stopped is None:
            watched.stopped = TimedOut(wall_s)
    finally:
        try:
            await _end(child, keeper)
        finally:
            _end_now(child, keeper)
            _sweep(child, watched)
            child.close()
    watched.status = child.popen.returncode
    return watched


async def _end(child: Child, keeper: Keeper) -> None:
    with anyio.move_on_after(STUCK_S, shield=True):
        while (pending := keeper.end(child)) is not None:
            await ripe(pending)
        return
    child.kill_group()
    with anyio.move_on_after(STUCK_S, shield=True):
        await child.wait()


def _end_now(child: Child, keeper: Keeper) -> None:
    """The same, blocking: a second cancellation came through the shield, and nothing is to be left."""
    until = time.monotonic() + STUCK_S
    while (pending := keeper.end(child)) is not None:
        if not ripe_blocking(pending, max(0.0, until - time.monotonic())):
            child.kill_group()
            break


async def _attend(child: Child, watched: Watched, keeper: Keeper, clock: anyio.CancelScope) -> None:
    """Feed and read the process until it ends, or until it has to be ended."""
    job = watched.output.job
    async with anyio.create_task_group() as group:
        scope = group.cancel_scope
        group.start_soon(_feed, child, job.stdin)
        group.start_soon(_drain, "stdout", child.stdout, watched, scope)
        group.start_soon(_drain, "stderr", child.stderr, watched, scope)
        await child.wait()
        clock.deadline = math.inf  # it was in time
        await _end(child, keeper)
        # Nobody is left to write; what is in the pipes already is read.
        scope.deadline = anyio.current_time() + job.limits.grace_s


async def _feed(child: Child, data: bytes) -> None:
    rest = memoryview(data)
    with suppress(BrokenPipeError):  # the program does not read
        while rest:
            await anyio.wait_writable(child.stdin)
            with suppress(BlockingIOError):
                rest = rest[os.write(child.stdin, rest[:PIECE]) :]
    child.end_input()


async def _drain(name: StreamName, fd: int, watched: Watched, scope: anyio.CancelScope) -> None:
    while True:
        await anyio.wait_readable(fd)
        with suppress(BlockingIOError):
            data = os.read(fd, PIECE)
            if not data:
                return
            if watched.output.take(Chunk(name, data)):
                watched.stopped = LimitHit("output")
                scope.cancel()
                return


def _sweep(child: Child, watched: Watched) -> None:
    """Take what was still in the pipes when the program was stopped."""
    streams: tuple[tuple[StreamName, int], ...] = (("stdout", child.stdout), ("stderr", child.stderr))
    for name, fd in streams:
        with suppress(BlockingIOError):
            while (data := os.read(fd, PIECE)) and not watched.output.take(Chunk(name, data)):
                pass
