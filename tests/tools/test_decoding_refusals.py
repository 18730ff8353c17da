"""Decoding: what is said of data that do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import msgspec
import pytest

from tests.tools import types_for_tests as types
from typedagents.core.errors import ConfigError
from typedagents.tools.bad_arguments import BadArguments, Problem
from typedagents.tools.constraints import Bounds
from typedagents.tools.decoding import decode
from typedagents.tools.reading import Parameter, parameters_of, shape_of

ID = "123e4567-e89b-12d3-a456-426614174000"


def refusal(annotation: object, data: object) -> BadArguments:
    with pytest.raises(BadArguments) as caught:
        decode(data, shape_of(annotation))
    return caught.value


def said(annotation: object, data: object) -> list[str]:
    return list(map(str, refusal(annotation, data).problems))


@dataclass(frozen=True, eq=False)
class Different:
    """Each instance is another, whatever it holds."""

    n: int
    more: tuple[int, ...] = ()


@dataclass(frozen=True)
class Unhashable:
    """Says that it can be hashed, and cannot."""

    names: list[str]


def is_even(instance: object, attribute: object, value: int) -> None:
    if value % 2:
        raise ValueError(f"{value} is odd")


@attrs.frozen
class Even:
    n: int = attrs.field(validator=is_even)


class Wrong(msgspec.Struct):
    n: int

    def __post_init__(self) -> None:
        raise {0: KeyError("key"), 1: RecursionError("deep"), 2: ConfigError("no")}[self.n]


MIXED = Literal["a", 1, None]  # noqa: PYI061 - users write it
Short = Annotated[list[int], Bounds(min_length=1, max_length=2)]
FORM_OF_TIME = 'a date and time as in "2026-01-31T12:00:00Z"'
FORM_OF_SPAN = 'a duration in days and less, as in "P1DT2H3M4S"'

REFUSED: Sequence[tuple[object, object, str]] = [
    (str, 1, "$: expected a text; found 1"),
    (str, None, "$: expected a text; found null"),
    (int, "1", '$: expected a whole number; found the text "1"'),
    (int, True, "$: expected a whole number; found true"),
    (int, 1.5, "$: expected a whole number; found 1.5"),
    (int, float("inf"), "$: expected a whole number; found inf"),
    (float, False, "$: expected a number; found false"),
    (float, "1.5", '$: expected a number; found the text "1.5"'),
    (float, float("nan"), "$: expected a number; found nan"),
    (
        float,
        10**400,
        "$: expected a number that fits into 64 bits; found a whole number of about 398 digits",
    ),
    (bool, 1, "$: expected true or false; found 1"),
    (bool, "true", '$: expected true or false; found the text "true"'),
    (None, 0, "$: expected null; found 0"),
    (datetime, "yesterday", f'$: expected {FORM_OF_TIME}; found the text "yesterday"'),
    (datetime, 0, f"$: expected {FORM_OF_TIME}; found 0"),
    (timedelta, "P1Y", f'$: expected {FORM_OF_SPAN}; found the text "P1Y"'),
    (timedelta, "P999999999W", f'$: expected {FORM_OF_SPAN}; found the text "P999999999W"'),
    (timedelta, "1W", f'$: expected {FORM_OF_SPAN}; found the text "1W"'),
    (bytes, "no", '$: expected bytes in base64 with padding; found the text "no"'),
    (Decimal, True, '$: expected a number, or its digits as in "12.50"; found true'),
    (Decimal, "NaN", '$: expected a number, or its digits as in "12.50"; found the text "NaN"'),
    (Decimal, "1\n", '$: expected a number, or its digits as in "12.50"; found the text "1\\n"'),
    (Decimal, float("inf"), '$: expected a number, or its digits as in "12.50"; found inf'),
    (
        Annotated[Decimal, Bounds(gt=0)],
        "-1.5",
        '$: expected a number, or its digits as in "12.50" (above 0); found the text "-1.5"',
    ),
    (Annotated[int, Bounds(ge=1, le=9)], 10, "$: expected a whole number (at least 1, at most 9); found 10"),
    (Annotated[int, Bounds(gt=1)], 1, "$: expected a whole number (above 1); found 1"),
    (Annotated[int, Bounds(multiple_of=7)], 8, "$: expected a whole number (a multiple of 7); found 8"),
    (Annotated[float, Bounds(lt=1)], 1, "$: expected a number (below 1); found 1"),
    (Annotated[float, Bounds(multiple_of=0.1)], 0.25, "$: expected a number (a multiple of 0.1); found 0.25"),
    (
        Annotated[str, Bounds(min_length=2)],
        "a",
        '$: expected a text of at least 2 characters; found the text "a"',
    ),
    (
        Annotated[str, Bounds(min_length=2, max_length=2)],
        "a",
        '$: expected a text of 2 characters; found the text "a"',
    ),
    (
        Annotated[str, Bounds(pattern="^a$")],
        "a\n",
        '$: expected a text that matches ^a$; found the text "a\\n"',
    ),
    (
        Annotated[str, Bounds(pattern=r"^\d$")],
        "٣",
        '$: expected a text that matches ^\\d$; found the text "٣"',
    ),
    (Literal["a"], "b", '$: expected "a"; found the text "b"'),
    (MIXED, True, '$: expected one of "a", 1, null; found true'),
    (Literal[1], [1], "$: expected 1; found a list of 1 item"),
    (types.Corner, [0, 1], '$: expected one of "TOP", "BOTTOM"; found a list of 2 items'),
    (list[int], {}, "$: expected a list; found an empty object"),
    (list[int], "1", '$: expected a list; found the text "1"'),
    (list[list[int]], [[1], [1, "x"]], '$[1][1]: expected a whole number; found the text "x"'),
    (Short, [], "$: expected a list of 1 to 2 items; found a list of 0 items"),
    (tuple[int, str], [1], "$: expected a list of 2 items; found a list of 1 item"),
    (tuple[int], ["1"], '$[0]: expected a whole number; found the text "1"'),
    (tuple[()], [1], "$: expected a list of 0 items; found a list of 1 item"),
    (set[int], [1, 1.0], "$[1]: expected no repetition; found 1.0 again"),
    (set[int | bool], [1, True], "$[1]: expected no repetition; found true again"),
    (set[int], 1, "$: expected a list without repetitions; found 1"),
    (
        frozenset[Different],
        [{"n": 1, "more": [2]}, {"more": [2.0], "n": 1.0}],
        '$[1]: expected no repetition; found an object with the keys "more", "n" again',
    ),
    (
        frozenset[Unhashable],
        [{"names": []}],
        "$[0]: this cannot be in a set: unhashable type: 'list'",
    ),
    (dict[str, int], [], "$: expected an object; found a list of 0 items"),
    (dict[int, int], {"01": 1}, '$["01"]: expected a key that is a whole number; found the text "01"'),
    (dict[types.Colour, int], {"blue": 1}, '$.blue: expected a key that is one of "red", "green"; found the text "blue"'),
    (
        dict[UUID, int],
        {ID: 1, ID.upper(): 2},
        f'$["{ID.upper()}"]: expected keys that differ; found another spelling of an earlier key',
    ),
    (
        Annotated[dict[str, int], Bounds(max_length=1)],
        {"a": 1, "b": 2},
        "$: expected an object of at most 1 key; found one of 2 keys",
    ),
    (types.Point, [1], "$: expected an object (Point); found a list of 1 item"),
    (types.Point, {}, "$.x: expected a whole number; found nothing, though it is required"),
    (types.Point, {"x": None}, "$.x: expected a whole number; found null"),
    (
        types.Point,
        {"x": 1, "tag": []},
        '$.tag: expected one of the keys "x", "y", "tags", perhaps "tags"; found a key that is not known',
    ),
    (
        types.Point,
        {"x": 1, "z" * 300: 1},
        f'$["{"z" * 60}"... (300 characters)]: expected one of the keys "x", "y", "tags"; found a key that is not known',
    ),
    (types.Trip, {"start": {"x": 1}, "scale": -1}, "$: Trip cannot be made of it: ValueError: a scale is not below nought"),
    (list[Even], [{"n": 2}, {"n": 3}], "$[1]: Even cannot be made of it: ValueError: 3 is odd"),
    (Wrong, {"n": 0}, "$: Wrong cannot be made of it: KeyError: 'key'"),
    (Wrong, {"n": 1}, "$: Wrong cannot be made of it: RecursionError: deep"),
    (Wrong, {"n": 2}, "$: Wrong cannot be made of it: ConfigError: no"),
    (int | Annotated[str, "Words"], [], "$: expected a whole number or a text; found a list of 0 items"),
    (int, object, "$: expected a whole number; found a Python type"),
    (int | None, "x", '$: expected a whole number or null; found the text "x"'),
    (int | str, [], "$: expected a whole number or a text; found a list of 0 items"),
    (Literal["now"] | date, "later", '$: expected "now" or a date as in "2026-01-31"; found the text "later"'),
    (
        int | float,
        "x",
        '$: expected a whole number or a number; found the text "x"',
    ),
    (
        str | float,
        10**400,
        "$: expected a number that fits into 64 bits; found a whole number of about 398 digits",
    ),
    (types.Point | None, {"x": "1"}, '$.x: expected a whole number; found the text "1"'),
    (types.Cat | types.Dog, {"kind": "dig"}, '$.kind: expected "dog"; found the text "dig"'),
    (types.Cat | types.Dog, [], "$: expected an object (Cat) or an object (Dog); found a list of 0 items"),
    (types.Cat | types.Dog, {}, "$: expected an object (Cat) or an object (Dog); found an empty object"),
    (types.Cat | None, {}, '$.type: expected "Cat"; found nothing, though it is required'),
    (types.Cat | None, {"type": None}, '$.type: expected "Cat"; found null'),
    (list[types.Node], [{"value": 1, "left": {}}], "$[0].left.value: expected a whole number; found nothing, though it is required"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("annotation", "data", "words"),
    REFUSED,
    ids=range(len(REFUSED)),
)
def test_what_does_not_fit_is_refused_with_path_expectation_and_finding(
    annotation: object, data: object, words: str
) -> None:
    assert [words] == said(annotation, data)


def test_everything_that_is_wrong_is_told() -> None:
    trip = {"start": {"x": "1", "y": None, "z": 3}, "end": [], "by": "blue", "scale": True}
    assert [
        Problem(("start", "x"), "a whole number", 'the text "1"'),
        Problem(("start", "z"), 'one of the keys "x", "y", "tags"', "a key that is not known"),
        Problem(("end",), "an object (Point) or null", "a list of 0 items"),
        Problem(("scale",), "a number", "true"),
        Problem(("by",), 'one of "red", "green"', 'the text "blue"'),
    ] == list(refusal(types.Trip, trip).problems)


def test_of_very_many_problems_some_are_kept_and_all_are_counted() -> None:
    error = refusal(list[int], ["x"] * 1000)
    assert (len(error.problems), error.more) == (100, 900)
    assert str(error).endswith("and 990 more")
    error = refusal(list[int] | str, ["x"] * 1000)
    assert (len(error.problems), error.more) == (100, 900)


def test_of_a_union_the_nearest_option_is_told() -> None:
    nearest = (
        "$: expected an object (Add) or an object (Call) or an object (Let); found an object with the keys"
        ' "name", "arguments", which is nearest to an object (Call)'
    )
    assert said(types.Expression, {"name": 1, "arguments": []}) == [
        nearest,
        "$.name: expected a text; found 1",
    ]


def test_tags_of_one_property_are_told_together() -> None:
    @dataclass
    class Circle:
        radius: float
        kind: Literal["circle"] = "circle"

    @dataclass
    class Square:
        side: float
        kind: Literal["square"] = "square"

    either = shape_of(Circle | Square)
    assert Square(1.0) == decode({"kind": "square", "side": 1}, either)
    assert Square(1.0) == decode({"kind": None, "side": 1}, either)
    assert said(Circle | Square, {"kind": "ring"}) == [
        '$.kind: expected "circle" or "square"; found the text "ring"'
    ]


def test_what_is_missing_is_told_by_what_it_would_be() -> None:
    shaped = parameters_of(
        [
            Parameter("any", Any),
            Parameter("node", types.Node),
            Parameter("tree", types.Expression),
            Parameter("words", Annotated[str, "Words"] | int),
        ]
    )
    with pytest.raises(BadArguments) as caught:
        decode({}, shaped)
    missing = "nothing, though it is required"
    assert list(caught.value.problems) == [
        Problem(("any",), "anything", missing),
        Problem(("node",), "an object (Node)", missing),
        Problem(("tree",), "Add or Call or Let or a whole number", missing),
        Problem(("words",), "a text or a whole number", missing),
    ]


def test_hints_are_given_for_some_of_very_many_strange_keys() -> None:
    problems = refusal(types.Point, {"x": 1} | {f"tag{n}": 1 for n in range(30)}).problems
    assert len(problems) == 30
    assert sum('perhaps "tags"' in one.expected for one in problems) == 10
