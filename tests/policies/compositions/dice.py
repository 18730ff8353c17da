"""Dice that fall as they are told."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field


@define
class Dice:
    """Dice that fall as these bytes say, and show nought when they are used up.

    One draw of bytes for all that a test needs is fifty times as fast as a draw for each choice, and Hypothesis, which
    likes to combine old draws anew, goes to other places each time. It shrinks well: the first option is the plainest.
    """

    left: Iterator[int] = field(converter=iter)

    def throw(self, sides: int) -> int:
        return next(self.left, 0) % sides
