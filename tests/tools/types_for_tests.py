"""Types that tools may take, defined in a module as a user's are: strings as annotations, recursion, generics."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Generic, Literal, NamedTuple, NewType, NotRequired, Required, TypeVar
from uuid import UUID

import attrs
import msgspec
from typing_extensions import ReadOnly, TypeAliasType, TypedDict

from typedagents.tools.constraints import Bounds, Doc

T = TypeVar("T")
K = TypeVar("K", bound=str)


class Colour(StrEnum):
    """What a thing looks like."""

    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Corner(Enum):
    """Values that JSON has no scalar for: sent by name."""

    TOP = (0, 1)
    BOTTOM = (0, -1)


Celsius = NewType("Celsius", float)
Json = TypeAliasType(
    "Json",
    "bool | float | str | list[Json] | dict[str, Json] | None",  # pyright: ignore[reportInvalidTypeForm]  # it is one
)
Pair = TypeAliasType("Pair", "tuple[T, T]", type_params=(T,))
Nested = TypeAliasType(
    "Nested",
    "T | list[Nested[T]]",  # pyright: ignore[reportInvalidTypeForm]  # it is one
    type_params=(T,),
)
Score = TypeAliasType("Score", Annotated[int, "How good", Bounds(ge=0, le=10)])


@dataclass
class Point:
    """Where something is.

    More about it, which no model needs.
    """

    x: Annotated[int, "Across"]
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Trip:
    start: Point
    end: Point | None = None
    seen: int = dataclasses.field(default=0, init=False)
    scale: InitVar[float] = 1.0
    by: Colour = Colour.RED

    def __post_init__(self, scale: float) -> None:
        if scale < 0:
            raise ValueError("a scale is not below nought")


@attrs.frozen
class Account:
    """An attrs class: what is private is asked for without its underscore."""

    _id: UUID
    owner: str
    balance: Decimal = Decimal("1.50")
    history: tuple[Account, ...] = ()
    level: Level = attrs.field(default=Level.LOW, alias="rank")
    notes: list[str] = attrs.field(factory=list)
    opened: bool = attrs.field(default=True, init=False)


class Person(msgspec.Struct, rename="camel"):
    first_name: str
    birth_day: date | None = None
    pet: Cat | Dog | None = None
    nick: str | msgspec.UnsetType = msgspec.UNSET


class Cat(msgspec.Struct, tag=True):
    lives: Annotated[int, msgspec.Meta(ge=0, le=9, description="Left")] = 9


class Dog(msgspec.Struct, tag="dog", tag_field="kind", frozen=True):
    name: str


class Film(TypedDict):
    title: str
    year: NotRequired[int]


class Review(Film, total=False):
    stars: Required[Annotated[int, Doc("One to five")]]
    words: Annotated[NotRequired[str], "What was said"]
    by: ReadOnly[str]


class Span(NamedTuple):
    low: float
    high: float = 1.0
    name: str | None = None


@dataclass
class Node:
    """A tree."""

    value: int
    left: Node | None = None
    right: Node | None = None


@dataclass
class Box(Generic[T]):
    item: T
    more: list[T] = dataclasses.field(default_factory=list)


@dataclass
class Named(Box[list[T]], Generic[T, K]):
    name: K | None = None
    inner: Box[T] | None = None


@dataclass
class Chain(Generic[T]):
    head: T
    rest: Chain[T] | None = None


@dataclass
class Wider(Generic[T]):
    """Has no end: each holds a wider one."""

    item: T
    next: Wider[list[T]] | None = None


# Each leads to each, as the nodes of a syntax tree do.
@dataclass
class Add:
    left: Expression
    right: Expression


@dataclass
class Call:
    name: str
    arguments: list[Expression]


@dataclass
class Let:
    names: Mapping[str, Expression]
    body: Expression
    at: Place | None = None


@dataclass
class Place:
    line: int


Expression = TypeAliasType("Expression", "Add | Call | Let | int")


@dataclass
class First:
    second: Second


@dataclass
class Second:
    third: list[Third]
    fourth: list[Fourth]


@dataclass
class Third:
    second: Second | None
    first: First | None


@dataclass
class Fourth:
    third: Third


@dataclass
class Everything:
    path: Path
    choice: Literal["a", 2, True]
    table: Mapping[Literal["k", "l"], Sequence[frozenset[int]]]
    pair: Pair[int]
    score: Annotated[Score, "How good it was"] = 5
