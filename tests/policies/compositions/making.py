"""What the makers of compositions are given: dice, and how deep they may still go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from attrs import evolve, frozen

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.dice import Dice
from typedagents.core.team import Team

T = TypeVar("T")


@frozen
class Making:
    """``names``: who is in the team that is made. ``depth``: how many conversations may still be put into each other, ``height``: how many policies.

    In a ``calm`` composition nothing depends on what comes first: there is no race, and no limit that ends a run.
    """

    dice: Dice
    calm: bool
    depth: int
    height: int
    names: tuple[str, ...]
    team: Callable[[Making], Team[Asks]]

    def one(self, *options: T) -> T:
        return options[self.upto(len(options) - 1)]

    def some(self, least: int = 1) -> tuple[str, ...]:
        """Some of the names, in any order."""
        names, count = self.names, len(self.names)
        place = self.upto(count - 1)
        return (names[place:] + names[:place])[: max(least, count - self.upto(count - 1))]

    def upto(self, most: int) -> int:
        return self.dice.throw(most + 1)

    def rarely(self) -> bool:
        """One time of six."""
        return self.upto(5) == 5

    def by(self, makers: Mapping[str, Callable[[Making], T]], *, without: Sequence[str] = ()) -> T:
        """What one of these makes."""
        return makers[self.one(*(name for name in makers if name not in without))](self)

    def inner(self) -> Team[Asks]:
        """A team to put into another."""
        return self.team(evolve(self, depth=self.depth - 1, height=self.depth - 1))

    @property
    def lower(self) -> Making:
        """For policies within policies."""
        return evolve(self, height=self.height - 1)
