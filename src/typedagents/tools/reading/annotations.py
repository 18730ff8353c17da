"""From annotations to shapes: ``shape_of`` for one type, ``parameters_of`` for those of a function.

What JSON cannot say is a ``ConfigError`` that names the place, the type, and what is possible. Nothing is imported to
recognise a type: an annotation that is pydantic's exists only where pydantic has been imported.
"""

from __future__ import annotations

import types
import typing
from collections import abc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import InitVar
from types import EllipsisType, MappingProxyType
from typing import Annotated, Final, Literal, NewType, TypeVar, Union, get_args, get_origin

import msgspec
import typing_extensions
from attrs import NOTHING, field, frozen, mutable

from typedagents.core.errors import ConfigError
from typedagents.tools.constraints import Bounds, Doc, notes_of
from typedagents.tools.shapes import (
    Anything,
    Array,
    Described,
    Field,
    FixedTuple,
    Into,
    Null,
    OneOf,
    Record,
    Shape,
    Shaped,
    String,
    Table,
)

from .defaults import default_text
from .foreign import foreign_of, is_foreign
from .hints import alias_value, at_large, binding_of, bound, is_alias
from .limits import bounded, called, endless, key_shape, unhashable
from .names import Names
from .records import LEFT_OUT, Property, outline_of
from .scalars import first_paragraph, literal_of, scalar_of

_ARRAYS: Mapping[object, Into] = MappingProxyType(
    {
        list: "list",
        abc.MutableSequence: "list",
        abc.Sequence: "tuple",
        abc.Collection: "tuple",
        abc.Iterable: "tuple",
        set: "set",
        abc.MutableSet: "set",
        frozenset: "frozenset",
        abc.Set: "frozenset",
    }
)
_TABLES: frozenset[object] = frozenset({dict, abc.Mapping, abc.MutableMapping})
# What says something of the place it stands in, and nothing of the type.
_QUALIFIERS: frozenset[object] = frozenset(
    {Final, typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.ReadOnly}
)
_SPECIAL: tuple[tuple[object, Shape], ...] = (
    (None, Null()),
    (vars(typing)["Any"], Anything()),
    (typing_extensions.LiteralString, String()),
    (
        vars(typing)["Tuple"],
        Array(Anything(), "tuple"),
    ),  # bare, it has no origin that tells it from Tuple[()]
)
POSSIBLE = (
    "str, int, float, bool, None, Any, Literal, Enum, unions, list, tuple, set, frozenset, dict, Sequence, Mapping,"
    " TypedDict, NamedTuple, dataclasses, attrs classes, msgspec.Struct, pydantic models, datetime, date, time,"
    " timedelta, UUID, Decimal, Path and bytes"
)


def shape_of(annotation: object, at: str = "the type") -> Shaped:
    """The shape of the values that ``annotation`` names. ``at`` is what errors call it."""
    reader = _Reader()
    return reader.finished(reader.read(annotation, at), at)


@frozen
class Parameter:
    """One parameter of a function. ``default`` is ``attrs.NOTHING`` where it has to be sent.

    ``description`` is what stands where the annotation has no words of its own, such as those of a docstring.
    """

    name: str
    annotation: object
    default: object = field(factory=lambda: NOTHING)  # as a plain default it would mean that there is none
    description: str = ""


def parameters_of(parameters: Iterable[Parameter], at: str = "") -> Shaped:
    """The record that the arguments of a call are: its value is a dict of those that were sent."""
    reader = _Reader()
    before = f"{at}: " if at else ""
    fields = tuple(
        reader.field(
            Property(
                name=one.name,
                key=one.name,
                attribute=one.name,
                annotation=one.annotation,
                default=LEFT_OUT if one.default is NOTHING else one.default,
                required=one.default is NOTHING,
            ),
            f"{before}parameter {one.name!r}",
            one.description,
        )
        for one in parameters
    )
    return reader.finished(Record("", fields), at or "the parameters")


