"""Decoding: what each type takes, and what is said of what it does not take."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import pytest
from hypothesis import given

from tests.tools import types_for_tests as types
from tests.tools.instances import JSON
from typedagents.core.errors import ConfigError
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.constraints import Bounds
from typedagents.tools.decoding import decode, decoded
from typedagents.tools.reading import Parameter, parameters_of, shape_of

ID = "123e4567-e89b-12d3-a456-426614174000"


MIXED = Literal["a", 1, True, None]  # noqa: PYI061 - users write it

TAKEN: Sequence[tuple[object, object, object]] = [
    (str, "1", "1"),
    (int, 1, 1),
    (int, 2.0, 2),
    (int, -(10**300), -(10**300)),
    (float, 1, 1.0),
    (float, 1.5, 1.5),
    (bool, True, True),
    (None, None, None),
    (Any, {"a": [1, None]}, {"a": [1, None]}),
    (datetime, "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    (datetime, "2026-01-31T12:00:00", datetime(2026, 1, 31, 12)),  # noqa: DTZ001 - that is what was sent
    (date, "2026-01-31", date(2026, 1, 31)),
    (time, "12:00:00", time(12)),
    (timedelta, "P1DT2H", timedelta(days=1, hours=2)),
    (timedelta, "P2W", timedelta(weeks=2)),
    (UUID, ID.upper(), UUID(ID)),
    (UUID, ID.replace("-", ""), UUID(ID)),
    (Decimal, "1.50", Decimal("1.50")),
    (Decimal, 0.1, Decimal("0.1")),
    (Decimal, 10**30, Decimal(10**30)),
    (Annotated[Decimal, Bounds(le=2)], "1.50", Decimal("1.50")),
    (Annotated[Decimal, Bounds(multiple_of=0.05)], 0.15, Decimal("0.15")),
    (PurePosixPath, "a/b", PurePosixPath("a/b")),
    (bytes, "aGk=", b"hi"),
    (MIXED, 1.0, 1),
    (MIXED, True, True),
    (MIXED, None, None),
    (types.Colour, "red", types.Colour.RED),
    (types.Level, 2, types.Level.HIGH),
    (types.Corner, "TOP", types.Corner.TOP),
    (list[int], [1, 2.0], [1, 2]),
    (Sequence[int], [1], (1,)),
    (tuple[int, ...], [], ()),
    (tuple[int, str], [1, "a"], (1, "a")),
    (set[int], [1, 2], {1, 2}),
    (frozenset[str], ["a"], frozenset({"a"})),
    (dict[str, int], {"": 1}, {"": 1}),
    (dict[int, str], {"-12": "a", "0": "b"}, {-12: "a", 0: "b"}),
    (Mapping[UUID, int], {ID: 1}, {UUID(ID): 1}),
    (dict[types.Colour, int], {"red": 1}, {types.Colour.RED: 1}),
    (dict[Annotated[str, Bounds(min_length=2)], int], {"ab": 1}, {"ab": 1}),
    (Optional[int], None, None),  # noqa: UP045 - both spellings are users'
    (int | float, 1, 1),
    (Decimal | list[int], "1.5", Decimal("1.5")),
    (types.Json, [{"a": None}], [{"a": None}]),
    (types.Film, {"title": "M"}, {"title": "M"}),
    (types.Film, {"title": "M", "year": None}, {"title": "M"}),
    (types.Span, {"low": 0}, types.Span(0.0)),
    (types.Span, {"low": 0, "high": None, "name": None}, types.Span(0.0, 1.0, None)),
    (types.Point, {"x": 1, "tags": ["a"]}, types.Point(1, 0, ["a"])),
    (types.Point, {"x": 1, "y": None, "tags": None}, types.Point(1)),
    (
        types.Person,
        {"firstName": "A", "pet": {"kind": "dog", "name": "B"}},
        types.Person("A", pet=types.Dog("B")),
    ),
    (types.Person, {"firstName": "A", "nick": None}, types.Person("A")),
    (types.Person, {"firstName": "A", "pet": {"type": "Cat"}}, types.Person("A", pet=types.Cat())),
    (types.Node, {"value": 1, "left": {"value": 2}, "right": None}, types.Node(1, types.Node(2))),
    (
        types.Account,
        {"id": ID, "owner": "A", "rank": 2, "history": [{"id": ID, "owner": "B"}]},
        types.Account(UUID(ID), "A", history=(types.Account(UUID(ID), "B"),), rank=types.Level.HIGH),
    ),
    (types.Trip, {"start": {"x": 1}, "scale": 2}, types.Trip(start=types.Point(1), scale=2.0)),
    (
        types.Expression,
        {"left": 1, "right": {"name": "f", "arguments": [{"left": 1, "right": 2}]}},
        types.Add(1, types.Call("f", [types.Add(1, 2)])),
    ),
    (types.Box[int], {"item": 1, "more": [2]}, types.Box(1, [2])),
]


@pytest.mark.parametrize(("annotation", "data", "value"), TAKEN, ids=range(len(TAKEN)))
def test_data_become_the_value_they_stand_for(annotation: object, data: object, value: object) -> None:
    made = decode(data, shape_of(annotation))
    assert value == made
    assert type(value) is type(made)


@pytest.mark.parametrize("one", [1, 2.0, 2.5])
@pytest.mark.parametrize("union", [int | float, float | int, float | int | None])
def test_a_number_prefers_the_type_that_writes_it_so(union: object, one: float) -> None:
    made = decode(one, shape_of(union))
    assert one == made
    assert type(one) is type(made)


def test_the_first_of_several_that_fit_is_taken() -> None:
    assert decode("2026-01-31", shape_of(str | date)) == "2026-01-31"
    assert date(2026, 1, 31) == decode("2026-01-31", shape_of(date | str))
    assert decode("soon", shape_of(date | str)) == "soon"


def test_a_parameter_with_a_default_may_be_null_and_then_is_left_out() -> None:
    shaped = parameters_of(
        [
            Parameter("a", int),
            Parameter("b", int, 1),
            Parameter("c", int | None, 1),
            Parameter("d", types.Point, types.Point(0)),
        ]
    )
    assert decoded('{"a": 1, "b": null, "c": null, "d": null}', shaped) == {"a": 1, "c": None}
    assert decoded('{"a": 1}', shaped) == {"a": 1}
    with pytest.raises(BadArguments, match=r"\$\.a: expected a whole number; found null"):
        decoded('{"a": null}', shaped)


def test_a_function_without_parameters_takes_nothing() -> None:
    assert decoded("", parameters_of([])) == {}
    with pytest.raises(BadArguments, match=r"\$\.a: expected no key, as there are none; found a key that"):
        decoded('{"a": 1}', parameters_of([]))


def test_arguments_that_are_no_mapping_are_the_programmers_fault() -> None:
    with pytest.raises(ConfigError, match="a mapping; the shape makes Point of them"):
        decoded('{"x": 1}', shape_of(types.Point))


# --- depth and time ---------------------------------------------------------------------------------------------


@dataclass
class Left:
    inner: types.Node | Left | Right | None = None
    name: str = ""


@dataclass
class Right:
    inner: Left | Right | None = None
    name: str = ""


def test_unions_in_one_another_are_not_tried_again_and_again() -> None:
    """Each level has two options that fit but for the innermost: 2 ** 60 ways, were they all gone."""
    data: object = {"name": 1}
    for _ in range(60):
        data = {"inner": data}
    with pytest.raises(BadArguments, match="expected a text; found 1"):
        decode(data, shape_of(Left | Right))


def at_depth(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else at_depth(frames - 1, call)


@pytest.mark.parametrize("annotation", [types.Json, types.Node, types.Expression, Left])
def test_the_levels_that_are_read_decode_from_far_down_a_stack(annotation: object) -> None:
    nests: Mapping[str, tuple[object, Callable[[object], object]]] = {
        "Node": ({"value": 0}, lambda inner: {"value": 1, "left": inner}),
        "Left": ({}, lambda inner: {"inner": inner}),
        "Json": (1, lambda inner: {"a": inner}),
        "Expression": (1, lambda inner: {"left": 1, "right": inner}),
    }
    data, around = nests[str(annotation.__name__ if isinstance(annotation, type) else annotation)]
    for _ in range(98):
        data = around(data)
    text = json.dumps({"p": data})
    shaped = parameters_of([Parameter("p", annotation)])
    room = sys.getrecursionlimit() - len(inspect.stack(0)) - 500
    assert decoded(text, shaped) == at_depth(room, lambda: decoded(text, shaped))


def test_data_nested_beyond_any_stack_are_bad_arguments() -> None:
    data: object = []
    for _ in range(100_000):
        data = [data]
    with pytest.raises(BadArguments, match="nested less deeply"):
        decode(data, shape_of(types.Json))


@given(JSON)
def test_anything_is_handed_over_as_it_came(data: object) -> None:
    assert data is decode(data, shape_of(object))
