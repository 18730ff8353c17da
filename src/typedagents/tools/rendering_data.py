"""What a tool returned, as JSON data, in the forms in which ``decoding`` takes arguments.

So that a model can hand on what it got: a NamedTuple is an object, an attrs class has the names of its constructor, an
Enum is sent by name where its values are no JSON. msgspec, which would do most of this, does these three otherwise, and
makes ``null`` of infinite numbers.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from inspect import isasyncgen, isawaitable
from math import isfinite
from typing import Protocol, runtime_checkable
from uuid import UUID

import attrs
import msgspec

from typedagents.core.parts import Audio, File, Image, Text

from .bad_arguments import where
from .decoding.problems import Path, steps
from .reading.scalars import scalar_of
from .shapes import Choices

MOST_DIGITS = 400
"""A Decimal beyond what a float holds keeps its exponent; written out it could fill the memory."""

_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


class CannotRender(Exception):
    """A tool returned what no model can be shown. The text is for the model, and for who wrote the tool."""


def plain_data(value: object) -> object:
    """``value`` as dicts, lists, texts, finite numbers, booleans and None; a copy of what holds others.

    ``CannotRender`` names the place of what JSON cannot say.
    """
    try:
        return _plain(value, None)
    except RecursionError as error:
        raise CannotRender("what was returned holds itself, or is nested too deeply for JSON") from error
    except (AttributeError, ValueError) as error:  # a field that was never set; pydantic's own errors
        raise CannotRender(f"what was returned cannot be written as JSON: {error}") from error


def _plain(value: object, at: Path) -> object:
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case Enum():
            return _plain(_choice(value), at)
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float() if isfinite(value):
            return float(value)
        case dict():
            return _object(value.items(), at)
        case list():
            return _list(value, at)
        case tuple():
            names: Sequence[str] | None = getattr(value, "_fields", None)
            return _list(value, at) if names is None else _object(zip(names, value, strict=True), at)
        case _:
            return _in_one_piece(value, at)


def _list(values: Iterable[object], at: Path) -> list[object]:
    return [
        one if type(one) in _AS_THEY_ARE else _plain(one, (at, index)) for index, one in enumerate(values)
    ]


def _object(items: Iterable[tuple[object, object]], at: Path) -> dict[str, object]:
    made: dict[str, object] = {}
    for key, one in items:
        name = key if isinstance(key, str) else _key(key, at)
        if name in made:
            raise _refused(at, f"has two keys that JSON writes as {name!r}")
        made[str.__str__(name)] = one if type(one) in _AS_THEY_ARE else _plain(one, (at, name))
    return made


def _key(key: object, at: Path) -> str:
    match _plain(key, at):
        case str(text):
            return text
        case int(number) if not isinstance(number, bool):
            return str(number)
        case _:
            raise _refused(at, f"has the key {key!r:.60}, and keys of JSON objects are texts")


def _choice(member: Enum) -> object:
    """What ``decoding`` takes for it."""
    shape = scalar_of(type(member))
    options = shape.options if isinstance(shape, Choices) else ()
    return next((option.json for option in options if option.value is member), member.value)


# --- what is no JSON by itself ----------------------------------------------------------------------------------


def _in_one_piece(value: object, at: Path) -> object:
    match value:
        case date() | time() | timedelta() | UUID() | bytes() | bytearray() | memoryview():
            text: object = msgspec.to_builtins(value)
            return text
        case Decimal() if value.is_finite():
            return f"{value:f}" if abs(value.adjusted()) < MOST_DIGITS else str(value)
        case float() | Decimal():
            raise _refused(at, f"is {value}, which JSON cannot say; return null or a text for it")
        case Text(words):
            return words
        case Image() | Audio() | File():
            kind = type(value).__name__
            raise _refused(
                at, f"is the part {kind}, which stands alone or as an item of the list that is returned"
            )
        case _ if hasattr(value, "__fspath__"):
            return str(value)
        case _:
            return _in_several(value, at)


def _in_several(value: object, at: Path) -> object:
    _prove_there(value, at)
    serializer: object = getattr(type(value), "__pydantic_serializer__", None)
    if isinstance(serializer, _DumpsItself):
        return _plain(serializer.to_python(value, mode="json", by_alias=True, warnings="none"), at)
    properties = _properties(value)
    if properties is not None:
        return _object(properties, at)
    match value:
        case Mapping():
            return _object(value.items(), at)
        case Sequence() | KeysView() | ItemsView() | ValuesView():
            return _list(value, at)
        case AbstractSet():
            # Sorted, else it were another list in each process.
            return sorted(_list(value, at), key=json.dumps)
        case _:
            kind = type(value).__name__
            raise _refused(
                at, f"is a {kind}, which JSON cannot say; return a text, or data that JSON can say"
            )


@runtime_checkable
class _DumpsItself(Protocol):
    """How pydantic's classes make plain data of their instances."""

    def to_python(self, value: object, /, *, mode: str, by_alias: bool, warnings: str) -> object: ...


def _properties(value: object) -> Iterable[tuple[object, object]] | None:
    """The properties of an instance of a class with fields; None for others."""
    kind = type(value)
    if isinstance(value, msgspec.Struct):
        return _of_struct(value)
    if attrs.has(kind):
        return ((one.alias, getattr(value, one.name)) for one in attrs.fields(kind))
    if dataclasses.is_dataclass(kind):
        return ((one.name, getattr(value, one.name)) for one in dataclasses.fields(kind))
    return None


def _of_struct(value: msgspec.Struct) -> Iterator[tuple[object, object]]:
    config = value.__struct_config__
    if config.tag is not None:
        yield config.tag_field, config.tag
    for name, said in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
        held: object = getattr(value, name)
        if held is not msgspec.UNSET:
            yield said, held


# --- what is not there ------------------------------------------------------------------------------------------


def _refused(at: Path, why: str) -> CannotRender:
    path = steps(at)
    return CannotRender(f"{where(path) if path else 'what was returned'} {why}")


def _prove_there(value: object, at: Path) -> None:
    """Refuse what is only a promise of values."""
    name = getattr(value, "__name__", type(value).__name__)
    if isawaitable(value):
        close: object = getattr(value, "close", None)
        if callable(close):
            close()  # or Python warns that nobody awaited it
        raise _refused(at, f"is a {type(value).__name__}: the tool forgot to await {name}")
    if isasyncgen(value) or isinstance(value, Iterator):
        raise _refused(at, f"is {name}, a {type(value).__name__}; return a list of what comes out of it")
