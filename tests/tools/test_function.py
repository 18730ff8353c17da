"""Functions made tools: what models are told of them, and that they stay functions."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, ParamSpec

import pytest

from tests.tools.calculators import CALCULATOR, CALCULATOR_OF_MODELS
from tests.tools.models_for_tests import Currency
from tests.tools.test_injection import LIMIT, USER, Database, OneCall
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.model import ToolSpec
from typedagents.core.tool import CallTool
from typedagents.tools import FromWorld, tool
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.given import Given
from typedagents.tools.tool import Performed

P = ParamSpec("P")


@tool(name="by_words")
def currency_calculator(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Literal["USD", "EUR"], "Base currency"] = "USD",
    quote_currency: Annotated[Literal["USD", "EUR"], "Quote currency"] = "EUR",
) -> str:
    """Currency exchange calculator."""
    return f"{base_amount} {base_currency} in {quote_currency}"


@tool(description="Currency exchange calculator.")
def by_model(
    base: Annotated[Currency, "Base currency: amount and currency symbol"],
    quote_currency: Annotated[Literal["USD", "EUR"], "Quote currency symbol"] = "USD",
) -> Currency:
    return Currency(currency=quote_currency, amount=base.amount)


def test_the_currency_calculator_is_told_as_it_should_be() -> None:
    assert currency_calculator.spec.description == "Currency exchange calculator."
    assert json.loads(currency_calculator.spec.parameters) == CALCULATOR


def test_the_currency_calculator_of_models_is_told_as_it_should_be() -> None:
    assert by_model.spec.name == "by_model"
    assert json.loads(by_model.spec.parameters) == CALCULATOR_OF_MODELS


def invoked(one: Performed, arguments: str, *values: object, **context: str) -> object:
    effect = CallTool(one.spec.name, arguments, "c1", context=tuple(context.items()))
    return one.invoke(effect, OneCall(), Given(values))


def test_a_model_calls_with_json_what_programs_call_with_values() -> None:
    base = Currency(currency="EUR", amount=2)

    assert by_model(base) == Currency(currency="USD", amount=2)
    assert invoked(by_model, '{"base": {"currency": "EUR", "amount": 2}}') == by_model(base)


def test_a_tool_is_performed_by_the_world() -> None:
    assert isinstance(currency_calculator, Performed)
    assert currency_calculator.needs == ()


def test_an_async_function_stays_one() -> None:
    @tool
    async def double(n: int) -> int:
        return 2 * n

    pending = invoked(double, '{"n": 4}')

    assert asyncio.run(double(3)) == 6
    assert inspect.isawaitable(pending)
    assert asyncio.run(_result(pending)) == 8


async def _result(pending: object) -> object:
    assert inspect.isawaitable(pending)
    value: object = await pending
    return value


@pytest.mark.parametrize(
    "arguments", ["[]", "null", "{", '{"base_amount": "1"}', '{"base_amount": 1, "more": 1}']
)
def test_arguments_that_do_not_fit_are_refused_before_and_in_the_call(arguments: str) -> None:
    with pytest.raises(BadArguments):
        currency_calculator.check(arguments)
    with pytest.raises(BadArguments):
        invoked(currency_calculator, arguments)


def test_what_is_given_beside_the_arguments_arrives() -> None:
    @tool
    def find(
        query: str,
        database: FromWorld[Database],
        user: Annotated[str, USER],
        limit: Annotated[int, LIMIT],
        call: Call | None = None,
    ) -> tuple[object, ...]:
        return query, database, user, limit, call and call.agent

    database = Database()

    assert json.loads(find.spec.parameters)["properties"] == {"query": {"type": "string"}}
    assert find.needs == (Database,)
    assert invoked(find, '{"query": "q"}', database, user='"Ann"') == ("q", database, "Ann", 10, "me")
    assert find("q", database, "Ann", 10) == ("q", database, "Ann", 10, None)


# --- what is told -----------------------------------------------------------------------------------------------


def test_the_docstring_is_told_and_what_is_said_beside_the_function_goes_before_it() -> None:
    def look(word: str, n: Annotated[int, "How many"] = 1) -> None:
        """Looks.

        Args:
            word: What for
            n: hidden

        """

    properties = {
        "word": {"type": "string", "description": "What for"},
        "n": {"type": "integer", "default": 1, "description": "How many"},
    }

    assert tool(look).spec.description == "Looks."
    assert json.loads(tool(look).spec.parameters)["properties"] == properties
    assert tool(look, description="").spec.description == ""
    assert tool(look, name="Look-up", strict=True).spec == ToolSpec(
        "Look-up", "Looks.", tool(look).spec.parameters, strict=True
    )


class Adder:
    """Adds to a number."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, m: int) -> int:
        return self.n + m

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Adder) and other.n == self.n

    def __hash__(self) -> int:
        return hash(self.n)


