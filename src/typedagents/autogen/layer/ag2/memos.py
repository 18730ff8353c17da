"""Pairs of texts in a file, found again by their words: SQLite's full-text index finds candidates, and their words in
common say how near they are.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from math import sqrt
from pathlib import Path
from typing import Final

from attrs import frozen

WORD: Final = re.compile(r"\w+")
FARTHEST: Final = 2.0
"""How far apart texts are that have nothing in common; those that are the same are at nought."""


@frozen
class Memo:
    """What was remembered: ``output`` is what there is to know of ``input``; ``distance``: how far from what was asked."""

    id: int
    input: str
    output: str
    distance: float = 0.0


@frozen
class MemoFile:
    """The file. It is opened for each use, so that several processes can use it."""

    path: Path

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS memos USING fts5(input, output UNINDEXED, tokenize='porter unicode61')"
            )
            yield database

    def add(self, input_text: str, output_text: str) -> None:
        """Remember a pair."""
        with self._opened() as database:
            database.execute("INSERT INTO memos (input, output) VALUES (?, ?)", (input_text, output_text))

    def clear(self) -> None:
        """Forget all."""
        with self._opened() as database:
            database.execute("DELETE FROM memos")

    def all(self) -> Sequence[Memo]:
        """All pairs, the oldest first."""
        with self._opened() as database:
            rows = database.execute("SELECT rowid, input, output FROM memos ORDER BY rowid").fetchall()
        return [Memo(int(number), str(one), str(other)) for number, one, other in rows]

    def near(self, text: str, most: int) -> Sequence[Memo]:
        """The pairs whose first text is nearest to ``text``, the nearest first; none that has no word in common with it."""
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(WORD.findall(text.lower())))
        if not words:
            return []
        with self._opened() as database:
            rows = database.execute(
                "SELECT rowid, input, output FROM memos WHERE memos MATCH ? ORDER BY rank LIMIT ?",
                (f"input : ({words})", most * 5),
            ).fetchall()
        found = [
            Memo(int(number), str(one), str(other), distance(text, str(one))) for number, one, other in rows
        ]
        return sorted(found, key=lambda memo: (memo.distance, memo.id))[:most]


def distance(one: str, other: str) -> float:
    """How far apart two texts are, by the letters that their words have in common: from 0 to 2."""
    first, second = _pieces(one), _pieces(other)
    common = sum(count * second[piece] for piece, count in first.items())
    both = sqrt(_square(first) * _square(second))
    return FARTHEST * (1 - common / both) if both else FARTHEST


def _square(pieces: Counter[str]) -> int:
    return sum(count * count for count in pieces.values())


def _pieces(text: str) -> Counter[str]:
    """The words of a text in pieces of three letters, so that forms of one word are alike."""
    padded = [f" {word} " for word in WORD.findall(text.lower())]
    return Counter(word[at : at + 3] for word in padded for at in range(len(word) - 2))
