"""A process that is started in the event loop's own thread, and waited for without a thread or a signal handler.

Linux ends what asked to die with its parent when the parent's *thread* ends. Event loops that start processes in
worker threads (trio's does) would therefore lose them as soon as such a thread has nothing to do; the loop's thread
outlives what runs in the loop.
"""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

import anyio
from attrs import define, frozen

from typedagents.core.errors import ExecutorUnavailable

POLL_S = 0.005
"""How often a process is looked at where the system cannot tell of its end."""

Pending: TypeAlias = int | Literal["soon"]
"""What has to happen before it is worth looking again: a descriptor becomes readable, or a little time passes."""


@frozen
class Command:
    """What to start. ``pass_fds`` stay open in it."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    pass_fds: tuple[int, ...] = ()


def handle_on(pid: int) -> int | None:
    """A descriptor that becomes readable when this process ends, and stays its own; None where there are none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


async def ripe(pending: Pending) -> None:
    """Wait until it is worth looking again."""
    await (anyio.sleep(POLL_S) if pending == "soon" else anyio.wait_readable(pending))


def ripe_blocking(pending: Pending, timeout_s: float) -> bool:
    """The same, blocking, at most so long; whether it is."""
    if pending == "soon":
        time.sleep(min(POLL_S, timeout_s))
        return True
    poll = select.poll()
    poll.register(pending, select.POLLIN)
    return bool(poll.poll(math.ceil(timeout_s * 1000)))


@define(eq=False)
class Child:
    """A process of ours, in a session of its own."""

    popen: subprocess.Popen[bytes]
    handle: int | None

    @classmethod
    def start(cls, command: Command) -> Child:
        """Start it; ``ExecutorUnavailable`` where that does not work."""
        try:
            popen = subprocess.Popen(
                command.argv,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=command.cwd,
                env=command.env,
                start_new_session=True,
                pass_fds=command.pass_fds,
            )
        except OSError as error:
            raise ExecutorUnavailable(
                f"cannot start {command.argv[0]}: {error.strerror}",
                "see 'typedagents doctor' for what works here",
            ) from error
        for pipe in (popen.stdin, popen.stdout, popen.stderr):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        return cls(popen, handle_on(popen.pid))

    @property
    def stdin(self) -> int:
        """Where it reads."""
        assert self.popen.stdin is not None
        return self.popen.stdin.fileno()

    @property
    def stdout(self) -> int:
        """Where what it writes is read."""
        assert self.popen.stdout is not None
        return self.popen.stdout.fileno()

    @property
    def stderr(self) -> int:
        """The same for its other stream."""
        assert self.popen.stderr is not None
        return self.popen.stderr.fileno()

    @property
    def over(self) -> bool:
        """Whether it ended."""
        return self.popen.poll() is not None

    @property
    def pending(self) -> Pending | None:
        """What its end waits for; None when it ended."""
        if self.over:
            return None
        return "soon" if self.handle is None else self.handle

    async def wait(self) -> None:
        """Wait for its end."""
        while (pending := self.pending) is not None:
            await ripe(pending)

    def kill_group(self) -> None:
        """Kill it and what is in its session; nothing happens where it ended, for its number may be another's."""
        if not self.over:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)

    def tell(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            self.popen.send_signal(number)

    def end_input(self) -> None:
        """Let it know that nothing more comes."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()

    def close(self) -> None:
        """Let go of its pipes."""
        for pipe in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if pipe is not None:
                pipe.close()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
