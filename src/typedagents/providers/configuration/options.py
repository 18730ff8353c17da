"""Options out of a configuration, of the types they have to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from .errors import InvalidValue

Options = Mapping[str, object]


def text_in(options: Options, *names: str) -> str | None:
    """The first of these options that is set, as text; None where none is."""
    for name in names:
        value = options.get(name)
        if value is not None:
            if not isinstance(value, str):
                raise InvalidValue(f"{name} is a text; found {type(value).__name__}")
            if value:
                return value
    return None


def number_in(options: Options, *names: str) -> float | None:
    """The first of these options that is set, as a number."""
    for name in names:
        value = options.get(name)
        if value is not None:
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise InvalidValue(f"{name} is a number; found {value!r:.60}")
            return float(value)
    return None


def whole_in(options: Options, *names: str) -> int | None:
    """The first of these options that is set, as a whole number."""
    value = number_in(options, *names)
    if value is not None and value != int(value):
        raise InvalidValue(f"{names[0]} is a whole number; found {value!r}")
    return None if value is None else int(value)


def flag_in(options: Options, name: str) -> bool | None:
    """An option that is true or false."""
    value = options.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidValue(f"{name} is True or False; found {value!r:.60}")
    return value


def dicts_in(options: Options, name: str) -> list[Options]:
    """An option that is a list of dicts; none where it is not set."""
    value = options.get(name)
    if value is None:
        return []
    if isinstance(value, Sequence) and all(isinstance(one, Mapping) for one in value):
        return [one for one in value if isinstance(one, Mapping)]
    raise InvalidValue(f"{name} is a list of dicts; found {type(value).__name__}")
