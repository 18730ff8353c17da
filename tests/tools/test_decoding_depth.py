"""Data nested far down, and unions in one another: decoding ends, and in good time."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given

from tests.tools import types_for_tests as types
from tests.tools.instances import JSON
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding import decode, decoded
from typedagents.tools.reading import Parameter, parameters_of, shape_of


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