@mutable(eq=False)
class _Reader:
    names: Names = field(factory=Names)

    def finished(self, shape: Shape, at: str) -> Shaped:
        empty = endless(self.names.definitions)
        if empty is not None:
            raise ConfigError(f"{at}: {empty} stands for itself; put a list, a dict or a class in between")
        return Shaped(shape, self.names.definitions)

    def field(self, one: Property, at: str, description: str = "") -> Field:
        if one.annotation is NOTHING:
            raise ConfigError(f"{at} has no type; annotate it, with Any where it may be anything")
        shape = self.read(one.annotation, at)
        if isinstance(shape, Described):
            description, shape = shape.text, shape.shape
        default = None
        if not one.required and one.default is not LEFT_OUT:
            default = default_text(one.default, shape, self.names.definitions)
        return Field(one.name, one.key, shape, one.required, default, description)

    def read(self, annotation: object, at: str) -> Shape:
        if is_foreign(annotation):
            return _foreign(annotation, at)
        if isinstance(annotation, NewType):
            return self.read(annotation.__supertype__, at)
        if isinstance(annotation, InitVar):
            return self.read(annotation.type, at)
        if isinstance(annotation, TypeVar):
            return self.read(bound(annotation, {}), at)
        origin = get_origin(annotation)
        if is_alias(annotation) or is_alias(origin):
            return self._alias(origin or annotation, get_args(annotation), at)
        for special, shape in _SPECIAL:
            if annotation is special:
                return shape
        if origin is not None and not getattr(annotation, "__unpacked__", False):
            return self._generic(annotation, origin, get_args(annotation), at)
        if isinstance(annotation, type):
            return self._class(annotation, None, at)
        raise _refused(annotation, at)

    def _generic(self, annotation: object, origin: object, arguments: tuple[object, ...], at: str) -> Shape:
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:], at)
        if origin in {Union, types.UnionType}:
            return self._union(arguments, at)
        if origin is Literal:
            with _placed(at):
                return literal_of(arguments)
        if origin in _QUALIFIERS:
            return self.read(arguments[0], at)
        if isinstance(origin, type):
            return self._class(origin, arguments, at)
        raise _refused(annotation, at)

    def _annotated(self, inner: object, notes: tuple[object, ...], at: str) -> Shape:
        shape = self.read(inner, at)
        with _placed(at):
            said = notes_of(notes)
            shape = bounded(shape, said.bounds)
        if not said.text:
            return shape
        return Described(shape.shape if isinstance(shape, Described) else shape, said.text)

    def _union(self, members: tuple[object, ...], at: str) -> Shape:
        options: list[Shape] = []
        for member in members:
            if member is not msgspec.UnsetType:  # what a Struct shows for a field that was not sent
                shape = self.read(member, at)
                inner = shape.options if isinstance(shape, OneOf) else (shape,)
                options += [one for one in inner if one not in options]
        return OneOf(tuple(options)) if len(options) > 1 else options[0]

    def _class(self, kind: type, arguments: tuple[object, ...] | None, at: str) -> Shape:
        with _placed(at):
            scalar = scalar_of(kind)
        if scalar is not None:
            return scalar
        if kind is tuple:
            return self._tuple(arguments, at)
        if kind in _ARRAYS:
            return self._array(arguments, _ARRAYS[kind], at)
        if kind in _TABLES:
            return self._table(arguments, at)
        return self._record(kind, arguments or (), at)

    def _tuple(self, arguments: tuple[object, ...] | None, at: str) -> Shape:
        match arguments:
            case None:
                return Array(Anything(), "tuple")
            case (item, EllipsisType()):
                return self._array((item,), "tuple", at)
            case _:
                return FixedTuple(tuple(self.read(item, f"{at}[{i}]") for i, item in enumerate(arguments)))

    def _array(self, arguments: tuple[object, ...] | None, into: Into, at: str) -> Array:
        items = self.read(arguments[0], f"{at}[]") if arguments else Anything()
        if into in {"set", "frozenset"} and (found := unhashable(items)) is not None:
            raise ConfigError(
                f"{at}: a {into} holds what can be hashed, which {called(found)} cannot be; take a list,"
                " or a class that is frozen"
            )
        return Array(items, into)

    def _table(self, arguments: tuple[object, ...] | None, at: str) -> Table:
        if not arguments:
            return Table(String(), Anything())
        keys = key_shape(self.read(arguments[0], f"{at} (its keys)"))
        if keys is None:
            raise ConfigError(
                f"{at}: the keys of a JSON object are texts, which {_shown(arguments[0])} is not; possible are str,"
                " int, Literal and Enum of texts, UUID, date, datetime, time, timedelta and Path"
            )
        return Table(keys, self.read(arguments[1], f"{at}[]"))

    def _alias(self, alias: object, arguments: tuple[object, ...], at: str) -> Shape:
        def read() -> Shape:
            with _placed(at):
                value = alias_value(alias, binding_of(alias, arguments), self.names.open())
            return self.read(value, at)

        return self.names.read(alias, arguments, _title(alias, arguments), read, at)

    def _record(self, kind: type, arguments: tuple[object, ...], at: str) -> Shape:
        title = _title(kind, arguments)
        with _placed(at):
            arguments = arguments or at_large(kind)

        def read() -> Shape:
            with _placed(at):
                outline = outline_of(kind, binding_of(kind, arguments), self.names.open())
            if outline is None:
                raise _refused(kind, at)
            fields = tuple(self.field(one, f"{at}.{one.name}") for one in outline.properties)
            tag = () if outline.tag is None else (outline.tag,)
            return Record(title, tag + fields, outline.make, outline.parts, first_paragraph(kind))

        return self.names.read(kind, arguments, title, read, at)


def _title(named: object, arguments: tuple[object, ...]) -> str:
    name: str = getattr(named, "__name__", "")
    return f"{name}[{', '.join(map(_shown, arguments))}]" if arguments else name


def _foreign(annotation: object, at: str) -> Shape:
    notes = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    if any(isinstance(note, Bounds | msgspec.Meta) for note in notes):
        raise ConfigError(f"{at}: {_shown(annotation)} is pydantic's; give its bounds with pydantic.Field")
    words = notes_of(note for note in notes if isinstance(note, str | Doc | typing_extensions.Doc)).text
    shape = foreign_of(annotation, at)
    return Described(shape, words) if words else shape


@contextmanager
def _placed(at: str) -> Iterator[None]:
    """What is wrong, with the place where it is."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{at}: {error}") from error


def _shown(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _refused(annotation: object, at: str) -> ConfigError:
    return ConfigError(f"{at}: no JSON stands for {_shown(annotation)}; possible are {POSSIBLE}")
