"""Running one process: feed it, read it within limits, end it and all that it started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from attrs import define, field, frozen

from typedagents.core.code import CodeLimits, LimitHit, RunEnd, TimedOut
from typedagents.core.errors import ExecutorUnavailable

from .sandbox import Chunk

FLOOD = 8
"""A program is stopped when it has written this many times what may be kept of a stream."""

STUCK_S = 5.0
"""How long a process may take to end what it started when it is told to."""

StreamName: TypeAlias = Literal["stdout", "stderr"]


@frozen
class Command:
    """What to start. ``user``: run as this one (None: as we are). ``pass_fds`` stay open in it."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    user: int | None = None
    pass_fds: tuple[int, ...] = ()


@define
class Watched:
    """A process under way: what it wrote so far, and how it ended."""

    limits: CodeLimits
    show: Callable[[Chunk], None]
    status: int = 0
    stopped: RunEnd | None = None
    written: dict[StreamName, int] = field(factory=dict)


async def _start(command: Command) -> Process:
    try:
        return await anyio.open_process(
            command.argv,
            cwd=command.cwd,
            env=command.env,
            start_new_session=True,
            pass_fds=command.pass_fds,
            user=command.user,
            group=command.user,
            extra_groups=() if command.user is not None else None,
        )
    except OSError as error:
        raise ExecutorUnavailable(
            f"cannot start {command.argv[0]}: {error.strerror}",
            "see 'typedagents doctor' for what works here",
        ) from error


def kill_group(process: Process, number: int) -> None:
    """Signal the process and its group; nothing happens where they are gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def run_process(
    command: Command,
    stdin: bytes,
    limits: CodeLimits,
    show: Callable[[Chunk], None],
    stop: Callable[[Process], object],
) -> Watched:
    """Run a process to its end, or to a limit, or until cancelled.

    ``stop`` makes a process that still runs end all that it started, and then itself; a stuck one is killed. A process
    that ends by itself has to have seen to that already.
    """
    watched = Watched(limits, show)
    process = await _start(command)
    try:
        with anyio.move_on_after(limits.wall_s) as clock:
            await _attend(process, stdin, watched)
        if clock.cancelled_caught and watched.stopped is None:
            watched.stopped = TimedOut(limits.wall_s)
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                stop(process)
                with anyio.move_on_after(STUCK_S):
                    await process.wait()
            if process.returncode is None:
                kill_group(process, signal.SIGKILL)
            watched.status = await process.wait()
            await process.aclose()
    return watched


async def _attend(process: Process, stdin: bytes, watched: Watched) -> None:
    """Feed and read the process until it ends, or until it has to be ended."""
    async with anyio.create_task_group() as group:
        scope = group.cancel_scope
        group.start_soon(_feed, process.stdin, stdin)
        group.start_soon(_drain, "stdout", process.stdout, watched, scope)
        group.start_soon(_drain, "stderr", process.stderr, watched, scope)
        await process.wait()
        # Nobody is left to write; what is in the pipes already is read.
        scope.deadline = anyio.current_time() + watched.limits.grace_s


async def _feed(stream: ByteSendStream | None, data: bytes) -> None:
    if stream is None:
        return
    try:
        if data:
            await stream.send(data)
        await stream.aclose()
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # the program does not read


async def _drain(
    name: StreamName, stream: ByteReceiveStream | None, watched: Watched, scope: anyio.CancelScope
) -> None:
    if stream is None:
        return
    most = FLOOD * watched.limits.output_bytes
    try:
        async for data in stream:
            watched.written[name] = watched.written.get(name, 0) + len(data)
            watched.show(Chunk(name, data))
            if watched.written[name] > most:
                watched.stopped = LimitHit("output")
                scope.cancel()
                return
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass
