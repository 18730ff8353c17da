"""A long text as messages that a service takes: cut where a reader would cut it, with its code blocks kept whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from typedagents.core.errors import ConfigError

FENCE: Final = "```"
LONGEST_INFO: Final = 20
"""Characters of a code block's first line that are said again where the block goes on."""
LEAST: Final = 2 * (len(FENCE) + LONGEST_INFO + len(FENCE) + 2)

Width = Callable[[str], int]


def utf16(text: str) -> int:
    """How many UTF-16 code units ``text`` takes: what some services count."""
    return len(text) + sum(char > "\uffff" for char in text)


def pieces(text: str, limit: int, width: Width = len) -> Iterator[str]:
    """``text`` in pieces of at most ``limit`` as ``width`` counts.

    It is cut between paragraphs, lines or words where there is such a place in the second half of a piece. A code block
    that is cut is closed, and opened again in the next piece. White space at a cut is left out.
    """
    if limit < LEAST:
        raise ConfigError(f"a piece holds at least {LEAST} characters; found a limit of {limit}")
    rest, fence = text.strip(), ""
    while rest:
        head = f"{fence}\n" if fence else ""
        if width(head + rest) <= limit:
            yield head + rest
            return
        cut = _cut(rest, limit - width(f"{head}\n{FENCE}"), width)
        piece, rest = rest[:cut].rstrip(), rest[cut:]
        fence = open_fence(head + piece)
        rest = rest.lstrip("\n") if fence else rest.lstrip()
        if piece:
            yield f"{head}{piece}\n{FENCE}" if fence else head + piece


def open_fence(text: str) -> str:
    """The first line of the code block that ``text`` ends in; empty where it ends in none."""
    fence = ""
    for line in text.splitlines():
        if line.lstrip().startswith(FENCE):
            fence = "" if fence else line.strip()[: len(FENCE) + LONGEST_INFO]
    return fence


def _cut(text: str, room: int, width: Width) -> int:
    """How many characters of ``text`` go into ``room``, a good place to cut among them."""
    most, used = 0, 0
    for char in text:
        used += width(char)
        if used > room:
            break
        most += 1
    for between in ("\n\n", "\n", " "):
        found = text.rfind(between, most // 2, most)
        if found > 0:
            return found + len(between)
    return most
