"""What bubblewrap tells of a program: which process holds its namespace, and how it ended."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import anyio
from attrs import define, field
from msgspec import DecodeError
from msgspec.json import decode

from .child import Child, Pending, handle_on, ripe_blocking


@define(eq=False)
class Status:
    """The pipe on which bubblewrap writes; and, once told, a handle on the first process of the namespace.

    Bubblewrap itself ends as soon as the program does, and what the program left behind a moment later. So it is the
    first process that is waited for: the kernel reports its end when all others of its namespace are gone. It is not
    known until it is told: a bubblewrap that is killed before that would leave it behind, and is therefore heard out.
    """

    read_fd: int = field(init=False)
    write_fd: int = field(init=False)
    pid: int | None = field(default=None, init=False)
    first: int | None = field(default=None, init=False)
    _silent: bool = field(default=False, init=False)
    _told: bytes = field(default=b"", init=False)

    def __attrs_post_init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        os.set_blocking(self.read_fd, False)

    async def began(self) -> None:
        """Hear which process is the first."""
        self._let_go()
        while not self._known():
            await anyio.wait_readable(self.read_fd)

    def end(self, child: Child, /) -> Pending | None:
        """Kill the first process of the namespace, and then look whether it and bubblewrap are gone."""
        self._let_go()
        if not self._known():
            return self.read_fd
        if self.first is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            if not ripe_blocking(self.first, 0):
                return self.first
        elif (
            self.pid is not None and not child.over
        ):  # a kernel before 5.3: by its number, while that is its own
            os.kill(self.pid, signal.SIGKILL)
        return child.pending

    def found(self, key: str) -> int | None:
        """The number told under ``key`` so far."""
        with suppress(BlockingIOError):
            while heard := os.read(self.read_fd, 1 << 12):
                self._told += heard
            self._silent = True  # nobody has the other end any more
        for line in self._told.splitlines():
            with suppress(DecodeError):
                told = decode(line)
                if isinstance(told, dict) and isinstance(told.get(key), int):
                    return int(told[key])
        return None

    def close(self) -> None:
        """Let go of everything."""
        self._let_go()
        os.close(self.read_fd)
        if self.first is not None:
            os.close(self.first)

    def _known(self) -> bool:
        if self.pid is None:
            self.pid = self.found("child-pid")
            self.first = None if self.pid is None else handle_on(self.pid)
        return self.pid is not None or self._silent

    def _let_go(self) -> None:
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1
