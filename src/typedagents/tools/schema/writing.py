"""From shapes to JSON Schema (draft 2020-12).

Lean, for a reader that pays by the token: properties have no titles. A class has its name as ``title``, which tells
the members of a union apart, and the first paragraph of its docstring as ``description``. Types are written out where
they are used; only what is recursive stands in ``$defs``. Objects do not say ``additionalProperties: false``, though
other keys are refused: profiles add it where a provider wants it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

import msgspec
from attrs import field, mutable

from typedagents.tools.constraints import FREE, Bounds
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choices,
    Described,
    Field,
    FixedTuple,
    Foreign,
    Formatted,
    Integer,
    Null,
    Number,
    OneOf,
    Record,
    Reference,
    Shape,
    Shaped,
    String,
    Table,
)

from .walk import JsonObject, closed, definitions_of, mapped, named, reference

_NUMBERS = MappingProxyType(
    {
        "ge": "minimum",
        "gt": "exclusiveMinimum",
        "le": "maximum",
        "lt": "exclusiveMaximum",
        "multiple_of": "multipleOf",
    }
)
_TEXTS = MappingProxyType({"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"})
_ITEMS = MappingProxyType({"min_length": "minItems", "max_length": "maxItems"})
_KEYS = MappingProxyType({"min_length": "minProperties", "max_length": "maxProperties"})
_TYPES: Mapping[type, str] = MappingProxyType(
    {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
)
# Decimal's digits as a text: exact, and the form in which JSON writers give a Decimal back.
DIGITS = r"^-?[0-9]+(\.[0-9]+)?$"
WHOLE = "^(0|-?[1-9][0-9]*)$"


def schema_of(shaped: Shaped) -> JsonObject:
    """The JSON Schema of the data that ``shaped`` takes; a new dict each time."""
    writer = _Writer(set(shaped.definitions))
    made = writer.schema(shaped.shape)
    for name, shape in shaped.definitions.items():
        writer.definitions[name] = writer.schema(shape)
    if writer.definitions:
        made["$defs"] = writer.definitions
    return made


def schema_text(shaped: Shaped) -> str:
    """The same as JSON text. Properties keep their declared order, in which models also answer."""
    return msgspec.json.encode(schema_of(shaped)).decode()


@mutable(eq=False)
class _Writer:
    taken: set[str]
    definitions: JsonObject = field(factory=dict)
    hoisted: dict[tuple[str, bytes], str] = field(factory=dict)

    def schema(self, shape: Shape) -> JsonObject:
        match shape:
            case Array() | FixedTuple() | Table() | Record():
                return self._container(shape)
            case OneOf(options):
                return self._either(options)
            case Described(inner, text):
                return self.schema(inner) | {"description": text}
            case Reference(name):
                return reference(name)
            case Foreign():
                return self._foreign(shape)
            case _:
                return _scalar(shape)

    def _either(self, options: Iterable[Shape]) -> JsonObject:
        """A union; what JSON writes alike, such as a list and a tuple, is said once."""
        said: list[JsonObject] = []
        for option in options:
            schema = self.schema(option)
            if schema not in said:
                said.append(schema)
        return {"anyOf": said} if len(said) > 1 else said[0]

    def _container(self, shape: Array | FixedTuple | Table | Record) -> JsonObject:
        match shape:
            case Array(items, _, bounds):
                unique: JsonObject = {"uniqueItems": True} if shape.unique else {}
                return {"type": "array", "items": self.schema(items)} | unique | _bounds(bounds, _ITEMS)
            case FixedTuple(items):
                size = len(items)
                first: JsonObject = {"prefixItems": [self.schema(item) for item in items]} if size else {}
                return {"type": "array"} | first | {"minItems": size, "maxItems": size}
            case Table(keys, values, bounds):
                named_by = _keys(keys)
                names: JsonObject = {"propertyNames": named_by} if named_by else {}
                held = self.schema(values) or True
                return {"type": "object"} | names | {"additionalProperties": held} | _bounds(bounds, _KEYS)
            case Record():
                return self._record(shape)
            case _ as never:
                assert_never(never)

    def _record(self, shape: Record) -> JsonObject:
        made: JsonObject = {
            "type": "object",
            "properties": {one.name: self._property(one) for one in shape.fields},
        }
        required = [one.name for one in shape.fields if one.required]
        if required:
            made["required"] = required
        if shape.name:
            made["title"] = shape.name
        return made | _words(shape.description)

    def _property(self, one: Field) -> JsonObject:
        made = self.schema(one.shape)
        if one.default is not None:
            made["default"] = msgspec.json.decode(one.default)
        return made | _words(one.description)

    def _foreign(self, shape: Foreign) -> JsonObject:
        """The type's own schema; its definitions move to the top, under names that nothing else has there."""
        schema: JsonObject = msgspec.json.decode(shape.schema, type=dict[str, object])
        known = definitions_of(schema)
        names = {name: self._name(name, msgspec.json.encode(closed(name, known))) for name in known}

        def renamed(one: JsonObject) -> JsonObject:
            name = named(one)
            moved = {key: value for key, value in one.items() if key != "$defs"}
            if name in names:
                moved |= reference(names[name])
            return mapped(moved, renamed)

        self.definitions |= {names[name]: renamed(one) for name, one in known.items()}
        return renamed(schema)

    def _name(self, name: str, meaning: bytes) -> str:
        if (name, meaning) not in self.hoisted:
            names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
            free = next(one for one in names if one not in self.taken)
            self.taken.add(free)
            self.hoisted[name, meaning] = free
        return self.hoisted[name, meaning]


def _scalar(
    shape: Anything | Null | Boolean | Integer | Number | String | Formatted | Choices,
) -> JsonObject:
    match shape:
        case Anything():
            return {}
        case Null():
            return {"type": "null"}
        case Boolean():
            return {"type": "boolean"}
        case Integer(bounds):
            return {"type": "integer"} | _bounds(bounds, _NUMBERS)
        case Number(bounds):
            return {"type": "number"} | _bounds(bounds, _NUMBERS)
        case String(bounds):
            return {"type": "string"} | _bounds(bounds, _TEXTS)
        case Formatted():
            return _formatted(shape)
        case Choices():
            return _choices(shape)
        case _ as never:
            assert_never(never)


def _formatted(shape: Formatted) -> JsonObject:
    if shape.form == "bytes":
        return {"type": "string", "contentEncoding": "base64"}
    if shape.form != "decimal":
        return {"type": "string", "format": shape.form}
    number: JsonObject = {"type": "number"} | _bounds(shape.bounds, _NUMBERS)
    # No schema can bound the digits in a text, so that a bounded Decimal is told as a number only.
    return number if shape.bounds != FREE else {"anyOf": [number, {"type": "string", "pattern": DIGITS}]}


def _choices(shape: Choices) -> JsonObject:
    values = [option.json for option in shape.options]
    kinds = {type(value) for value in values}
    made: JsonObject = {"enum": values}
    if len(kinds) == 1:
        made["type"] = _TYPES[kinds.pop()]
    if shape.name:
        made["title"] = shape.name
    return made | _words(shape.description)


def _keys(shape: Shape) -> JsonObject:
    """The schema of the keys, less what every key is."""
    if isinstance(shape, Integer):
        return {"pattern": WHOLE}
    made = schema_of(Shaped(shape))
    del made["type"]
    return made


def _bounds(bounds: Bounds, keywords: Mapping[str, str]) -> JsonObject:
    return {keywords[name]: value for name, value in bounds.said()}


def _words(text: str) -> JsonObject:
    return {"description": text} if text else {}
