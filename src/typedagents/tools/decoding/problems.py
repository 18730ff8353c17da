"""What is noted down while arguments are decoded."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from attrs import field, mutable

from typedagents.tools.bad_arguments import Problem
from typedagents.tools.shapes import Step

Path: TypeAlias = "tuple[Path, Step] | None"
"""The way to a value, its last step first: one more step costs the same at any depth."""

MOST_KEPT = 100
"""Problems that are kept; the others are counted."""


class _Bad(Enum):
    BAD = "bad"


BAD: Final = _Bad.BAD
"""In place of a value, where a problem has been noted down."""


@mutable(eq=False)
class Problems:
    """Those found so far. ``nearest``: one of them says which option of a union the others are about."""

    kept: list[Problem] = field(factory=list)
    more: int = 0
    nearest: bool = False

    def __len__(self) -> int:
        return len(self.kept) + self.more

    def add(self, path: Path, expected: str, found: str = "") -> object:
        """Note a problem down; what is returned is ``BAD``."""
        if len(self.kept) < MOST_KEPT:
            self.kept.append(Problem(steps(path), expected, found))
        else:
            self.more += 1
        return BAD

    def extend(self, other: Problems) -> object:
        """Note those of ``other`` down; what is returned is ``BAD``."""
        room = max(0, MOST_KEPT - len(self.kept))
        self.kept.extend(other.kept[:room])
        self.more += len(other.kept[room:]) + other.more
        self.nearest = self.nearest or other.nearest
        return BAD


def steps(path: Path) -> tuple[Step, ...]:
    """The steps of ``path``, the first one first."""
    found: list[Step] = []
    while path is not None:
        path, step = path
        found.append(step)
    return tuple(reversed(found))
