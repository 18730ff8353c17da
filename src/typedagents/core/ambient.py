"""Clock, dice and waiting, as effects. Every world performs them, so they need no handler."""

from __future__ import annotations

from math import isfinite
from typing import ClassVar, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, gt

from .effect import Effect, Repetition, proved


def _number(value: object) -> float:
    if isinstance(value, int | float) and isfinite(value):
        return float(value)
    raise TypeError(f"expected a finite number, got {type(value).__name__}: {value!r:.80}")


@frozen
class Now(Effect[float]):
    """What time it is: seconds since 1970, UTC."""

    kind: ClassVar[str] = "Now"
    repeats: ClassVar[Repetition] = "pure"

    def accept(self, value: object, /) -> float:
        return _number(value)


@frozen
class Draw(Effect[int]):
    """Throw a die: a whole number from 0 to ``sides - 1``."""

    kind: ClassVar[str] = "Draw"
    repeats: ClassVar[Repetition] = "pure"
    sides: int = field(validator=gt(0))

    def accept(self, value: object, /) -> int:
        drawn = proved(value, int)
        if not 0 <= drawn < self.sides:
            raise TypeError(f"a die of {self.sides} sides cannot show {drawn}")
        return drawn


@frozen
class Sleep(Effect[None]):
    """Wait so many seconds."""

    kind: ClassVar[str] = "Sleep"
    repeats: ClassVar[Repetition] = "pure"
    seconds: float = field(converter=_number, validator=ge(0))

    def accept(self, value: object, /) -> None:
        if value is not None:
            raise TypeError(f"expected None, got {type(value).__name__}")


Ambient: TypeAlias = Now | Draw | Sleep
