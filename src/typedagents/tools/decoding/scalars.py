"""Decoding what JSON writes in one piece: numbers, texts, choices, and what has the form of a text."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import TypeAlias, assert_never

import msgspec
from attrs import frozen

from typedagents.tools.constraints import FREE, Bounds
from typedagents.tools.schema.writing import DIGITS, WHOLE
from typedagents.tools.shapes import (
    Anything,
    Boolean,
    Choice,
    Choices,
    Formatted,
    Integer,
    Null,
    Number,
    Shape,
    String,
)

from .json_reading import MOST_DIGITS
from .words import expected, found

Scalar: TypeAlias = Anything | Null | Boolean | Integer | Number | String | Formatted | Choices


@frozen
class Unfit:
    """In place of a value: what was expected, and what came."""

    expected: str
    found: str


def _not(shape: Shape, data: object) -> Unfit:
    return Unfit(expected(shape), found(data))


def scalar_value(shape: Scalar, data: object) -> object:
    """The value that ``data`` stands for, or ``Unfit``.

    No text stands for a number and no number for a boolean; a whole number may be written as 2.0, and any number
    stands where a float is meant.
    """
    match shape:
        case Anything():
            return data
        case Null():
            return data if data is None else _not(shape, data)
        case Boolean():
            return data if isinstance(data, bool) else _not(shape, data)
        case Integer(bounds):
            return _whole(shape, data, bounds)
        case Number(bounds):
            return _float(shape, data, bounds)
        case String(bounds):
            return _text(shape, data, bounds)
        case Formatted():
            return _formatted(shape, data)
        case Choices(options):
            option = chosen(options, data)
            return _not(shape, data) if option is None else option.value
        case _ as never:
            assert_never(never)


def chosen(options: tuple[Choice, ...], data: object) -> Choice | None:
    """The option that ``data`` is. As JSON Schema has it, 1.0 is 1, and true is not."""
    if not isinstance(data, str | int | float | None):
        return None
    for option in options:
        if option.json == data and isinstance(option.json, bool) is isinstance(data, bool):
            return option
    return None


# --- numbers ----------------------------------------------------------------------------------------------------


def _whole(shape: Shape, data: object, bounds: Bounds) -> object:
    match data:
        case bool():
            return _not(shape, data)
        case int():
            value = data
        case float() if data.is_integer():
            value = int(data)
        case _:
            return _not(shape, data)
    return value if bounds is FREE or _bounded(value, bounds) else _not(shape, data)


def _float(shape: Shape, data: object, bounds: Bounds) -> object:
    match data:
        case bool():
            return _not(shape, data)
        case int():
            try:
                value = float(data)
            except OverflowError:
                return Unfit("a number that fits into 64 bits", found(data))
        case float() if isfinite(data):
            value = data
        case _:
            return _not(shape, data)
    return value if bounds is FREE or _bounded(value, bounds) else _not(shape, data)


def _bounded(value: float | Decimal, bounds: Bounds) -> bool:
    return (
        (bounds.ge is None or value >= bounds.ge)
        and (bounds.gt is None or value > bounds.gt)
        and (bounds.le is None or value <= bounds.le)
        and (bounds.lt is None or value < bounds.lt)
        and (bounds.multiple_of is None or _is_multiple(value, bounds.multiple_of))
    )


def _is_multiple(value: float | Decimal, step: float) -> bool:
    """By the digits that are written: 0.3 is a multiple of 0.1."""
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return (_exact(value) / _exact(step)).denominator == 1


def _exact(value: float | Decimal) -> Fraction:
    return Fraction(str(value) if isinstance(value, float) else value)


# --- texts ------------------------------------------------------------------------------------------------------


def _text(shape: Shape, data: object, bounds: Bounds) -> object:
    if not isinstance(data, str) or not (bounds is FREE or _keeps_to(data, bounds)):
        return _not(shape, data)
    return data


def _keeps_to(text: str, bounds: Bounds) -> bool:
    return has_length(len(text), bounds) and (
        bounds.pattern is None or _compiled(bounds.pattern).search(text) is not None
    )


def has_length(length: int, bounds: Bounds) -> bool:
    """Whether so many characters, items or keys are as many as there may be."""
    return (bounds.min_length is None or length >= bounds.min_length) and (
        bounds.max_length is None or length <= bounds.max_length
    )


_ENDS = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""As JSON Schema reads it, whose ``$`` is the very end, and whose ``\d`` and ``\w`` are ASCII."""
    ended = _ENDS.sub(lambda found: found[1] or r"\Z", pattern)
    unicode_spaces = re.search(r"\\[sS]", pattern)
    return re.compile(ended, re.NOFLAG if unicode_spaces else re.ASCII)


def _formatted(shape: Formatted, data: object) -> object:
    if shape.form == "decimal":
        return _decimal(shape, data)
    if not isinstance(data, str):
        return _not(shape, data)
    try:
        if shape.form == "path":
            made: object = shape.kind(data)
            return made
        value: object = msgspec.convert(_in_days(data) if shape.form == "duration" else data, shape.kind)
        return value
    except (ValueError, TypeError, OverflowError):
        return _not(shape, data)


def _in_days(text: str) -> str:
    """Weeks as days: msgspec reads no weeks."""
    weeks = re.fullmatch(r"P([0-9]{1,9})W", text)
    return text if weeks is None else f"P{int(weeks[1]) * 7}D"


def _decimal(shape: Formatted, data: object) -> object:
    match data:
        case bool():
            return _not(shape, data)
        case str() if re.fullmatch(DIGITS, data):
            value = Decimal(data)
        case int():
            value = Decimal(data)
        case float() if isfinite(data):
            value = Decimal(str(data))
        case _:
            return _not(shape, data)
    return value if shape.bounds is FREE or _bounded(value, shape.bounds) else _not(shape, data)


def whole_key(shape: Integer, key: str) -> object:
    """A key that is a whole number, which JSON writes as a text."""
    if re.fullmatch(WHOLE, key) and len(key) <= MOST_DIGITS:
        return int(key)
    return Unfit(f"a key that is {expected(shape)}", found(key))
