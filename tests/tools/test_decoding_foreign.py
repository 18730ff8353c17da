"""Decoding what validates itself: pydantic's models, and JSON Schemas that were written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Optional

import pytest
from pydantic import Field

from tests.tools import models_for_tests as models
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding import decode, decoded
from typedagents.tools.raw import raw_tool
from typedagents.tools.reading import Parameter, parameters_of, shape_of
from typedagents.tools.shapes import Foreign, Misfit, Shaped


def said(annotation: object, data: object) -> list[str]:
    with pytest.raises(BadArguments) as caught:
        decode(data, shape_of(annotation))
    return list(map(str, caught.value.problems))


TAKEN: Sequence[tuple[object, object, object]] = [
    (models.Currency, {"currency": "USD"}, models.Currency(currency="USD", amount=0)),
    # Strict modes make models send null for what has a default.
    (models.Currency, {"currency": "USD", "amount": None}, models.Currency(currency="USD", amount=0)),
    (list[models.Cat], [{"lives": None}, {"kind": None, "lives": 1}], [models.Cat(), models.Cat(lives=1)]),
    (models.Tree, {"children": [{"children": None}]}, models.Tree(children=[models.Tree()])),
    (models.Strict | None, {"even": 2, "tags": ["a"]}, models.Strict(even=2, tags=frozenset("a"))),
    (models.Strict | None, None, None),
    (models.Cat | models.Dog, {"kind": "dog", "name": "B"}, models.Dog(name="B")),
    (models.Measured, {"length": 1}, models.Measured(length=1)),
    (Annotated[int, Field(gt=0)], 1, 1),
]


@pytest.mark.parametrize(("annotation", "data", "value"), TAKEN, ids=range(len(TAKEN)))
def test_a_model_makes_its_own_value(annotation: object, data: object, value: object) -> None:
    assert value == decode(data, shape_of(annotation))


REFUSED: Sequence[tuple[object, object, list[str]]] = [
    (
        models.Currency,
        {"currency": "YEN", "amount": -1},
        [
            "$.currency: Input should be 'USD' or 'EUR'; got 'YEN'",
            "$.amount: Input should be greater than or equal to 0; got -1",
        ],
    ),
    (models.Currency, {"currency": None}, ["$.currency: Input should be 'USD' or 'EUR'; got None"]),
    (
        models.Currency,
        {"currency": "YEN", "amount": None},
        ["$.currency: Input should be 'USD' or 'EUR'; got 'YEN'"],
    ),
    (list[models.Dog], [{"name": "B"}, {}], ["$[1].name: Field required"]),
    (
        models.Strict | None,
        {"even": 3},
        ["$.even: Value error, an even number is even; got 3"],
    ),
    (
        Optional[Annotated[int, Field(gt=0)]],  # noqa: UP045 - both spellings are users'
        -1,
        ["$: Input should be greater than 0; got -1"],
    ),
]


@pytest.mark.parametrize(("annotation", "data", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_a_model_refuses_is_told_with_its_path(
    annotation: object, data: object, words: list[str]
) -> None:
    assert words == said(annotation, data)


def test_a_parameter_that_is_a_model_is_named_where_it_is_missing() -> None:
    shaped = parameters_of([Parameter("base", models.Currency), Parameter("n", Annotated[int, Field(gt=0)])])
    with pytest.raises(BadArguments) as caught:
        decoded("", shaped)
    above = 'expected what fits the schema {"exclusiveMinimum":0,"type":"integer"}'
    assert list(map(str, caught.value.problems)) == [
        "$.base: expected an object (Currency); found nothing, though it is required",
        f"$.n: {above}; found nothing, though it is required",
    ]


def test_a_model_with_a_default_may_be_null_and_then_is_left_out() -> None:
    shaped = parameters_of([Parameter("base", models.Currency, models.Currency(currency="USD", amount=1))])
    assert decoded('{"base": null}', shaped) == {}


def test_what_else_a_type_raises_is_a_problem() -> None:
    def surprised(data: object) -> object:
        raise ZeroDivisionError("nought")

    shaped = Shaped(Foreign("Ratio", "{}", surprised, str))
    with pytest.raises(
        BadArguments, match=re.escape("$: Ratio cannot be made of it: ZeroDivisionError: nought")
    ):
        decode(0, shaped)


def misfit(*problems: tuple[tuple[str | int, ...], str]) -> Callable[[object], object]:
    def validate(data: object) -> object:
        raise Misfit(problems)

    return validate


def test_paths_that_lead_nowhere_are_told_as_they_are() -> None:
    validate = misfit((("a", 3, "b"), "no"), ((0,), "not"), ((), "never"))
    shaped = Shaped(Foreign("Odd", "{}", validate, str))
    for data in ({"a": None}, [None], None):
        with pytest.raises(BadArguments) as caught:
            decode(data, shaped)
        assert list(map(str, caught.value.problems)) == ["$.a[3].b: no", "$[0]: not", "$: never"]


def test_a_schema_by_hand_is_held_to() -> None:
    find = raw_tool(
        "find",
        "Finds.",
        {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False},
        str,
    )
    assert find.check('{"n": 1}') == {"n": 1}
    assert find.check('{"n": null}') == {}
    with pytest.raises(BadArguments, match=re.escape('$.n: "1" is not of type "integer"')):
        find.check('{"n": "1"}')
    with pytest.raises(BadArguments, match=re.escape("$.n: expected this key once; found it 2 times")):
        find.check('{"n": 1, "n": 2}')
