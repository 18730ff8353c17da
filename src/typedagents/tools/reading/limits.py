"""What a shape can keep to, and which shapes can be: bounds put on it, items of sets, keys of mappings, endless types."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from typedagents.core.errors import ConfigError
from typedagents.tools.constraints import FREE, OF_LENGTHS, OF_NUMBERS, OF_TEXTS, Bounds
from typedagents.tools.shapes import (
    Anything,
    Array,
    Choices,
    Described,
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
    String,
    Table,
)

from .records import Made


def bounded(shape: Shape, bounds: Bounds) -> Shape:
    """``shape`` with ``bounds`` on each of its values but None. ``ConfigError`` where one of them cannot keep to it."""
    if bounds == FREE:
        return shape
    match shape:
        case Integer() | Number() | Formatted(form="decimal"):
            return evolve(shape, bounds=shape.bounds & _applying(bounds, OF_NUMBERS, shape))
        case String():
            return evolve(shape, bounds=shape.bounds & _applying(bounds, OF_TEXTS, shape))
        case Array() | Table():
            return evolve(shape, bounds=shape.bounds & _applying(bounds, OF_LENGTHS, shape))
        case OneOf(options):
            kept = (one if isinstance(one, Null) else bounded(one, bounds) for one in options)
            return OneOf(tuple(kept))
        case Described(inner, text):
            return Described(bounded(inner, bounds), text)
        case _:
            raise ConfigError(f"{bounds} cannot be asked of {called(shape)}")


def _applying(bounds: Bounds, possible: frozenset[str], shape: Shape) -> Bounds:
    idle = [name for name, _ in bounds.said() if name not in possible]
    if idle:
        raise ConfigError(
            f"{bounds} cannot be asked of {called(shape)}; what can be is {', '.join(sorted(possible))}"
        )
    return bounds


def called(shape: Shape) -> str:
    """What an error calls the values of ``shape``."""
    match shape:
        case Formatted(form):
            return f"a {form}"
        case Record(name) | Reference(name) | Foreign(name):
            return name
        case Anything():
            return "anything"
        case _:
            return f"a {type(shape).__name__.lower()}"


def unhashable(shape: Shape) -> Shape | None:
    """What within ``shape`` cannot be an item of a set; None where nothing is known to be in the way."""
    match shape:
        case Anything() | Table() | Foreign(hashable=False) | Array(into="list" | "set"):
            return shape
        case Record(make=make) if not isinstance(make, Made) or make.kind.__hash__ is None:
            return shape
        case Array(items=inner) | Described(shape=inner):
            return unhashable(inner)
        case FixedTuple(inners) | OneOf(inners):
            return next((found for one in inners if (found := unhashable(one)) is not None), None)
        case _:
            return None


def key_shape(shape: Shape) -> Shape | None:
    """``shape`` as that of the keys of an object, which JSON writes as texts; None where it can be no such text."""
    match shape:
        case Anything():
            return String()
        case Described(inner):
            return key_shape(inner)
        case String() | Formatted(form="date-time" | "date" | "time" | "duration" | "uuid" | "path"):
            return shape
        case Integer(bounds) if bounds == FREE:
            return shape
        case Choices(options) if all(isinstance(option.json, str) for option in options):
            return shape
        case _:
            return None


def endless(definitions: Mapping[str, Shape]) -> str | None:
    """A definition that is itself, or a union with itself, and so says nothing; None where each holds something."""

    def leads(shape: Shape, seen: frozenset[str]) -> bool:
        match shape:
            case OneOf(options):
                return any(leads(option, seen) for option in options)
            case Described(inner):
                return leads(inner, seen)
            case Reference(name):
                return name in seen or leads(definitions[name], seen | {name})
            case _:
                return False

    return next((name for name in definitions if leads(Reference(name), frozenset())), None)