@dataclass(frozen=True)
class Silent:
    n: int

    def __call__(self, m: int) -> int:
        return self.n + m


@dataclass(frozen=True)
class Said:
    n: int

    def __call__(self, m: int) -> int:
        """Says it."""
        return self.n + m


def two(a: int, b: int) -> int:
    """Takes two."""
    return a - b


@pytest.mark.parametrize(
    ("function", "name", "description"),
    [
        (Adder(1), "Adder", "Adds to a number."),
        (Silent(1), "Silent", ""),
        (Said(1), "Said", "Says it."),
        (partial(two, 1), "two", "Takes two."),
        (partial(partial(two), 1), "two", "Takes two."),
    ],
    ids=range(5),
)
def test_any_callable_has_a_name_and_words(
    function: Callable[[int], int], name: str, description: str
) -> None:
    made = tool(function)

    assert (made.spec.name, made.spec.description) == (name, description)
    assert made(3) == function(3)


def test_a_tool_looks_like_its_function() -> None:
    made = tool(two, name="other")

    assert (made.__name__, made.__doc__, made.__module__) == ("two", "Takes two.", __name__)
    assert inspect.signature(made) == inspect.signature(two)
    assert repr(made) == "tool('other')"


def test_a_lambda_has_to_be_named() -> None:
    no_arguments: Callable[[], int] = lambda: 1  # noqa: E731 - a lambda is what is asked about

    with pytest.raises(ConfigError, match="found '<lambda>': give it a name"):
        tool(no_arguments)
    assert tool(no_arguments, name="one").spec.name == "one"


# --- what is refused --------------------------------------------------------------------------------------------


def yields(n: int) -> Iterator[int]:
    yield n


async def yields_later(n: int) -> AsyncIterator[int]:
    yield n


class Yields:
    def __call__(self, n: int) -> Iterator[int]:
        yield n


async def waits(n: int) -> int:
    return n


class Waits:
    async def __call__(self, n: int) -> int:
        return n


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ConfigError, match="Adder is a class: wrap it in a function"):
        tool(Adder)
    with pytest.raises(ConfigError, match=r"tool\('by_model'\) is a tool already"):
        tool(by_model)
    unbound: object = vars(Holder)["made"]
    assert isinstance(unbound, classmethod)
    with pytest.raises(
        ConfigError, match=r"found <classmethod.*@staticmethod and @classmethod stand above @tool"
    ):
        tool(unbound)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # as asked


class Holder:
    @classmethod
    def made(cls) -> Holder:
        return cls()


@pytest.mark.parametrize("function", [yields, yields_later, Yields(), partial(yields)], ids=range(4))
def test_a_generator_is_refused(function: Callable[[int], object]) -> None:
    with pytest.raises(ConfigError, match="yields; a tool returns its result, a list for several"):
        tool(function)


@pytest.mark.parametrize("function", [waits, Waits(), partial(waits)], ids=range(3))
def test_an_async_function_cannot_be_blocking(function: Callable[[int], object]) -> None:
    with pytest.raises(ConfigError, match="is async and cannot be blocking; make it a plain function"):
        tool(function, blocking=True)


def test_a_parameter_without_a_type_is_refused_where_the_tool_is_made() -> None:
    with pytest.raises(ConfigError, match=r"tool 'print' cannot be described to a model: .args has no names"):
        tool(print)
