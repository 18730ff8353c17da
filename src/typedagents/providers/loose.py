"""Reading what a server sent without trusting its types: a value of the wrong type counts as absent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite

from msgspec import DecodeError, Raw
from msgspec.json import decode, encode

from typedagents.interpreter.ports import Headers

NO_ENTRIES: Mapping[object, object] = {}


def words(value: object) -> str:
    """``value`` where it is text, else nothing."""
    return value if isinstance(value, str) else ""


def written(value: object) -> str:
    """Text as it is, nothing for null, anything else as JSON: servers send objects where text belongs."""
    if isinstance(value, str):
        return value
    return "" if value is None else encode(value).decode()


def count(value: object) -> int | None:
    """``value`` as a number of tokens, where it is one."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        return None
    return int(value)


def money(value: object) -> Decimal | None:
    """``value`` as an amount, where it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        return None
    return Decimal(str(value))


def entries(value: object) -> Mapping[object, object]:
    """``value`` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else NO_ENTRIES


def items(value: object) -> list[object]:
    """``value`` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def header(headers: Headers, name: str) -> str:
    """The first header of this lower-case name, or nothing."""
    return next((value for key, value in headers if key.lower() == name), "")


def is_json(text: str) -> bool:
    """Whether ``text`` is one complete JSON value."""
    try:
        decode(text, type=Raw)
    except (DecodeError, UnicodeEncodeError):
        return False
    return True


def json_value(text: str) -> object:
    """The value that ``text`` is as JSON; None where it is none."""
    try:
        return decode(text)
    except (DecodeError, UnicodeEncodeError, RecursionError):
        return None


def json_object(data: bytes) -> Mapping[object, object] | None:
    """A body or an event as a JSON object; None where it is none."""
    try:
        value = decode(data)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
