"""Classes whose instances JSON writes as objects: what their properties are, and the way to a value and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, get_args, get_origin

import attrs
import msgspec
import typing_extensions
from attrs import frozen

from typedagents.tools.shapes import Choice, Choices, Field

from .hints import Binding, class_hints


@frozen
class LeftOut:
    """In place of a default that is not known before a value is made, such as a factory's."""


LEFT_OUT = LeftOut()


@frozen
class Property:
    """One property of a class. ``key`` is how its constructor calls it, ``attribute`` how its instances do.

    ``annotation`` is ``attrs.NOTHING`` where there is none.
    """

    name: str
    key: str
    attribute: str
    annotation: object
    default: object = LEFT_OUT
    required: bool = True


@frozen
class Made:
    """Makes an instance from keyword arguments. ``tag`` is a property that only says the class, and no argument."""

    kind: type
    tag: str = ""

    def __call__(self, values: Mapping[str, object], /) -> object:
        made: object = self.kind(**{key: value for key, value in values.items() if key != self.tag})
        return made


@frozen
class Taken:
    """The inverse of ``Made``: ``keys`` are the constructor's names and the instance's."""

    kind: type
    keys: tuple[tuple[str, str], ...]
    tag: tuple[tuple[str, object], ...] = ()

    def __call__(self, value: object, /) -> Mapping[str, object]:
        if not isinstance(value, self.kind):
            raise TypeError(f"expected {self.kind.__name__}, got {type(value).__name__}")
        found = {key: getattr(value, name) for key, name in self.keys}
        return {key: one for key, one in found.items() if one is not msgspec.UNSET} | dict(self.tag)


def _same(value: object, /) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected a dict, got {type(value).__name__}")
    return value


@frozen
class Outline:
    """A class as a record. ``tag`` is the property that tells it from others of its union, where it has one."""

    properties: tuple[Property, ...]
    make: Callable[[Mapping[str, object]], object]
    parts: Callable[[object], Mapping[str, object]]
    tag: Field | None = None


def outline_of(kind: type, binding: Binding, names: Mapping[str, object]) -> Outline | None:
    """What kind of record ``kind`` is; None where it is none. ``ConfigError`` where annotations cannot be resolved."""
    found = _properties(kind, lambda: class_hints(kind, binding, names))
    if found is None:
        return None
    properties = tuple(found)
    if typing_extensions.is_typeddict(kind):
        return Outline(properties, dict, _same)
    keys = tuple((one.key, one.attribute) for one in properties)
    tag = _tag(kind)
    if tag is None:
        return Outline(properties, Made(kind), Taken(kind, keys))
    name, value = tag
    said = Field(name, name, Choices((Choice(value, value),)))
    return Outline(properties, Made(kind, name), Taken(kind, keys, (tag,)), said)


Hints = Callable[[], Mapping[str, object]]


def _properties(kind: type, hints: Hints) -> Iterator[Property] | None:
    if typing_extensions.is_typeddict(kind):
        return _typed_dict(kind, hints)
    if issubclass(kind, tuple):
        return _named_tuple(kind, hints) if hasattr(kind, "_fields") else None
    if issubclass(kind, msgspec.Struct):
        return _struct(kind, hints)
    if attrs.has(kind):
        return _attrs(kind, hints)
    return _dataclass(kind, hints) if dataclasses.is_dataclass(kind) else None


def _typed_dict(kind: type, hints: Hints) -> Iterator[Property]:
    required: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
    for name, hint in hints().items():
        # Where annotations are strings, Python's own set of required keys misses what only the resolved ones say.
        said = _said(hint)
        yield Property(name, name, name, hint, required=name in required if said is None else said)


def _said(hint: object) -> bool | None:
    """What the annotation of a key says of its being required; None where it says nothing."""
    origin = get_origin(hint)
    if origin is typing_extensions.Required:
        return True
    if origin is typing_extensions.NotRequired:
        return False
    return _said(get_args(hint)[0]) if origin in {Annotated, typing_extensions.ReadOnly} else None


def _property(name: str, hint: object, default: object, *, key: str = "", json: str = "") -> Property:
    required = default is attrs.NOTHING
    return Property(json or key or name, key or name, name, hint, LEFT_OUT if required else default, required)


def _named_tuple(kind: type, hints: Hints) -> Iterator[Property]:
    names: tuple[str, ...] = getattr(kind, "_fields", ())
    defaults: Mapping[str, object] = getattr(kind, "_field_defaults", {})
    known = hints()
    for name in names:
        yield _property(name, known.get(name, attrs.NOTHING), defaults.get(name, attrs.NOTHING))


def _struct(kind: type[msgspec.Struct], hints: Hints) -> Iterator[Property]:
    known = hints()
    for one in msgspec.structs.fields(kind):
        made = LEFT_OUT if one.default_factory is not msgspec.NODEFAULT else one.default
        default = attrs.NOTHING if made is msgspec.NODEFAULT else made
        yield _property(one.name, known[one.name], default, json=one.encode_name)


_FACTORY: type = type(attrs.Factory(list))  # for type checkers, attrs.Factory is a function


def _attrs(kind: type[attrs.AttrsInstance], hints: Hints) -> Iterator[Property]:
    known = hints()
    for one in attrs.fields(kind):
        if one.init:
            default = LEFT_OUT if isinstance(one.default, _FACTORY) else one.default
            yield _property(one.name, known.get(one.name, attrs.NOTHING), default, key=one.alias)


def _dataclass(kind: type, hints: Hints) -> Iterator[Property]:
    stored: Mapping[str, dataclasses.Field[object]] = vars(kind)["__dataclass_fields__"]
    kept = {one.name for one in dataclasses.fields(kind)}
    known = hints()
    for name, one in stored.items():
        hint = known[name]
        if one.init and (name in kept or isinstance(hint, dataclasses.InitVar)):
            default = attrs.NOTHING if one.default is dataclasses.MISSING else one.default
            made = one.default_factory is not dataclasses.MISSING
            yield _property(name, hint, LEFT_OUT if made else default)


def _tag(kind: type) -> tuple[str, str | int] | None:
    """What a msgspec.Struct says of its class in a property of its own."""
    if not issubclass(kind, msgspec.Struct):
        return None
    name, value = kind.__struct_config__.tag_field, kind.__struct_config__.tag
    return None if name is None or value is None else (name, value)
