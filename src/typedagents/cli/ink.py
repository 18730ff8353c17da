"""How words get onto a terminal or into a file: two kinds of ink, which know nothing of what is written."""

from __future__ import annotations

import os
import sys
from typing import Literal, Protocol, TextIO, TypeAlias

from attrs import define, frozen
from rich.cells import cell_len
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

Style: TypeAlias = Literal[
    "plain", "strong", "dim", "good", "bad", "first", "second", "third", "fourth", "fifth", "sixth"
]
SPEAKERS: tuple[Style, ...] = ("first", "second", "third", "fourth", "fifth", "sixth")

COLOURS: dict[Style, str] = {
    "plain": "",
    "strong": "bold",
    "dim": "dim",
    "good": "green",
    "bad": "red",
    "first": "bold cyan",
    "second": "bold green",
    "third": "bold magenta",
    "fourth": "bold yellow",
    "fifth": "bold blue",
    "sixth": "bold red",
}
THEME = "ansi_dark"
"""Sixteen colours that the user's own terminal defines, readable on light and dark grounds."""


class Ink(Protocol):
    """``columns``: how wide a line may be; None: as wide as it likes, and every word is written as it came."""

    @property
    def columns(self) -> int | None: ...

    def put(self, text: str, style: Style = "plain", /) -> None:
        """Write ``text``, which may hold line breaks."""
        ...

    def put_code(self, line: str, above: str, language: str, /) -> None:
        """Write a line of code, without its line break; ``above`` is the code before it."""
        ...

    def width(self, text: str, /) -> int:
        """How many columns ``text`` takes."""
        ...


@frozen
class PlainInk:
    """Words without colours: for files, pipes and NO_COLOR."""

    out: TextIO
    columns: int | None = None

    def put(self, text: str, style: Style = "plain", /) -> None:
        del style
        self.out.write(text)
        self.out.flush()

    def put_code(self, line: str, above: str, language: str, /) -> None:
        del above, language
        self.put(line)

    def width(self, text: str, /) -> int:
        return cell_len(text)


@define
class RichInk:
    """Words with colours."""

    console: Console

    @property
    def columns(self) -> int:
        return self.console.width

    def put(self, text: str, style: Style = "plain", /) -> None:
        self._put(Text(text, COLOURS[style]))

    def put_code(self, line: str, above: str, language: str, /) -> None:
        # The whole block is looked at each time: only so is the second line of a long string known for one.
        syntax = Syntax("", language or "text", theme=THEME, background_color="default")
        lines = syntax.highlight(f"{above}{line}").split("\n")
        place = above.count("\n")
        self._put(lines[place] if place < len(lines) else Text(line))

    def width(self, text: str, /) -> int:
        return cell_len(text)

    def _put(self, text: Text) -> None:
        self.console.print(text, end="", soft_wrap=True, highlight=False)


def ink_for(out: TextIO) -> Ink:
    """Colours on a terminal, unless NO_COLOR (https://no-color.org) or the terminal itself forbids them."""
    if not out.isatty():
        return PlainInk(out)
    console = Console(file=out, highlight=False)
    if os.environ.get("NO_COLOR") or console.is_dumb_terminal:
        return PlainInk(out, console.width)
    return RichInk(console)


def screen() -> Ink:
    """The ink for standard output."""
    return ink_for(sys.stdout)
