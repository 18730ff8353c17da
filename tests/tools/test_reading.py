"""From annotations to shapes: what each type is, what a value is made of, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum
from pathlib import Path, PureWindowsPath
from typing import Annotated, Final, Literal, LiteralString, NewType, TypeVar
from uuid import UUID

import msgspec
import pytest
import typing_extensions
from hypothesis import given

from tests.tools import models_for_tests as models
from tests.tools import types_for_tests as samples
from tests.tools.shapes import random_types
from typedagents.tools.constraints import Bounds
from typedagents.tools.reading import Parameter, parameters_of, shape_of
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choice,
    Choices,
    Described,
    Field,
    FixedTuple,
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

T = TypeVar("T")


def record(annotation: object) -> Record:
    shaped = shape_of(annotation)
    shape = shaped.definitions[shaped.shape.name] if isinstance(shaped.shape, Reference) else shaped.shape
    assert isinstance(shape, Record)
    return shape


def defaults(annotation: object) -> dict[str, str | None]:
    return {one.name: one.default for one in record(annotation).fields}


@pytest.mark.parametrize(
    ("annotation", "into"),
    [
        (list[int], "list"),
        (MutableSequence[int], "list"),
        (Sequence[int], "tuple"),
        (Iterable[int], "tuple"),
        (tuple[int, ...], "tuple"),
        (set[int], "set"),
        (MutableSet[int], "set"),
        (frozenset[int], "frozenset"),
        (AbstractSet[int], "frozenset"),
    ],
)
def test_read_only_collections_are_made_of_what_cannot_change(annotation: object, into: str) -> None:
    shape = shape_of(annotation).shape
    assert isinstance(shape, Array)
    assert (into, Integer()) == (shape.into, shape.items)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        (LiteralString, String()),
        (PureWindowsPath, Formatted("path", PureWindowsPath)),
        (Final[int], Integer()),
        (Annotated[samples.Score, Bounds(le=5)], Described(Integer(Bounds(ge=0, le=5)), "How good")),
        (vars(typing_extensions)["Tuple"], Array(Anything(), "tuple")),
        (vars(typing_extensions)["Tuple"][()], FixedTuple(())),
        (vars(typing_extensions)["List"], Array(Anything())),
        (int | msgspec.UnsetType, Integer()),
        (bool | None | str, OneOf((Boolean(), Null(), String()))),
        (NewType("Id", NewType("Inner", int)), Integer()),
        (dict, Table(String(), Anything())),
        (
            dict[Annotated[str, "A key"], Annotated[int, "A value"]],
            Table(String(), Described(Integer(), "A value")),
        ),
        (dict[object, int], Table(String(), Integer())),
        (dict[date, float], Table(Formatted("date", date), Number())),
        (
            samples.Colour,
            Choices(
                tuple(Choice(one.value, one) for one in samples.Colour), "Colour", "What a thing looks like."
            ),
        ),
    ],
    ids=str,
)
def test_shape_of_each(annotation: object, shape: Shape) -> None:
    assert shape == shape_of(annotation).shape


@given(random_types())
def test_one_type_has_one_shape(annotation: object) -> None:
    assert shape_of(annotation) == shape_of(annotation)


def test_an_enum_is_sent_by_its_values_where_all_are_json_else_by_its_names() -> None:
    class Odd(Enum):
        NOT_A_NUMBER = float("nan")
        ONE = 1

    assert (
        Choices((Choice(1, samples.Level.LOW), Choice(2, samples.Level.HIGH)), "Level")
        == shape_of(samples.Level).shape
    )
    by_name = shape_of(samples.Corner).shape
    assert isinstance(by_name, Choices)
    assert [one.json for one in by_name.options] == ["TOP", "BOTTOM"]
    odd = shape_of(Odd).shape
    assert isinstance(odd, Choices)
    assert [one.json for one in odd.options] == ["NOT_A_NUMBER", "ONE"]


def test_equal_choices_of_different_json_types_stay_apart_and_doubles_go() -> None:
    shape = shape_of(Literal[1, True, samples.Colour.RED, "red"]).shape
    assert Choices((Choice(1, 1), Choice(True, True), Choice("red", samples.Colour.RED))) == shape


MADE: list[tuple[object, Mapping[str, object], object]] = [
    (samples.Point, {"x": 1}, samples.Point(1)),
    (
        samples.Trip,
        {"start": samples.Point(1), "scale": 2.0},
        samples.Trip(start=samples.Point(1), scale=2.0),
    ),
    (
        samples.Account,
        {"id": UUID(int=1), "owner": "o", "rank": samples.Level.HIGH},
        samples.Account(UUID(int=1), "o", rank=samples.Level.HIGH),
    ),
    (samples.Person, {"first_name": "f"}, samples.Person("f")),
    (samples.Cat, {"type": "Cat", "lives": 3}, samples.Cat(3)),
    (samples.Dog, {"kind": "dog", "name": "n"}, samples.Dog("n")),
    (samples.Film, {"title": "t"}, {"title": "t"}),
    (samples.Span, {"low": 0.5}, samples.Span(0.5)),
    (samples.Box[int], {"item": 1}, samples.Box(1)),
]


@pytest.mark.parametrize(("annotation", "values", "made"), MADE, ids=[str(one) for one, _, _ in MADE])
def test_a_record_makes_its_value_and_the_class_fills_in_what_was_left_out(
    annotation: object, values: Mapping[str, object], made: object
) -> None:
    shape = record(annotation)
    assert made == shape.make(values)
    assert values.keys() <= {one.attribute for one in shape.fields}


@pytest.mark.parametrize(
    ("annotation", "values", "made"), [one for one in MADE if one[0] is not samples.Trip], ids=str
)
def test_a_record_takes_its_value_apart_again(
    annotation: object, values: Mapping[str, object], made: object
) -> None:
    shape = record(annotation)
    assert values.items() <= shape.parts(made).items()
    assert made == shape.make(shape.parts(made))
    with pytest.raises(TypeError, match="expected"):
        shape.parts(object())


def test_parameters_are_a_dict_and_no_attributes_of_anything() -> None:
    shape = parameters_of([Parameter("n", int, 1)]).shape
    assert isinstance(shape, Record)
    assert shape.make({"n": 1}) == {"n": 1}
    with pytest.raises(TypeError, match="parameters of a function"):
        shape.parts({"n": 1})


def test_words_of_an_annotation_win_over_those_of_a_docstring() -> None:
    shape = parameters_of(
        [Parameter("a", Annotated[int, "own"], description="other"), Parameter("b", int, description="other")]
    ).shape
    assert (
        Record(
            "",
            (Field("a", "a", Integer(), description="own"), Field("b", "b", Integer(), description="other")),
        )
        == shape
    )


def test_json_names_and_names_of_the_constructor() -> None:
    named = {(one.name, one.attribute) for one in record(samples.Person).fields}
    assert {("firstName", "first_name"), ("birthDay", "birth_day"), ("pet", "pet"), ("nick", "nick")} == named
    account = record(samples.Account)
    assert [one.name for one in account.fields] == ["id", "owner", "balance", "history", "rank", "notes"]


def test_defaults_are_json_where_json_can_say_them() -> None:
    assert defaults(samples.Point) == {"x": None, "y": "0", "tags": None}
    assert defaults(samples.Trip) == {"start": None, "end": "null", "scale": "1.0", "by": '"red"'}
    assert defaults(samples.Account)["balance"] == '"1.50"'
    assert defaults(samples.Account)["history"] == "[]"
    assert defaults(samples.Account)["rank"] == "1"
    assert defaults(samples.Person) == {"firstName": None, "birthDay": "null", "pet": "null", "nick": None}


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (float, 1, "1"),
        (int, True, None),
        (int, None, None),
        (float, float("inf"), None),
        (str, samples.Colour.RED, '"red"'),
        (object, {"a": [1, None, 2.5, "x"]}, '{"a":[1,null,2.5,"x"]}'),
        (object, ..., None),
        (object, {1: 2}, None),
        (object, float("nan"), None),
        (date, date(2020, 1, 2), '"2020-01-02"'),
        (Path, Path("a"), '"a"'),
        (bytes, b"ab", '"YWI="'),
        (UUID, "x", None),
        (list[int], (1, 2), "[1,2]"),
        (list[int], "12", None),
        (set[int], {10, 9}, "[10,9]"),
        (frozenset[str], ["a"], '["a"]'),
        (tuple[int, str], (1, "a"), '[1,"a"]'),
        (tuple[int, str], (1,), None),
        (dict[int, date], {1: date(2020, 1, 2)}, '{"1":"2020-01-02"}'),
        (dict[str, int], 1, None),
        (samples.Corner, samples.Corner.TOP, '"TOP"'),
        (Literal[1, True], True, "true"),
        (Literal["a"], "b", None),
        (samples.Colour | int, 3, "3"),
        (int | str, None, None),
        (list[Annotated[int, "words"]], [1], "[1]"),
        (
            samples.Account,
            samples.Account(UUID(int=1), "o", notes=["n"]),
            '{"id":"00000000-0000-0000-0000-000000000001","owner":"o","balance":"1.50","history":[],"rank":1,"notes":["n"]}',
        ),
        (
            samples.Person,
            samples.Person("f", pet=samples.Dog("d")),
            '{"firstName":"f","birthDay":null,"pet":{"kind":"dog","name":"d"}}',
        ),
        (samples.Film, {"title": "t"}, '{"title":"t"}'),
        (samples.Film, {"year": 1}, None),
        (samples.Film, 5, None),
        (
            samples.Node,
            samples.Node(1, samples.Node(2)),
            '{"value":1,"left":{"value":2,"left":null,"right":null},"right":null}',
        ),
        (samples.Json, [1.5, {"a": None}], '[1.5,{"a":null}]'),
        (models.Currency, models.Currency(currency="USD", amount=2), '{"currency":"USD","amount":2.0}'),
        (models.Currency, None, None),
        (models.Currency | None, None, "null"),
        (int, 2**70, str(2**70)),
        (str, "\ud800", None),
    ],
    ids=str,
)
def test_default_of_a_parameter(annotation: object, value: object, text: str | None) -> None:
    shape = parameters_of([Parameter("p", annotation, value)]).shape
    assert isinstance(shape, Record)
    (one,) = shape.fields
    assert not one.required
    assert text == one.default
