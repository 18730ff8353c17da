"""Types whose values JSON writes in one piece: plain ones, those with a text form, and choices."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from types import MappingProxyType, NoneType
from uuid import UUID

from typedagents.core.errors import ConfigError
from typedagents.tools.shapes import (
    Anything,
    Boolean,
    Choice,
    Choices,
    Formatted,
    Integer,
    JsonScalar,
    Null,
    Number,
    Shape,
    String,
)

_SCALARS: Mapping[object, Shape] = MappingProxyType(
    {
        object: Anything(),
        NoneType: Null(),
        bool: Boolean(),
        int: Integer(),
        float: Number(),
        str: String(),
        datetime: Formatted("date-time", datetime),
        date: Formatted("date", date),
        time: Formatted("time", time),
        timedelta: Formatted("duration", timedelta),
        UUID: Formatted("uuid", UUID),
        Decimal: Formatted("decimal", Decimal),
        bytes: Formatted("bytes", bytes),
    }
)


def scalar_of(kind: type) -> Shape | None:
    """The shape of a class that needs no look inside; None for others."""
    if issubclass(kind, Enum):
        return _choices_of(kind)
    # By name: a pure layer does not import pathlib, and a class of its exists only where somebody else did.
    if any(base.__name__ == "PurePath" and base.__module__.startswith("pathlib") for base in kind.__mro__):
        return Formatted("path", kind)
    return _SCALARS.get(kind)


def _choices_of(kind: type[Enum]) -> Choices:
    members = list(kind)
    if not members:
        raise ConfigError(f"the Enum {kind.__name__} has no members to choose from")
    by_name = not all(_is_json(member.value) for member in members)
    options = tuple(Choice(member.name if by_name else member.value, member) for member in members)
    return Choices(options, kind.__name__, first_paragraph(kind))


def _is_json(value: object) -> bool:
    return value is None or type(value) in {str, int, bool} or (type(value) is float and isfinite(value))


def literal_of(values: Iterable[object]) -> Choices:
    """``Literal[values]``: what JSON says directly, and members of an Enum by what that Enum is sent as."""
    options: dict[tuple[type, JsonScalar], Choice] = {}
    for value in values:
        option = _option_of(value)
        options.setdefault((type(option.json), option.json), option)
    return Choices(tuple(options.values()))


def _option_of(value: object) -> Choice:
    match value:
        case Enum():
            return next(option for option in _choices_of(type(value)).options if option.value is value)
        case None | bool() | int() | str():
            return Choice(value, value)
        case _:
            raise ConfigError(f"the Literal {value!r} is neither a text, a number, true, false nor null")


def first_paragraph(kind: type) -> str:
    """What the docstring of a class says first, on one line; empty where Python wrote it, or there is none."""
    written = vars(kind).get("__doc__")
    if not isinstance(written, str) or written.startswith(f"{kind.__name__}("):
        return ""
    return " ".join(inspect.cleandoc(written).partition("\n\n")[0].split())
