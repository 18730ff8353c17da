"""What has no JSON is refused when it is read: with its place, its name, and what is possible instead."""

from __future__ import annotations

import collections
import dataclasses
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from types import GenericAlias
from typing import Annotated, Generic, Literal, ParamSpec

import annotated_types
import attrs
import pytest
import typing_extensions
from typing_extensions import TypeVarTuple

from tests.tools import models_for_tests as models
from tests.tools import types_for_tests as samples
from typedagents.core.errors import ConfigError
from typedagents.tools.constraints import Bounds
from typedagents.tools.reading import shape_of


def fails(annotation: object, *words: str) -> str:
    with pytest.raises(ConfigError) as caught:
        shape_of(annotation, "parameter 'p'")
    text = str(caught.value)
    assert [word for word in ("parameter 'p'", *words) if word not in text] == [], text
    return text


P = ParamSpec("P")
Ts = TypeVarTuple("Ts")


class Nothing(Enum):
    """An Enum of no members."""


class Own(str):
    """A text of its own class, which nothing says how to make."""


@dataclasses.dataclass
class Holds:
    inner: dict[str, list[Callable[[], None]]]


@dataclasses.dataclass
class Spread(Generic[P]):
    held: Callable[P, int]


# Made at run time: no checker lets them pass.
_ALIAS = vars(typing_extensions)["TypeAliasType"]
Lost: object = dataclasses.make_dataclass("Lost", [("there", "NotThere")])
Untyped: object = attrs.make_class("Untyped", ["x"])
Loose: object = collections.namedtuple("Loose", "a b")  # noqa: PYI024  # without types is what is tested
Same: object = _ALIAS("Same", "Same")
Either: object = _ALIAS("Either", "Other | int")
Other: object = _ALIAS("Other", "Annotated[Either, 'words'] | str")
Gone: object = _ALIAS("Gone", "list[NotThere]")
Several: object = GenericAlias(tuple, (vars(typing_extensions)["Unpack"][Ts],))
Either_list: object = GenericAlias(list, (Either,))


@attrs.define
class Unhashable:
    x: int


@attrs.frozen
class Hashable:
    x: int


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Callable[[], int], ("no JSON", "Callable", "possible are", "TypedDict")),
        (complex, ("complex", "possible are")),
        (Own, ("Own", "possible are")),
        (deque[int], ("deque",)),
        (OrderedDict, ("OrderedDict",)),
        (Iterator[int], ("Iterator",)),
        (type[int], ("type",)),
        ("int", ("int",)),
        (Holds, ("parameter 'p'.inner[][]", "Callable")),
        (Lost, ("NotThere", "TYPE_CHECKING")),
        (Gone, ("Gone", "NotThere")),
        (Untyped, ("parameter 'p'.x", "has no type")),
        (Loose, ("parameter 'p'.a", "has no type")),
        (Nothing, ("Nothing", "no members")),
        (Literal[b"x"], ("b'x'", "neither a text")),
        (set[list[int]], ("a set holds", "array")),
        (set, ("a set holds", "anything")),
        (frozenset[Unhashable], ("a frozenset holds", "Unhashable", "frozen")),
        (set[tuple[int, dict[str, int]]], ("table",)),
        (set[int | Annotated[list[int], "words"]], ("array",)),
        (set[samples.Film], ("Film",)),
        (set[models.Currency], ("Currency",)),
        (dict[float, int], ("keys", "float", "UUID")),
        (dict[Annotated[int, Bounds(ge=1)], int], ("keys",)),
        (dict[Literal[1], int], ("keys",)),
        (dict[int | str, int], ("keys",)),
        (Annotated[bool, Bounds(ge=1)], ("ge=1", "a boolean")),
        (Annotated[str, Bounds(ge=1)], ("ge=1", "a string", "max_length")),
        (Annotated[date, annotated_types.Gt(1)], ("gt=1", "a date")),
        (Annotated[bytes, Bounds(min_length=1)], ("a bytes",)),
        (Annotated[object, Bounds(min_length=1)], ("anything",)),
        (Annotated[samples.Node, Bounds(min_length=1)], ("Node",)),
        (Annotated[samples.Point, Bounds(min_length=1)], ("Point",)),
        (Annotated[int | str, Bounds(ge=1)], ("a string",)),
        (Annotated[int, annotated_types.Predicate(str.islower)], ("islower", "no schema can say")),
        (Annotated[date, annotated_types.Gt(date(2020, 1, 1))], ("finite number",)),
        (Annotated[str, Bounds(pattern="a"), Bounds(pattern="b")], ("one pattern", "'a'", "'b'")),
        (Annotated[models.Currency, Bounds(ge=1)], ("pydantic.Field", "Currency")),
        (Same, ("Same stands for itself",)),
        (Either_list, ("stands for itself",)),
        (samples.Wider[int], ("Wider[int]", "deep")),
        (tuple[int, *tuple[str, ...]], ("[1]", "*tuple[str, ...]")),
        (Several, ("Ts",)),
        (P, ("P",)),
        (Spread[[int, str]], ("P", "several types")),
        (Spread, ("P", "several types")),
    ],
    ids=str,
)
def test_what_is_refused_is_named_with_its_place(annotation: object, words: tuple[str, ...]) -> None:
    fails(annotation, *words)
