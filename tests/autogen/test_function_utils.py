"""What a model is told of a function, and what the function is given and returns."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Optional

import pytest

from tests.tools.calculators import CALCULATOR, CALCULATOR_OF_MODELS
from typedagents.autogen.function_utils import (
    get_default_values,
    get_function_schema,
    get_load_param_if_needed_function,
    get_missing_annotations,
    get_param_annotations,
    get_parameter_json_schema,
    get_parameters,
    get_required_params,
    get_typed_annotation,
    get_typed_return_annotation,
    get_typed_signature,
    load_basemodels_if_needed,
    serialize_to_str,
)
from typedagents.tools import BadArguments

pydantic = pytest.importorskip("pydantic", reason="the seeds' functions take pydantic models")

from tests.autogen.models_for_tests import Currency, Symbol, Wallet  # noqa: E402  # needs pydantic


def calculator(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Symbol, "Base currency"] = "USD",
    quote_currency: Annotated[Symbol, "Quote currency"] = "EUR",
) -> str:
    return f"{base_amount} {base_currency} {quote_currency}"


def model_calculator(
    base: Annotated[Currency, "Base currency: amount and currency symbol"],
    quote_currency: Annotated[Symbol, "Quote currency symbol"] = "USD",
) -> Currency:
    return Currency(currency=quote_currency, amount=base.amount)


def shaped(
    a: Annotated[str, "Parameter a"],
    b: int = 2,
    c: Annotated[float, "Parameter c"] = 0.1,
    *,
    d: dict[str, tuple[Optional[int], list[float]]],  # noqa: UP045 - as programs for AutoGen write it
) -> str:
    return f"{a}{b}{c}{d}"


async def awaited(
    a: Annotated[str, "Parameter a"],
    b: int = 2,
    c: Annotated[float, "Parameter c"] = 0.1,
    *,
    d: dict[str, tuple[int | None, list[float]]],
) -> str:
    return shaped(a, b, c, d=d)


def test_the_plain_calculator_is_told_as_in_the_seed() -> None:
    assert get_function_schema(
        calculator, description="Currency exchange calculator.", name="currency_calculator"
    ) == {
        "type": "function",
        "function": {
            "description": "Currency exchange calculator.",
            "name": "currency_calculator",
            "parameters": CALCULATOR,
        },
    }


def test_the_calculator_with_models_is_told_as_in_the_seed() -> None:
    function = get_function_schema(model_calculator, description="Currency exchange calculator.")["function"]
    assert function["parameters"] == CALCULATOR_OF_MODELS


@pytest.mark.parametrize("function", [shaped, awaited])
def test_nested_types_and_defaults_are_told(function: object) -> None:
    assert callable(function)
    told = get_function_schema(function, name="fancy", description="g")["function"]
    assert told["name"] == "fancy"
    assert told["parameters"]["required"] == ["a", "d"]
    assert told["parameters"]["properties"] == {
        "a": {"type": "string", "description": "Parameter a"},
        "b": {"type": "integer", "description": "b", "default": 2},
        "c": {"type": "number", "description": "Parameter c", "default": 0.1},
        "d": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "prefixItems": [
                    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                    {"type": "array", "items": {"type": "number"}},
                ],
            },
            "description": "d",
        },
    }


def test_the_default_of_a_model_is_json() -> None:
    default = Currency(currency="EUR", amount=2)
    schema = get_parameter_json_schema("base", Currency, {"base": default})
    assert schema["default"] == {"currency": "EUR", "amount": 2.0}
    assert schema["description"] == "base"
    assert json.loads(json.dumps(schema)) == schema


def test_bounds_beside_the_words_are_told_too() -> None:
    bounded = Annotated[int, "How many", pydantic.Field(ge=1)]
    assert get_parameter_json_schema("n", bounded, {}) == {
        "type": "integer",
        "minimum": 1,
        "description": "How many",
    }
    described = Annotated[int, pydantic.Field(description="How many")]
    assert get_parameter_json_schema("n", described, {})["description"] == "How many"


def test_the_description_of_a_class_is_not_that_of_the_parameter() -> None:
    assert (
        get_parameter_json_schema("wallet", Annotated[Wallet, pydantic.Field()], {})["description"]
        == "wallet"
    )


def test_a_description_is_text() -> None:
    with pytest.raises(ValueError, match="a text in its Annotated; found 3"):
        get_parameter_json_schema("n", Annotated[int, 3], {})


def test_missing_types_are_named() -> None:
    def function(a: str, b, c=1) -> str:  # type: ignore[no-untyped-def]  # what is tested
        return f"{a}{b}{c}"

    with pytest.raises(TypeError, match=r"'function'.*'b'"):
        get_function_schema(function, description="f")
    assert get_missing_annotations(get_typed_signature(function), ["a", "b"]) == ({"b"}, {"c"})


def test_a_method_that_was_not_taken_from_an_instance_is_named() -> None:
    class Shop:
        def buy(self, thing: str) -> str:
            return thing

    with pytest.raises(TypeError, match="take it from an instance"):
        get_function_schema(Shop.buy, description="buys")
    assert get_function_schema(Shop().buy, description="buys")["function"]["name"] == "buy"


@pytest.mark.parametrize("loose", ["*args: int", "**options: int"])
def test_arguments_without_names_are_refused(loose: str) -> None:
    made: dict[str, object] = {}
    exec(f"def function(a: int, {loose}) -> str: ...", made)
    function = made["function"]
    assert callable(function)
    with pytest.raises(TypeError, match=r"no names for \*"):
        get_function_schema(function, description="f")


def test_loose_defaults_are_left_out_and_one_warning_names_them(caplog: pytest.LogCaptureFixture) -> None:
    def function(a: str, b=2, c=None) -> str:  # type: ignore[no-untyped-def]  # what is tested
        return f"{a}{b}{c}"

    with caplog.at_level(logging.WARNING):
        told = get_function_schema(function, description="f")
    assert list(told["function"]["parameters"]["properties"]) == ["a"]
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["'b', 'c'"]


def test_a_missing_return_type_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    def function(a: str):  # type: ignore[no-untyped-def]  # what is tested
        return a

    with caplog.at_level(logging.WARNING):
        get_function_schema(function, description="f")
    assert len(caplog.records) == 1
    assert "what it returns" in caplog.text


def test_signatures_are_read_with_their_names_resolved() -> None:
    assert get_typed_annotation("float", {}) is float
    assert get_typed_annotation("Symbol", {"Symbol": Symbol}) == Literal["USD", "EUR"]
    signature = get_typed_signature(shaped)
    assert signature.parameters["b"].annotation is int
    assert get_required_params(signature) == ["a", "d"]
    assert get_default_values(signature) == {"b": 2, "c": 0.1}
    assert set(get_param_annotations(signature)) == {"a", "b", "c", "d"}
    assert get_typed_return_annotation(shaped) is str
    assert get_typed_return_annotation(lambda: None) is None
    assert get_parameters(["a"], {"a": str}, {}) == {
        "type": "object",
        "properties": {"a": {"type": "string", "description": "a"}},
        "required": ["a"],
    }


# --- arguments and results --------------------------------------------------------------------------------------


@dataclass
class Point:
    x: int
    y: int = 0


def test_what_a_type_needs_is_made_of_json() -> None:
    @load_basemodels_if_needed
    def function(
        wallet: Wallet,
        points: list[Point],
        day: date,
        many: tuple[int, ...],
        base: Currency | None = None,
        n: int = 1,
    ) -> object:
        return wallet, points, day, many, base, n

    got = function(  # what a model sends: the types are made of it
        wallet={"held": [{"currency": "EUR"}]},  # type: ignore[arg-type]  # as JSON
        points=[{"x": 1}],  # type: ignore[list-item]  # as JSON
        day="2024-02-01",  # type: ignore[arg-type]  # as JSON
        many=[1, 2],  # type: ignore[arg-type]  # as JSON
        n="3",  # type: ignore[arg-type]  # plain JSON is passed on as it came
    )
    held = Wallet(held=[Currency(currency="EUR", amount=0)])
    assert got == (held, [Point(1)], date(2024, 2, 1), (1, 2), None, "3")


def test_values_that_are_there_already_stay() -> None:
    function = load_basemodels_if_needed(model_calculator)
    base = Currency(currency="EUR", amount=3)
    assert function(base) == Currency(currency="USD", amount=3)
    assert function(base=base, quote_currency="EUR") == base


def test_an_async_function_stays_async() -> None:
    @load_basemodels_if_needed
    async def function(base: Currency) -> float:
        return base.amount

    assert inspect.iscoroutinefunction(function)
    assert asyncio.run(function(base={"currency": "EUR", "amount": 5})) == 5  # type: ignore[arg-type]  # as JSON


def test_what_does_not_fit_is_told_in_words() -> None:
    function = load_basemodels_if_needed(model_calculator)
    with pytest.raises(BadArguments, match="currency"):
        function(base={"currency": "YEN"})  # type: ignore[arg-type]  # as JSON


def test_plain_functions_are_left_alone() -> None:
    assert load_basemodels_if_needed(calculator) is calculator
    assert get_load_param_if_needed_function(Symbol) is None


@pytest.mark.parametrize("kind", [Currency, Annotated[Currency, "an amount"]])
def test_a_loader_makes_models(kind: object) -> None:
    load = get_load_param_if_needed_function(kind)
    assert load is not None
    assert load({"currency": "USD", "amount": 1.5}, Currency) == Currency(currency="USD", amount=1.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "abc"),
        (123, "123"),
        ([123, 456], "[123, 456]"),
        ({"a": 1, "b": 2.3}, '{"a": 1, "b": 2.3}'),
        (None, "null"),
        ("ü", "ü"),
        (["ü"], '["ü"]'),
        (Point(1), '{"x": 1, "y": 0}'),
        (Currency(currency="EUR", amount=2.5), '{"currency":"EUR","amount":2.5}'),
    ],
)
def test_results_are_text(value: object, text: str) -> None:
    assert serialize_to_str(value) == text
