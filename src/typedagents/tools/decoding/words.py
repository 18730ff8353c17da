"""What a shape expects, and what came instead, in words for a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

import msgspec

from typedagents.tools.bad_arguments import quoted
from typedagents.tools.constraints import Bounds
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choices,
    Described,
    FixedTuple,
    Foreign,
    Form,
    Formatted,
    Integer,
    JsonScalar,
    Null,
    Number,
    OneOf,
    Record,
    Reference,
    Shape,
    String,
    Table,
)

MOST_NAMED = 8
"""Choices and keys that are named; the others are counted."""
_DIGITS = 40
_FORMS: Mapping[Form, str] = MappingProxyType(
    {
        "date-time": 'a date and time as in "2026-01-31T12:00:00Z"',
        "date": 'a date as in "2026-01-31"',
        "time": 'a time as in "12:00:00Z"',
        "duration": 'a duration in days and less, as in "P1DT2H3M4S"',
        "uuid": 'a UUID as in "123e4567-e89b-12d3-a456-426614174000"',
        "decimal": 'a number, or its digits as in "12.50"',
        "path": "a path",
        "bytes": "bytes in base64 with padding",
    }
)


def expected(shape: Shape) -> str:
    """What data of this shape are, with the bounds they keep to."""
    match shape:
        case Described(inner):
            return expected(inner)
        case OneOf(options):
            return " or ".join(dict.fromkeys(map(expected, options)))
        case Array() | FixedTuple() | Table() | Record() | Reference() | Foreign():
            return _several(shape)
        case _:
            return _scalar(shape)


def _scalar(
    shape: Anything | Null | Boolean | Integer | Number | String | Formatted | Choices,
) -> str:
    match shape:
        case Anything():
            return "anything"
        case Null():
            return "null"
        case Boolean():
            return "true or false"
        case Integer(bounds):
            return "a whole number" + _numbers(bounds)
        case Number(bounds):
            return "a number" + _numbers(bounds)
        case String(bounds):
            return "a text" + _texts(bounds)
        case Formatted(form, _, bounds):
            return _FORMS[form] + _numbers(bounds)
        case Choices(options):
            return _one_of(scalar(option.json) for option in options)
        case _ as never:
            assert_never(never)


def _several(shape: Array | FixedTuple | Table | Record | Reference | Foreign) -> str:
    match shape:
        case Array(bounds=bounds):
            return "a list" + (" without repetitions" if shape.unique else "") + _counts(bounds, "item")
        case FixedTuple(items):
            return f"a list of {counted(len(items), 'item')}"
        case Table(bounds=bounds):
            return "an object" + _counts(bounds, "key")
        case Record(name):
            return f"an object ({name})" if name else "an object"
        case Reference(name):
            return name  # of any kind, and not at hand here
        case Foreign(name, schema):
            said = msgspec.json.decode(schema, type=dict[str, object]).get("type")
            return f"an object ({name})" if said == "object" else f"what fits the schema {schema}"
        case _ as never:
            assert_never(never)


def _one_of(names: Iterable[str]) -> str:
    known = list(names)
    return known[0] if len(known) == 1 else f"one of {listed(known)}"


def listed(names: Iterable[str]) -> str:
    """``names`` with commas; the last of many are only counted."""
    known = list(names)
    beyond = len(known) - MOST_NAMED
    return ", ".join(known[:MOST_NAMED]) + (f" and {beyond} more" if beyond > 0 else "")


def counted(number: int, what: str) -> str:
    """``2 items``, ``1 item``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _numbers(bounds: Bounds) -> str:
    words = [
        f"{word} {value}"
        for word, value in (
            ("at least", bounds.ge),
            ("above", bounds.gt),
            ("at most", bounds.le),
            ("below", bounds.lt),
            ("a multiple of", bounds.multiple_of),
        )
        if value is not None
    ]
    return f" ({', '.join(words)})" if words else ""


def _texts(bounds: Bounds) -> str:
    pattern = f" that matches {bounds.pattern}" if bounds.pattern is not None else ""
    return _counts(bounds, "character") + pattern


def _counts(bounds: Bounds, what: str) -> str:
    low, high = bounds.min_length, bounds.max_length
    if low is None:
        return "" if high is None else f" of at most {counted(high, what)}"
    if high is None:
        return f" of at least {counted(low, what)}"
    return f" of {counted(low, what)}" if low == high else f" of {low} to {counted(high, what)}"


# --- what came --------------------------------------------------------------------------------------------------


def found(data: object) -> str:
    """What ``data`` is, in one short line, without a look at all of it."""
    match data:
        case str():
            return f"the text {quoted(data)}"
        case list():
            return f"a list of {counted(len(data), 'item')}"
        case dict():
            keys = listed(quoted(str(key)) for key in data)
            return f"an object with the keys {keys}" if data else "an empty object"
        case None | bool() | int() | float():
            return scalar(data)
        case _:
            return f"a Python {type(data).__name__}"


def scalar(value: JsonScalar) -> str:
    """``value`` as JSON writes it, cut where it is long."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int() if value.bit_length() > 3 * _DIGITS:
            return f"a whole number of about {value.bit_length() * 3 // 10} digits"
        case int() | float():
            return str(value)
        case _ as never:
            assert_never(never)
