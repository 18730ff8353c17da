"""Ctrl-C: the first asks the run to pause, so that its trace can be resumed; the second stops at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

from typedagents.interpreter.control import Control

PATIENCE_S = 1.0
"""How long a run may take to pause before one is told how to stop it at once."""


@contextmanager
def pausing(control: Control, say: Callable[[], object]) -> Iterator[None]:
    """While inside, Ctrl-C suspends ``control``; ``say`` is called where that takes long."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    over = Event()

    def watch() -> None:
        # A thread of its own, woken by the interpreter's own note of a signal: the handler below runs in the main
        # thread only, which may be about to sleep until this very run is suspended, and may hold the locks for that.
        while noted := os.read(reading, 1):
            if noted[0] == signal.SIGINT:
                control.suspend()
                if not over.wait(PATIENCE_S):
                    say()
                return

    def pressed(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGINT, signal.default_int_handler)

    watcher = Thread(target=watch, name="typedagents Ctrl-C", daemon=True)
    woken_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = signal.signal(signal.SIGINT, pressed)
    watcher.start()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.set_wakeup_fd(woken_before)
        over.set()
        os.close(writing)
        watcher.join()
        os.close(reading)
