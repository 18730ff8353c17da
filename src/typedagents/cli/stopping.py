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
    over = Event()

    def watch() -> None:
        # In a thread of its own: a signal's handler may find the locks held that suspending needs.
        if os.read(reading, 1):
            control.suspend()
            if not over.wait(PATIENCE_S):
                say()

    def pressed(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(writing, b"!")

    watcher = Thread(target=watch, name="typedagents Ctrl-C", daemon=True)
    before = signal.signal(signal.SIGINT, pressed)
    watcher.start()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        over.set()
        os.close(writing)
        watcher.join()
        os.close(reading)
