"""A console that is typed at by a script."""

from __future__ import annotations

from collections.abc import Iterable

from typedagents.autogen.io import IOStream


class Typing(IOStream):
    """Types ``lines``, one a question, and keeps what it was asked and what was printed."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.lines = list(lines)
        self.asked: list[str] = []
        self.printed = ""

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        del flush
        self.printed += sep.join(map(str, objects)) + end

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        del password
        self.asked.append(prompt)
        return self.lines.pop(0)
