"""Defaults as JSON text: what stands in a schema so that a model knows what happens when it leaves a property out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import assert_never

import msgspec

from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choice,
    Choices,
    Described,
    FixedTuple,
    Foreign,
    Formatted,
    Integer,
    Misfit,
    Null,
    Number,
    OneOf,
    Record,
    Reference,
    Shape,
    String,
    Table,
)

Definitions = Mapping[str, Shape]


class _NoJson(Exception):
    """This value has no JSON by this shape."""


# What writing raises besides: texts that are no Unicode, parts that are missing, values of another class.
_REFUSALS = (
    _NoJson,
    Misfit,
    TypeError,
    ValueError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
)


def default_text(value: object, shape: Shape, definitions: Definitions) -> str | None:
    """``value`` as the JSON that ``shape`` decodes to it; None where there is none, as for None where an int is meant."""
    try:
        return msgspec.json.encode(_json(value, shape, definitions)).decode()
    except _REFUSALS:
        return None


def _json(value: object, shape: Shape, definitions: Definitions) -> object:
    match shape:
        case Array() | FixedTuple() | Table() | Record():
            return _container(value, shape, definitions)
        case OneOf(options):
            return _first(value, options, definitions)
        case Described(inner):
            return _json(value, inner, definitions)
        case Reference(name):
            if (
                name not in definitions
            ):  # it is being read: a class that has an instance of itself as a default
                raise _NoJson
            return _json(value, definitions[name], definitions)
        case Foreign():
            data: object = msgspec.json.decode(shape.written(value))
            shape.validate(data)  # pydantic writes None, too, where a model is meant
            return data
        case Anything():
            return _plain(value)
        case Null() | Boolean() | Integer() | Number() | String() | Formatted() | Choices():
            return _scalar(value, shape)
        case _ as never:
            assert_never(never)


def _scalar(value: object, shape: Null | Boolean | Integer | Number | String | Formatted | Choices) -> object:
    match shape, value:
        case (Null(), None) | (Boolean(), bool()):
            return value
        case Integer() | Number(), bool():
            pass
        case (Integer(), int()) | (Number(), int()):
            return value
        case Number(), float() if isfinite(value):
            return value
        case String(), str():
            return str(value)
        case Formatted(form, kind), _ if isinstance(value, kind):
            return str(value) if form == "path" else msgspec.to_builtins(value)
        case Choices(options), _:
            return _chosen(value, options)
        case _:
            pass
    raise _NoJson


def _chosen(value: object, options: Iterable[Choice]) -> object:
    for option in options:
        if option.value is value or (type(option.value) is type(value) and option.value == value):
            return option.json
    raise _NoJson


def _container(value: object, shape: Array | FixedTuple | Table | Record, definitions: Definitions) -> object:
    match shape, value:
        case Array(items), list() | tuple():
            return [_json(one, items, definitions) for one in value]
        case Array(items, "set" | "frozenset"), set() | frozenset():
            return sorted((_json(one, items, definitions) for one in value), key=msgspec.json.encode)
        case FixedTuple(items), tuple():
            return [_json(one, item, definitions) for one, item in zip(value, items, strict=True)]
        case Table(keys, values), Mapping():
            return {
                str(_json(key, keys, definitions)): _json(one, values, definitions)
                for key, one in value.items()
            }
        case Record(), _:
            parts = shape.parts(value)
            return {
                one.name: _json(parts[one.attribute], one.shape, definitions)
                for one in shape.fields
                if one.required or one.attribute in parts
            }
        case _:
            raise _NoJson


def _first(value: object, options: Iterable[Shape], definitions: Definitions) -> object:
    for option in options:
        try:
            return _json(value, option, definitions)
        except _REFUSALS:
            continue
    raise _NoJson


def _plain(value: object) -> object:
    """Python data that is JSON as it is: what a model could send and the function would see the same."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if isfinite(value):
            return value
        case list():
            return [_plain(one) for one in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _plain(one) for key, one in value.items()}
        case _:
            raise _NoJson
