"""Sets words on a page: indents, breaks lines between words, tells code from prose while the words still come in.

Prose is passed on as it comes, but for the last word, which may be too long for the line; code by whole lines, since
only those can be coloured. What the ink has no width for is written as it came, down to the blanks.
"""

from __future__ import annotations

import re

from attrs import define, field, frozen

from .ink import Ink, Style

STEP = "  "
LONGEST_WORD = 24
"""A word that is longer is written at once: a language without blanks would never show."""

_OPENS = re.compile(r" {0,3}(?P<marks>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<language>[\w+#.-]*)")
_MAY_OPEN = re.compile(r" {0,3}(`{0,2}|~{0,2}|`{3}.*|~{3}.*)$")
_UNSEEN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What moves the cursor or colours the rest: words of a model or of a program must not steer somebody's terminal."""

_PIECE = re.compile(r"\n|[^\S\n]+|\S+")


def visible(text: str) -> str:
    """``text`` without control characters but tabs and line breaks."""
    return _UNSEEN.sub("", text)


@frozen
class Span:
    """Some words in one style."""

    text: str
    style: Style = "plain"


@define
class _Code:
    """A fence that is open: what closes it, and the lines so far."""

    marks: str
    language: str
    above: str = ""

    def closes_at(self, line: str) -> bool:
        marks = line.strip()
        return len(marks) >= len(self.marks) and marks == self.marks[0] * len(marks)


@define(eq=False)
class Page:
    """One page. ``line`` writes a whole line, ``feed`` words as they come, ``end`` what is left of them."""

    ink: Ink
    _column: int = field(default=0, init=False)
    _blank: str = field(default="", init=False)
    _word: str = field(default="", init=False)
    _held: str = field(default="", init=False)
    _code: _Code | None = field(default=None, init=False)
    _fresh: bool = field(default=True, init=False)

    def line(self, depth: int, *spans: Span) -> None:
        """A line of its own."""
        self.end(depth)
        for span in spans:
            self._write(depth, visible(span.text), span.style)
            self._flush(depth, span.style)
        self._break()

    def verbatim(self, depth: int, text: str) -> None:
        """A line that somebody may copy: it is never broken."""
        self.end(depth)
        self._indent(depth)
        self.ink.put(visible(text))
        self._break()

    def gap(self) -> None:
        """An empty line."""
        self.end(0)
        self._break()

    def feed(self, depth: int, text: str) -> None:
        """Markdown, in pieces of any size."""
        self._held += visible(text)
        while self._held:
            whole = "\n" in self._held
            if not whole and (self._code or (self._fresh and _MAY_OPEN.match(self._held))):
                return
            line, newline, self._held = self._held.partition("\n")
            if self._code or (self._fresh and whole):
                self._whole_line(depth, line)
            else:
                self._write(depth, f"{line}{newline}", "plain")
            self._fresh = bool(newline)

    def end(self, depth: int) -> None:
        """Write what was held back, and end the line."""
        if self._held:
            self._whole_line(depth, self._held)
        self._flush(depth, "plain")
        if self._column:
            self._break()
        self._held, self._code, self._fresh, self._blank = "", None, True, ""

    # --- lines of Markdown --------------------------------------------------------------------------------------

    def _whole_line(self, depth: int, line: str) -> None:
        found = _OPENS.match(line)
        if self._code and self._code.closes_at(line):
            self._code = None
            self._as_it_is(depth, line)
        elif self._code:
            self._indent(depth)
            self.ink.put_code(line, self._code.above, self._code.language)
            self._code.above += f"{line}\n"
            self._break()
        elif found:
            self._code = _Code(found["marks"], found["language"])
            self._as_it_is(depth, line)
        else:
            self._write(depth, f"{line}\n", "plain")

    def _as_it_is(self, depth: int, line: str) -> None:
        self._indent(depth)
        self.ink.put(line, "dim")
        self._break()

    # --- words --------------------------------------------------------------------------------------------------

    def _write(self, depth: int, text: str, style: Style) -> None:
        for piece in _PIECE.findall(text):
            if piece == "\n":
                self._flush(depth, style)
                self._break()
            elif piece.isspace():
                self._flush(depth, style)
                self._blank += piece
            else:
                self._word += piece
                if self.ink.columns is None or len(self._word) > LONGEST_WORD:
                    self._flush(depth, style)

    def _flush(self, depth: int, style: Style) -> None:
        """Write the word that was held back, on this line or the next."""
        if not self._word:
            return
        width, columns = self.ink.width(self._blank + self._word), self.ink.columns
        if columns is not None and self._blank and self._column and self._column + width > columns:
            self._break()
        self._indent(depth)
        self.ink.put(self._blank + self._word, style)
        self._column += self.ink.width(self._blank + self._word)
        self._blank = self._word = ""

    def _indent(self, depth: int) -> None:
        if not self._column and depth:
            self.ink.put(STEP * depth)
            self._column = len(STEP) * depth

    def _break(self) -> None:
        trailing = self._blank if self.ink.columns is None else ""
        self.ink.put(f"{trailing}\n")
        self._column, self._blank = 0, ""
