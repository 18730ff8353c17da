"""Lines that a person types, or that are piped in.

Nobody waits in a thread: a thread that reads standard input cannot be stopped, and keeps the process from ending after
Ctrl-C. The descriptor is waited for like a socket instead, and read when there is something. Only Windows cannot wait
for its console so; there a thread does.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from functools import cache

import anyio
from attrs import define, field

CHUNK = 1 << 16


@define(eq=False)
class Lines:
    """The lines behind the descriptor ``fd``. What was read and not yet taken is kept for whoever asks next."""

    fd: int
    _held: bytearray = field(factory=bytearray, init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def typed(self) -> bool:
        """Whether a person types them at a terminal, and sees them there."""
        try:
            return os.isatty(self.fd)
        except OSError:
            return False

    async def next(self) -> str | None:
        """The next line without its end; None when there is no more. Other things go on meanwhile."""
        while not self._ready:
            if sys.platform == "win32":
                await anyio.to_thread.run_sync(self._read, abandon_on_cancel=True)
            else:
                # A file is always ready, and cannot be waited for; that a descriptor is closed, reading finds out.
                with suppress(OSError):
                    await anyio.wait_readable(self.fd)
                self._read()
        return self.take()

    def take(self) -> str | None:
        """``next``, for those who have nothing else to do."""
        while not self._ready:
            if _can_be_read(self.fd):
                self._read()
        if not self._held:
            return None
        line, _, rest = bytes(self._held).partition(b"\n")
        self._held[:] = rest
        return line.decode("utf-8", "replace").removesuffix("\r")

    @property
    def _ready(self) -> bool:
        return self._ended or b"\n" in self._held

    def _read(self) -> None:
        try:
            found = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:  # closed, or a terminal that has gone
            found = b""
        self._held += found
        self._ended = not found


def _can_be_read(fd: int) -> bool:
    """Wait until ``fd`` can be read, which is true, or a signal came in, which is false.

    A plain read would not do: a signal that comes just before it is noticed only after it, so that Ctrl-C would wait
    for the next line.
    """
    if sys.platform == "win32":
        return True
    noted, noting = os.pipe()
    os.set_blocking(noting, False)
    try:
        before = signal.set_wakeup_fd(noting, warn_on_full_buffer=False)
    except ValueError:  # only the main thread hears signals
        os.close(noted)
        os.close(noting)
        return True
    try:
        return fd in select.select([fd, noted], [], [])[0]
    except (OSError, ValueError):  # that a descriptor is closed, reading finds out
        return True
    finally:
        signal.set_wakeup_fd(before)
        os.close(noted)
        os.close(noting)


@cache
def standard_input() -> Lines:
    """Those of this process: one value, since what was read ahead belongs to all who read."""
    return Lines(0)
