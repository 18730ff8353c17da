"""What a type looks like as JSON: one description, read by all who write schemas or decode arguments.

A shape is made from an annotation by ``reading.shape_of``. Sixteen cases, closed: readers match all of them.

    scalars    Anything, Null, Boolean, Integer, Number, String, Formatted, Choices
    several    Array, FixedTuple, Table, Record, OneOf
    around     Described (words), Reference (recursion), Foreign (a pydantic model)

Only what is recursive stands among the definitions of a ``Shaped``; everything else is written out where it is used,
so that a walk over a shape ends unless it follows a ``Reference``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, assert_never

from attrs import field, frozen

from .constraints import FREE, Bounds

JsonScalar: TypeAlias = str | int | float | bool | None
Step: TypeAlias = str | int
"""One step of a path into JSON data: a key, or an index."""


@frozen
class Anything:
    """Any JSON value, handed over as plain Python data."""


@frozen
class Null:
    """``null``, which is None."""


@frozen
class Boolean:
    """``true`` or ``false``; no number stands for them."""


@frozen
class Integer:
    """A whole number. JSON Schema counts 2.0 as one."""

    bounds: Bounds = FREE


@frozen
class Number:
    """A finite number, as a float."""

    bounds: Bounds = FREE


@frozen
class String:
    """A text."""

    bounds: Bounds = FREE


Form: TypeAlias = Literal["date-time", "date", "time", "duration", "uuid", "decimal", "path", "bytes"]


@frozen
class Formatted:
    """A value that JSON writes as a text of a certain form; ``kind`` is its Python class.

    date-time, date, time: RFC 3339 (``datetime``, ``date``, ``time``). duration: ISO 8601 (``timedelta``).
    uuid: ``UUID``. path: ``kind(text)`` makes it (``Path``, ``PurePosixPath``, ...). bytes: base64 with padding.
    decimal: ``Decimal``, written as a number or as its digits in a text; the only one that may have bounds.
    """

    form: Form
    kind: type
    bounds: Bounds = FREE


@frozen
class Choice:
    """A JSON value, and the Python value that it stands for (the same for ``Literal``, the member for an ``Enum``)."""

    json: JsonScalar
    value: object


@frozen
class Choices:
    """One of these, in declared order. ``true`` and ``1`` are two choices. ``name``: of the Enum; empty for Literal."""

    options: tuple[Choice, ...]
    name: str = ""
    description: str = ""


Into: TypeAlias = Literal["list", "tuple", "set", "frozenset"]


@frozen
class Array:
    """Any number of items of one shape, as ``into``. A set's items are unique, as JSON and as Python values."""

    items: Shape
    into: Into = "list"
    bounds: Bounds = FREE

    @property
    def unique(self) -> bool:
        return self.into in {"set", "frozenset"}


@frozen
class FixedTuple:
    """So many items, each of its own shape, as a tuple."""

    items: tuple[Shape, ...]


@frozen
class Table:
    """An object of any keys, as a dict.

    ``keys`` is String, Formatted (not decimal or bytes), Choices of texts, or Integer without bounds: JSON writes
    such a key as its digits.
    """

    keys: Shape
    values: Shape
    bounds: Bounds = FREE


def _no_parts(value: object) -> Mapping[str, object]:
    raise TypeError(f"the parameters of a function are no attributes of {value!r:.40}")


@frozen
class Field:
    """One property of a record. ``default`` is JSON text; None: there is none, or none that JSON can say."""

    name: str
    attribute: str
    """The key under which ``Record.make`` takes the value."""
    shape: Shape
    required: bool = True
    default: str | None = None
    description: str = ""


@frozen
class Record:
    """An object of known keys; no others are allowed.

    ``make`` builds the value from the decoded attributes that were sent: what is left out is filled in by the class
    or the function itself. It may raise what the class's own checks raise. ``name`` is empty for the parameters of a
    function, which ``make`` leaves a dict. ``parts`` is its inverse: the attributes of a value, by the same keys.
    """

    name: str
    fields: tuple[Field, ...]
    make: Callable[[Mapping[str, object]], object] = dict
    parts: Callable[[object], Mapping[str, object]] = _no_parts
    description: str = ""


@frozen
class OneOf:
    """A value of at least one of these shapes, at least two. Of several that fit, the first stands nearest."""

    options: tuple[Shape, ...]


@frozen
class Described:
    """A shape with words for the model. Those of a field stand in ``Field.description`` instead."""

    shape: Shape
    text: str


@frozen
class Reference:
    """The definition of this name, found in ``Shaped.definitions``: what is recursive."""

    name: str


class Misfit(Exception):
    """Data that a ``Foreign`` does not take: each problem with its path from there."""

    def __init__(self, problems: tuple[tuple[tuple[Step, ...], str], ...]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


@frozen
class Foreign:
    """A type that describes and validates itself, such as a pydantic model.

    ``schema`` is its JSON Schema as JSON text, with ``$defs`` only for what is recursive. ``validate`` takes JSON data
    and returns the value, or raises ``Misfit``; how strict it is, the type says. ``written`` gives a value as JSON text, or raises
    ``ValueError``.
    """

    name: str
    schema: str
    validate: Callable[[object], object]
    written: Callable[[object], str]
    hashable: bool = True


Shape: TypeAlias = (
    Anything
    | Null
    | Boolean
    | Integer
    | Number
    | String
    | Formatted
    | Choices
    | Array
    | FixedTuple
    | Table
    | Record
    | OneOf
    | Described
    | Reference
    | Foreign
)


def _read_only(definitions: Mapping[str, Shape]) -> Mapping[str, Shape]:
    return MappingProxyType(dict(definitions))


@frozen
class Shaped:
    """A shape, with the definitions that its references name."""

    shape: Shape
    definitions: Mapping[str, Shape] = field(factory=dict, converter=_read_only)


def members(shape: Shape, definitions: Mapping[str, Shape]) -> Iterator[Shape]:
    """What ``shape`` may be, with unions, words and references taken off: the shapes that say what data look like."""
    seen: set[str] = set()
    todo = [shape]
    while todo:
        one = todo.pop(0)
        match one:
            case OneOf(options):
                todo = [*options, *todo]
            case Described(inner):
                todo.insert(0, inner)
            case Reference(name):
                if name not in seen:
                    seen.add(name)
                    todo.insert(0, definitions[name])
            case (
                Anything()
                | Null()
                | Boolean()
                | Integer()
                | Number()
                | String()
                | Formatted()
                | Choices()
                | Array()
                | FixedTuple()
                | Table()
                | Record()
                | Foreign()
            ):
                yield one
            case _ as never:
                assert_never(never)
