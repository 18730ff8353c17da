"""Schemas: the two that were promised to the letter, those of each type, and what holds for all of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, ParamSpec, get_type_hints
from uuid import UUID

import annotated_types
import jsonschema_rs
import msgspec
import pytest
from attrs import NOTHING, frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import models_for_tests as models
from tests.tools import types_for_tests as samples
from tests.tools.instances import instances
from tests.tools.models_for_tests import Currency
from tests.tools.shapes import random_types, signatures
from typedagents.tools.constraints import Bounds, Doc
from typedagents.tools.reading import Parameter, parameters_of, shape_of
from typedagents.tools.schema import schema_of, schema_text

P = ParamSpec("P")


def parameters(function: Callable[P, object]) -> list[Parameter]:
    hints = get_type_hints(function, include_extras=True)
    declared = inspect.signature(function).parameters.values()
    return [
        Parameter(one.name, hints[one.name], NOTHING if one.default is one.empty else one.default)
        for one in declared
    ]


def by_scalars(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Literal["USD", "EUR"], "Base currency"] = "USD",
    quote_currency: Annotated[Literal["USD", "EUR"], "Quote currency"] = "EUR",
) -> str:
    return f"{base_amount} {base_currency} {quote_currency}"


def by_model(
    base: Annotated[Currency, "Base currency: amount and currency symbol"],
    quote_currency: Annotated[Literal["USD", "EUR"], "Quote currency symbol"] = "USD",
) -> Currency:
    return Currency(currency=quote_currency, amount=base.amount)


# As the issue has them, byte for byte where JSON is (0.0 and 0 are one number).
SCALARS = (
    '{"type":"object","properties":{"base_amount":{"type":"number","description":"Amount of currency in base_currency"},'
    '"base_currency":{"enum":["USD","EUR"],"type":"string","default":"USD","description":"Base currency"},'
    '"quote_currency":{"enum":["USD","EUR"],"type":"string","default":"EUR","description":"Quote currency"}},'
    '"required":["base_amount"]}'
)
MODEL = (
    '{"type":"object","properties":{"base":{"properties":{"currency":{"description":"Currency symbol",'
    '"enum":["USD","EUR"],"title":"Currency","type":"string"},"amount":{"default":0,"description":"Amount of currency",'
    '"minimum":0.0,"title":"Amount","type":"number"}},"required":["currency"],"title":"Currency","type":"object",'
    '"description":"Base currency: amount and currency symbol"},"quote_currency":{"enum":["USD","EUR"],"type":"string",'
    '"default":"USD","description":"Quote currency symbol"}},"required":["base"]}'
)


def test_schema_of_scalar_parameters_is_the_promised_text() -> None:
    assert schema_text(parameters_of(parameters(by_scalars))) == SCALARS


def test_schema_of_a_pydantic_parameter_is_the_promised_one() -> None:
    assert json.loads(MODEL) == schema_of(parameters_of(parameters(by_model)))


def test_autogens_nested_generics_come_out_as_autogen_has_them() -> None:
    def g(a: Annotated[str, "A"], b: int = 2, *, d: dict[str, tuple[int | None, list[float]]]) -> None: ...

    assert schema_of(parameters_of(parameters(g))) == {
        "type": "object",
        "properties": {
            "a": {"type": "string", "description": "A"},
            "b": {"type": "integer", "default": 2},
            "d": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "prefixItems": [
                        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                        {"type": "array", "items": {"type": "number"}},
                    ],
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
        },
        "required": ["a", "d"],
    }


NUMBER = {"type": "number"}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
DIGITS = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}

EACH: Sequence[tuple[object, Mapping[str, object]]] = [
    (str, TEXT),
    (int, WHOLE),
    (float, NUMBER),
    (bool, {"type": "boolean"}),
    (None, {"type": "null"}),
    (Any, {}),
    (object, {}),
    (datetime, TEXT | {"format": "date-time"}),
    (date, TEXT | {"format": "date"}),
    (time, TEXT | {"format": "time"}),
    (timedelta, TEXT | {"format": "duration"}),
    (UUID, TEXT | {"format": "uuid"}),
    (Path, TEXT | {"format": "path"}),
    (PurePosixPath, TEXT | {"format": "path"}),
    (bytes, TEXT | {"contentEncoding": "base64"}),
    (Decimal, {"anyOf": [NUMBER, DIGITS]}),
    (Annotated[Decimal, Bounds(gt=0)], NUMBER | {"exclusiveMinimum": 0}),
    (Literal["b", "a"], TEXT | {"enum": ["b", "a"]}),
    (Literal["a", 1], {"enum": ["a", 1]}),
    (Literal[1, True], {"enum": [1, True]}),
    (Literal[samples.Level.HIGH, samples.Corner.TOP, "TOP"], {"enum": [2, "TOP"]}),
    (samples.Level, WHOLE | {"enum": [1, 2], "title": "Level"}),
    (samples.Celsius, NUMBER),
    (int | str, {"anyOf": [WHOLE, TEXT]}),
    (int | (str | None), {"anyOf": [WHOLE, TEXT, {"type": "null"}]}),
    (list[int] | tuple[int, ...] | str, {"anyOf": [{"type": "array", "items": WHOLE}, TEXT]}),
    (list[int] | tuple[int, ...], {"type": "array", "items": WHOLE}),
    (list, {"type": "array", "items": {}}),
    (list[int], {"type": "array", "items": WHOLE}),
    (tuple, {"type": "array", "items": {}}),
    (tuple[int, ...], {"type": "array", "items": WHOLE}),
    (tuple[int, str], {"type": "array", "prefixItems": [WHOLE, TEXT], "minItems": 2, "maxItems": 2}),
    (tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}),
    (set[int], {"type": "array", "items": WHOLE, "uniqueItems": True}),
    (frozenset[str], {"type": "array", "items": TEXT, "uniqueItems": True}),
    (Sequence[int], {"type": "array", "items": WHOLE}),
    (dict, {"type": "object", "additionalProperties": True}),
    (Mapping[str, int], {"type": "object", "additionalProperties": WHOLE}),
    (
        dict[int, str],
        {"type": "object", "propertyNames": {"pattern": "^(0|-?[1-9][0-9]*)$"}, "additionalProperties": TEXT},
    ),
    (dict[UUID, int], {"type": "object", "propertyNames": {"format": "uuid"}, "additionalProperties": WHOLE}),
    (
        dict[Literal["k"], int],
        {"type": "object", "propertyNames": {"enum": ["k"]}, "additionalProperties": WHOLE},
    ),
    (list[Annotated[int, "One of them"]], {"type": "array", "items": WHOLE | {"description": "One of them"}}),
    (Annotated[int, Doc("Words")], WHOLE | {"description": "Words"}),
    (Annotated[Annotated[int, "inner"], "outer"], WHOLE | {"description": "outer"}),
    (
        Annotated[int, Bounds(ge=1, lt=9, multiple_of=2)],
        WHOLE | {"minimum": 1, "exclusiveMaximum": 9, "multipleOf": 2},
    ),
    (Annotated[int, Bounds(ge=1), Bounds(ge=3, le=5)], WHOLE | {"minimum": 3, "maximum": 5}),
    (Annotated[float, annotated_types.Interval(gt=0, le=1)], NUMBER | {"exclusiveMinimum": 0, "maximum": 1}),
    (
        Annotated[int, annotated_types.Ge(1), annotated_types.MultipleOf(3)],
        WHOLE | {"minimum": 1, "multipleOf": 3},
    ),
    (Annotated[str, annotated_types.Len(1, 3)], TEXT | {"minLength": 1, "maxLength": 3}),
    (
        Annotated[float, annotated_types.Unit("m"), annotated_types.doc("Far")],
        NUMBER | {"description": "Far"},
    ),
    (
        Annotated[str, msgspec.Meta(pattern="^a", description="A")],
        TEXT | {"pattern": "^a", "description": "A"},
    ),
    (Annotated[list[int], Bounds(min_length=1)], {"type": "array", "items": WHOLE, "minItems": 1}),
    (
        Annotated[dict[str, int], Bounds(max_length=2)],
        {"type": "object", "additionalProperties": WHOLE, "maxProperties": 2},
    ),
    (Annotated[int | None, Bounds(ge=1)], {"anyOf": [WHOLE | {"minimum": 1}, {"type": "null"}]}),
    (samples.Score, WHOLE | {"minimum": 0, "maximum": 10, "description": "How good"}),
    (samples.Pair[str], {"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}),
]


@pytest.mark.parametrize(("annotation", "schema"), EACH, ids=[str(one) for one, _ in EACH])
def test_schema_of_each_type(annotation: object, schema: Mapping[str, object]) -> None:
    assert schema == schema_of(shape_of(annotation))


def test_a_dataclass_has_its_name_its_first_paragraph_and_no_titles_within() -> None:
    point = {
        "type": "object",
        "properties": {
            "x": WHOLE | {"description": "Across"},
            "y": WHOLE | {"default": 0},
            "tags": {"type": "array", "items": TEXT},
        },
        "required": ["x"],
        "title": "Point",
        "description": "Where something is.",
    }
    assert point == schema_of(shape_of(samples.Point))
    assert point | {"description": "Here"} == schema_of(shape_of(Annotated[samples.Point, "Here"]))


def test_properties_keep_their_declared_order() -> None:
    text = schema_text(shape_of(samples.Span))
    assert list(json.loads(text)["properties"]) == ["low", "high", "name"]


def test_only_what_is_recursive_is_a_definition() -> None:
    schema = schema_of(shape_of(samples.Expression))
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert {"Add", "Call", "Let", "Expression"} == set(definitions)
    place = definitions["Let"]["properties"]["at"]["anyOf"][0]
    assert place["title"] == "Place"


def test_a_recursive_type_is_defined_once_wherever_it_is_used() -> None:
    schema = schema_of(shape_of(tuple[samples.Node, list[samples.Node], samples.Json]))
    node = {"$ref": "#/$defs/Node"}
    assert [node, {"type": "array", "items": node}, {"$ref": "#/$defs/Json"}] == schema["prefixItems"]
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert {"Node", "Json"} == set(definitions)


@frozen
class Holder:
    one: models.Leafy
    two: models.Tree


def test_definitions_of_pydantic_models_move_to_the_top_and_share_names_with_nobody() -> None:
    @frozen
    class Tree:
        name: str
        parts: list[Tree]

    mixed = schema_of(shape_of(tuple[Tree, Holder, models.Leafy]))
    definitions = mixed["$defs"]
    assert isinstance(definitions, dict)
    assert {"Tree", "Tree_2"} == set(definitions)
    assert {"name", "parts"} == set(definitions["Tree"]["properties"])
    assert {"children"} == set(definitions["Tree_2"]["properties"])
    validator = jsonschema_rs.Draft202012Validator(mixed)
    leafy: object = {"trees": [{"children": [{}]}], "first": {}}
    assert validator.is_valid([{"name": "n", "parts": []}, {"one": leafy, "two": {"children": [{}]}}, leafy])
    assert not validator.is_valid(
        [{"name": "n", "parts": []}, {"one": leafy, "two": {"children": [1]}}, leafy]
    )


@given(random_types())
def test_every_schema_is_valid_and_so_are_its_patterns_and_references(annotation: object) -> None:
    schema = schema_of(shape_of(annotation))
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert schema == json.loads(schema_text(shape_of(annotation)))


@given(signatures())
def test_the_schema_of_any_signature_is_a_valid_object(parameters: list[Parameter]) -> None:
    schema = schema_of(parameters_of(parameters))
    jsonschema_rs.meta.validate(schema)
    assert schema["type"] == "object"
    assert [one.name for one in parameters] == list(
        json.loads(schema_text(parameters_of(parameters)))["properties"]
    )
    assert [one.name for one in parameters if one.default is NOTHING] == schema.get("required", [])


@given(st.data(), random_types())
def test_what_the_instances_of_the_tests_are_the_schema_accepts(
    data: st.DataObject, annotation: object
) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped))
    jsonschema_rs.Draft202012Validator(schema_of(shaped), validate_formats=True).validate(instance)
