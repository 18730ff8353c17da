"""What can be read of a JSON object while a model still writes it: each character is looked at once.

What is not whole yet is left out, but for texts, which grow. Words before the object are passed over; what is no JSON
ends the reading, and the whole answer says what was wrong.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from attrs import define, field

from typedagents.core.model import PartialAnswer

Expected: TypeAlias = Literal["key", "colon", "value", "next"]
Within: TypeAlias = Literal["words", "between", "text", "escape", "scalar", "over"]

_SCALAR = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null")
_BLANK = " \t\r\n"
_CLOSED_BY = {"{": "}", "[": "]"}
_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})")
_HIGH_HALF = re.compile(r"\\u[dD][89abAB]")


@define
class _Level:
    """A list or an object that is open, and what comes next in it."""

    closer: str
    expected: Expected
    empty: bool = True
    """Nothing has come in it yet, so that it may be closed."""


@define(eq=False)
class PartialReader:
    """``feed`` it words as they come."""

    _text: str = field(default="", init=False)
    _levels: list[_Level] = field(factory=list, init=False)
    _within: Within = field(default="words", init=False)
    _key: bool = field(default=False, init=False)
    _begins: int = field(default=0, init=False)
    _from: int = field(default=0, init=False)
    _half: bool = field(default=False, init=False)
    _whole: tuple[int, str] = field(default=(0, ""), init=False)
    """How much of the text can be read, and what closes it."""

    def feed(self, words: str) -> PartialAnswer | None:
        """The answer as far as it has come, where there is more of it than before; O(its length)."""
        before, start = self._whole, len(self._text)
        self._text += words
        for place in range(start, len(self._text)):
            self._take(self._text[place], place)
        if self._whole == before:
            return None
        length, closers = self._whole
        return PartialAnswer(self._text[self._begins : length] + closers)

    def _take(self, character: str, place: int) -> None:
        match self._within:
            case "words":
                if character == "{":
                    self._begins = place
                    self._open(character, place)
            case "text":
                self._in_text(character, place)
            case "escape":
                self._in_escape(place)
            case "scalar":
                if character in ",]}" or character in _BLANK:
                    self._scalar_ends(place)
                    self._take(character, place)
            case "between":
                if character not in _BLANK:
                    self._between(character, place)
            case _:  # over: nothing more is read
                pass

    # --- between values -----------------------------------------------------------------------------------------

    def _between(self, character: str, place: int) -> None:
        level = self._levels[-1]
        match character, level.expected:
            case '"', "key" | "value":
                self._within, self._key, level.empty = "text", level.expected == "key", False
                self._readable(place + 1)
            case ":", "colon":
                level.expected = "value"
            case ",", "next":
                level.expected, level.empty = "key" if level.closer == "}" else "value", False
            case "{" | "[", "value":
                self._open(character, place)
            case (("}" | "]"), _) if character == level.closer and (level.empty or level.expected == "next"):
                self._close(place)
            case _, "value" if character not in "}]:,":
                self._within, self._from = "scalar", place
            case _:
                self._within = "over"

    def _open(self, character: str, place: int) -> None:
        self._levels.append(_Level(_CLOSED_BY[character], "key" if character == "{" else "value"))
        self._within = "between"
        self._readable(place + 1)

    def _close(self, place: int) -> None:
        self._levels.pop()
        self._readable(place + 1)
        if self._levels:
            self._levels[-1].expected = "next"
        else:
            self._within = "over"

    def _scalar_ends(self, place: int) -> None:
        if _SCALAR.fullmatch(self._text, self._from, place) is None:
            self._within = "over"
            return
        self._levels[-1].expected, self._within = "next", "between"
        self._readable(place)

    # --- texts --------------------------------------------------------------------------------------------------

    def _in_text(self, character: str, place: int) -> None:
        if character == "\\":
            self._within, self._from = "escape", place
        elif character == '"':
            self._levels[-1].expected = "colon" if self._key else "next"
            self._within = "between"
            if not self._key:
                self._readable(place + 1)
        else:
            self._half = False
            self._readable(place + 1)

    def _in_escape(self, place: int) -> None:
        escape = self._text[self._from : place + 1]
        if _ESCAPE.fullmatch(escape):
            self._within, self._half = "text", bool(_HIGH_HALF.match(escape))
            self._readable(place + 1)
        elif not re.fullmatch(r"\\u[0-9a-fA-F]{0,3}", escape):
            self._within = "over"

    def _readable(self, length: int) -> None:
        """All until ``length`` can be read, unless it ends in a key, or between two halves of a character."""
        if self._within == "text" and (self._key or self._half):
            return
        quote = '"' if self._within == "text" else ""
        self._whole = (length, quote + "".join(level.closer for level in reversed(self._levels)))
