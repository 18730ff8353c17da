"""Dice that fall as they are told."""

from __future__ import annotations

from attrs import define


@define
class Dice:
    """Dice that fall as these bytes say, and show nought when they are used up.

    One draw of bytes for all that a test needs is fifty times as fast as a draw for each choice, and Hypothesis, which
    likes to combine old draws anew, goes to other places each time. It shrinks well: the first option is the plainest.
    """

    fallen: bytes
    thrown: int = 0

    def throw(self, sides: int) -> int:
        self.thrown += 1
        return self.fallen[self.thrown - 1] % sides if self.thrown <= len(self.fallen) else 0
