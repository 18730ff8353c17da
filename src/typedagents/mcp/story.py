"""What is known of one connection, for the words in which its end is told."""

from __future__ import annotations

import signal
from collections import deque

from attrs import define, field

from typedagents.interpreter.secrets import Secret

from .hidden import scrubbed

LINES = 10
LETTERS = 300
"""How many of the last lines of a server's stderr are told, and how much of each."""


@define(eq=False)
class Story:
    """What a server wrote where it should not, or to its stderr, and how it ended."""

    secrets: tuple[Secret, ...] = ()
    plain: tuple[str, ...] = ()
    stderr: deque[str] = field(factory=lambda: deque(maxlen=LINES), init=False)
    noise: deque[str] = field(factory=lambda: deque(maxlen=2), init=False)
    exit_code: int | None = field(default=None, init=False)
    status: int | None = field(default=None, init=False)
    """The last HTTP status of 400 or above."""

    def overheard(self, line: bytes) -> None:
        self.stderr.append(_shortened(line))

    def puzzled(self, line: bytes) -> None:
        """A line on its stdout that is no message."""
        self.noise.append(_shortened(line))

    def told(self, what: str) -> str:
        """``what`` happened, with all that is known of it and without secrets."""
        known = [what]
        if self.status is not None:
            known.append(f"its last answer with an error had HTTP status {self.status}")
        if self.exit_code is not None:
            known.append(_ending(self.exit_code))
        if self.noise:
            known.append(f"it wrote to its stdout what is no message: {' | '.join(self.noise)}")
        if self.stderr:
            known.append("the last of its stderr:\n" + "\n".join(self.stderr))
        return self.scrub("; ".join(known))

    def scrub(self, text: str) -> str:
        return scrubbed(text, self.secrets, self.plain)


def _shortened(line: bytes) -> str:
    text = line[: 4 * LETTERS].decode("utf-8", "replace").rstrip()
    return text if len(text) <= LETTERS else f"{text[:LETTERS]} ... ({len(line)} bytes)"


def _ending(code: int) -> str:
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"its process was ended by {name}"
