"""What ties a container to us: a folder that it sees, with a pipe in it that ends when we let go of it, or end ourselves.

An engine that dies leaves its containers alone, and so do we when we are killed. A shell in each of them reads from
the pipe, and ends the container when nobody holds its other end any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from attrs import frozen

PLACE = "/run/typedagents"
"""Where a container sees the folder."""

UNTIL_WE_END = f"read -r _ <{PLACE}/alive"


@frozen
class Lifeline:
    """The folder, on this machine."""

    folder: str

    @property
    def bind(self) -> str:
        """How a container is told of it."""
        return f"{self.folder}:{PLACE}:ro"

    def input(self, data: bytes) -> str:
        """Keep what a program is to read; where it finds it."""
        if not data:
            return "/dev/null"
        path = os.path.join(self.folder, "stdin")
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o444)
        return f"{PLACE}/stdin"


@contextmanager
def lifeline() -> Iterator[Lifeline]:
    """A pipe that we hold until the end of this."""
    with TemporaryDirectory(prefix="typedagents-") as folder:
        os.chmod(folder, 0o755)
        pipe = os.path.join(folder, "alive")
        os.mkfifo(pipe, 0o600)
        held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # to write alone would wait for a reader
        os.chmod(pipe, 0o444)
        try:
            yield Lifeline(folder)
        finally:
            os.close(held)
