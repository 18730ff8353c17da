"""Fenced code blocks in Markdown, as CommonMark defines them (spec 0.31, section 4.5), found in one pass.

A fence is three or more backticks or tildes behind at most three blanks of indentation. It is closed by a fence of
the same character that is at least as long and has nothing behind it; so a longer fence may hold shorter ones. The
info string follows the opening; behind backticks it holds no backtick. As many columns as the opening is indented are
taken off the lines inside. Within a list item, indentation counts from the item's text.

Three things are simpler here. Lines inside a fence may be indented less than the list item it stands in: models often
do that, and mean the same block. A list item ends at the first line that is indented less, even where a paragraph of
it goes on. Block quotes are not looked into: what is quoted is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import define, field, frozen

TAB = 4
DEEPEST = 3
"""With more columns than this a line is indented code, or goes on with a paragraph: no fence."""

MOST_ITEMS = 100
"""List items within list items that are followed; it bounds the time that one line can take."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_OPENING = re.compile(r"(?P<marks>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)", re.DOTALL)
_ITEM = re.compile(r"(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t]|$)")
_WORD = re.compile(r"[^\s{,:;]*")


@frozen
class Fenced:
    """What stands in one fence: its info string, and its text without the last line end.

    ``closed`` is False where the text ended before the fence did.
    """

    info: str
    text: str
    closed: bool = True

    @property
    def language(self) -> str:
        """The first word of the info string in lower case, without attributes; ``{.python}`` is ``python``."""
        info = self.info
        if info.startswith("{"):
            info = info.strip("{}").strip().removeprefix(".").replace("}", " ")
        found = _WORD.match(info)
        return found[0].lower() if found else ""


@define
class _Open:
    """A fence that is not closed yet. ``column`` is where it stands, ``base`` where the list item around it begins."""

    marks: str
    info: str
    column: int
    base: int
    lines: list[str] = field(factory=list)

    def closes_at(self, line: str) -> bool:
        column, text = _indented(line)
        marks = text.rstrip(" \t")
        return (
            column <= self.base + DEEPEST
            and len(marks) >= len(self.marks)
            and marks == self.marks[0] * len(marks)
        )

    def take(self, line: str) -> None:
        self.lines.append(_outdented(line, self.column))

    def ended(self, *, closed: bool) -> Fenced:
        return Fenced(self.info, "\n".join(self.lines), closed)


def fenced_blocks(text: str) -> Iterator[Fenced]:
    """The fenced blocks of ``text``, in order; O(size)."""
    if "```" not in text and "~~~" not in text:
        return
    here: _Open | None = None
    items: list[int] = []
    for line in _LINE_END.split(text):
        if here is None:
            here = _opened(line, items)
        elif here.closes_at(line):
            yield here.ended(closed=True)
            here = None
        else:
            here.take(line)
    if here is not None:
        yield here.ended(closed=False)


def _opened(line: str, items: list[int]) -> _Open | None:
    """The fence that ``line`` opens. ``items`` are the columns of the list items around it, and are brought up to date."""
    column, text = _indented(line)
    if not text:
        return None
    while items and column < items[-1]:
        items.pop()
    while len(items) < MOST_ITEMS and column <= _base(items) + DEEPEST and (item := _ITEM.match(text)):
        after, rest = _indented(text[item.end() :], column + item.end())
        # An item that begins with indented code, or with nothing, has its text one column behind the marker.
        blank = not rest or after - column - item.end() > TAB
        items.append(column + item.end() + 1 if blank else after)
        if blank:
            return None
        column, text = after, rest
    if column > _base(items) + DEEPEST:
        return None
    found = _OPENING.match(text)
    return _Open(found["marks"], found["info"].strip(), column, _base(items)) if found else None


def _base(items: Sequence[int]) -> int:
    return items[-1] if items else 0


def _indented(line: str, column: int = 0) -> tuple[int, str]:
    """The column at which the text of ``line`` begins, and that text; ``line`` itself begins at ``column``."""
    text = line.lstrip(" \t")
    for blank in line[: len(line) - len(text)]:
        column += 1 if blank == " " else TAB - column % TAB
    return column, text


def _outdented(line: str, columns: int) -> str:
    """``line`` without its first ``columns`` blank columns; what is left of a tab is spaces."""
    column, place = 0, 0
    while column < columns and place < len(line) and line[place] in " \t":
        column += 1 if line[place] == " " else TAB - column % TAB
        place += 1
    return " " * max(0, column - columns) + line[place:]
