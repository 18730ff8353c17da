"""Choosing among entries: by their fields, and by patterns for what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

from .errors import InvalidValue

Config: TypeAlias = dict[str, object]
Acceptable: TypeAlias = str | Iterable[str | None]
"""The values of a field that match, in which ``*`` stands for anything; None stands for an entry that lacks it."""


def chosen(
    entries: Sequence[Mapping[str, object]],
    fields: Mapping[str, Acceptable] | None,
    *,
    exclude: bool = False,
) -> list[Config]:
    """The entries that match in every field; with ``exclude``, all others.

    A field that is a list, such as ``tags``, matches where one of its items does. ``"gpt-4*"`` matches all that begins
    so, and ``"*"`` every entry that has the field. Where None is acceptable, an entry without that field matches too.
    """
    wanted = {name: _acceptable(name, values) for name, values in (fields or {}).items()}
    if not wanted:
        return [dict(entry) for entry in entries]
    return [dict(entry) for entry in entries if _matches(entry, wanted) is not exclude]


def _acceptable(name: str, values: object) -> list[object]:
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Iterable):
        raise InvalidValue(f"filter_dict[{name!r}] is a list of acceptable values; found {values!r:.60}")
    return list(values)


def _matches(entry: Mapping[str, object], wanted: Mapping[str, Sequence[object]]) -> bool:
    for name, values in wanted.items():
        held = entry.get(name)
        items = held if isinstance(held, list | tuple | set) else [held]
        if not any(_is_one(item, value) for item in items for value in values):
            return False
    return True


def _is_one(item: object, value: object) -> bool:
    if item == value:
        return True
    # No more than the star: names of models hold brackets and question marks of their own.
    return (
        isinstance(item, str)
        and isinstance(value, str)
        and "*" in value
        and fnmatchcase(item, value.replace("[", "[[]").replace("?", "[?]"))
    )
