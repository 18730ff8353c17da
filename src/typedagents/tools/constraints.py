"""What an annotation adds to a type: words for the model, and bounds that its values keep.

    def book(seats: Annotated[int, "How many", Bounds(ge=1, le=9)]) -> str: ...

Those of annotated-types and msgspec say the same, and are read wherever they stand. Pydantic's own notes make the
whole annotation pydantic's (``reading.foreign``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from math import isfinite
from typing import TypeVar

import msgspec
import typing_extensions
from attrs import asdict, field, frozen

from typedagents.core.errors import ConfigError

N = TypeVar("N", int, float)

# Python's own syntax, which the regular expressions of JSON Schema (ECMA-262) do not have.
_PYTHON_ONLY = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[AZ]|\(\?P|\(\?#|\(\?[aiLmsux-]+[:)])")


@frozen
class Doc:
    """Says to the model what a parameter, a field or an item means. A plain string in ``Annotated`` does the same."""

    text: str


def _bound(value: float | Decimal | None) -> float | None:
    """A bound as JSON has it: ``Decimal`` loses what a float cannot hold."""
    match value:
        case None:
            return None
        case bool():
            pass
        case int() | float() if isfinite(value):
            return value
        case Decimal() if value.is_finite():
            return int(value) if value == int(value) else float(value)
        case _:
            pass
    raise ConfigError(f"a bound is a finite number, which a schema can say; found {value!r}")


def _step(value: float | Decimal | None) -> float | None:
    step = _bound(value)
    if step is not None and step <= 0:
        raise ConfigError(f"multiple_of is above nought; found {step}")
    return step


def _length(value: int | None) -> int | None:
    match value:
        case None:
            return None
        case bool():
            pass
        case int() if value >= 0:
            return value
        case _:
            pass
    raise ConfigError(f"a length is a whole number from nought; found {value!r}")


def _portable(pattern: str | re.Pattern[str] | None) -> str | None:
    if isinstance(pattern, re.Pattern):
        if pattern.flags & ~re.UNICODE:
            raise ConfigError(f"{pattern} has flags, which JSON Schema does not know; write it without")
        pattern = pattern.pattern
    if pattern is None:
        return None
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ConfigError(f"{pattern!r} is no regular expression: {error}") from error
    found = _PYTHON_ONLY.search(pattern)
    if found is not None:
        raise ConfigError(
            f"the pattern {pattern!r} uses {found[0]!r}, which JSON Schema does not know; write it without"
        )
    return pattern


@frozen(kw_only=True, repr=False)
class Bounds:
    """What a value keeps to: ``ge`` to ``multiple_of`` for numbers, lengths for texts, lists and mappings.

    Lengths count characters, items or keys. A ``pattern`` may match anywhere in a text unless it says ``^`` and ``$``;
    it is read by Python here and by other engines elsewhere, so Python's own syntax is refused with ``ConfigError``,
    as is a bound that is no finite number.
    """

    ge: float | None = field(default=None, converter=_bound)
    gt: float | None = field(default=None, converter=_bound)
    le: float | None = field(default=None, converter=_bound)
    lt: float | None = field(default=None, converter=_bound)
    multiple_of: float | None = field(default=None, converter=_step)
    min_length: int | None = field(default=None, converter=_length)
    max_length: int | None = field(default=None, converter=_length)
    pattern: str | None = field(default=None, converter=_portable)

    def __attrs_post_init__(self) -> None:
        low, high = self.min_length, self.max_length
        if low is not None and high is not None and low > high:
            raise ConfigError(f"no length is both at least {low} and at most {high}")

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.said())

    def __repr__(self) -> str:
        return f"Bounds({self})"

    def said(self) -> Iterator[tuple[str, float | str]]:
        """The bounds that there are, by name."""
        for name, value in asdict(self).items():
            if value is not None:
                yield name, value

    def __and__(self, other: Bounds) -> Bounds:
        """Both of them: the narrower of two bounds. Two patterns, or two steps, are a ``ConfigError``."""
        return Bounds(
            ge=_narrower(max, self.ge, other.ge),
            gt=_narrower(max, self.gt, other.gt),
            le=_narrower(min, self.le, other.le),
            lt=_narrower(min, self.lt, other.lt),
            multiple_of=_only("multiple_of", self.multiple_of, other.multiple_of),
            min_length=_narrower(max, self.min_length, other.min_length),
            max_length=_narrower(min, self.max_length, other.max_length),
            pattern=_only("pattern", self.pattern, other.pattern),
        )


def _narrower(choose: Callable[[N, N], N], one: N | None, other: N | None) -> N | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


T = TypeVar("T")


def _only(name: str, one: T | None, other: T | None) -> T | None:
    if one is not None and other is not None and one != other:
        raise ConfigError(f"a type keeps to one {name}; found {one!r} and {other!r}")
    return other if one is None else one


FREE = Bounds()
OF_NUMBERS = frozenset({"ge", "gt", "le", "lt", "multiple_of"})
OF_LENGTHS = frozenset({"min_length", "max_length"})
OF_TEXTS = OF_LENGTHS | {"pattern"}


@frozen
class Notes:
    """What the notes of an ``Annotated`` say: words (empty: none) and bounds."""

    text: str = ""
    bounds: Bounds = FREE


def notes_of(notes: Iterable[object]) -> Notes:
    """Reads what is known among ``notes``; those of others are left alone. The last words win: they stand outermost.

    ``ConfigError`` for a check of annotated-types that no schema can say, such as ``Predicate``: were it left out,
    nobody would check it.
    """
    text = ""
    bounds = FREE
    for note in notes:
        match note:
            case str():
                text = note
            case Doc(words):
                text = words
            case typing_extensions.Doc():
                text = note.documentation
            case Bounds():
                bounds &= note
            case msgspec.Meta():
                text = note.description or text
                bounds &= _duck(note)
            case _ if type(note).__module__ == "annotated_types":
                bounds &= _of_annotated_types(note)
            case _:
                pass
    return Notes(text, bounds)


def _of_annotated_types(note: object) -> Bounds:
    """Known by their names, so that the package need not be there."""
    match type(note).__name__:
        case "Ge" | "Gt" | "Le" | "Lt" | "MultipleOf" | "MinLen" | "MaxLen" | "Interval" | "Len":
            return _duck(note)
        case "Unit" | "DocInfo":
            return FREE
        case _:
            raise ConfigError(f"{note} is a check that no schema can say; check it in the function")


def _duck(note: object) -> Bounds:
    return Bounds(
        ge=getattr(note, "ge", None),
        gt=getattr(note, "gt", None),
        le=getattr(note, "le", None),
        lt=getattr(note, "lt", None),
        multiple_of=getattr(note, "multiple_of", None),
        min_length=getattr(note, "min_length", None),
        max_length=getattr(note, "max_length", None),
        pattern=getattr(note, "pattern", None),
    )
