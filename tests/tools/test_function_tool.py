"""What is made of a tool: bound to an instance, filled, renamed, compared, pickled."""

from __future__ import annotations

import inspect
import json
import pickle
from functools import partial
from typing import ParamSpec

import pytest

from tests.tools.test_function import Adder, invoked, two
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.tool import CallTool
from typedagents.tools import tool
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.functions.calls import Called
from typedagents.tools.functions.tool import FunctionTool

P = ParamSpec("P")


# --- methods ----------------------------------------------------------------------------------------------------


class Counter:
    """Holds a state."""

    def __init__(self) -> None:
        self.count = 0

    @tool
    def add(self, n: int) -> int:
        """Adds to the count."""
        self.count += n
        return self.count

    @staticmethod
    @tool
    def twice(n: int) -> int:
        return 2 * n

    @tool
    @staticmethod
    def thrice(n: int) -> int:
        return 3 * n

    def __reduce__(self) -> tuple[type[Counter], tuple[()]]:
        return Counter, ()


def test_a_method_is_a_tool_of_each_instance() -> None:
    one, other = Counter(), Counter()

    assert one.add(2) == 2
    assert invoked(one.add, '{"n": 3}') == 5
    assert invoked(other.add, '{"n": 1}') == 1
    assert one.add == one.add != other.add
    assert one.add.spec == Counter.add.spec
    assert json.loads(one.add.spec.parameters)["required"] == ["n"]


def test_a_method_without_an_instance_is_a_function_but_no_tool() -> None:
    counter = Counter()

    assert Counter.add(counter, 2) == 2
    with pytest.raises(
        ConfigError, match=r"tool 'add' is a method: take it from an instance.*toolset\(thing.add\)"
    ):
        invoked(Counter.add, '{"n": 1}')
    with pytest.raises(ConfigError, match="take it from an instance"):
        Counter.add.bind(n=1)


def test_a_static_method_stays_as_it_is() -> None:
    assert Counter.twice(2) == invoked(Counter.twice, '{"n": 2}') == 4
    assert Counter.thrice(2) == invoked(Counter.thrice, '{"n": 2}') == 6
    assert getattr(Counter(), "twice", None) is Counter.twice
    assert getattr(Counter(), "thrice", None) is Counter.thrice


# --- filling parameters -----------------------------------------------------------------------------------------


@tool
def order(item: str, customer: str, amount: int = 1, /, *, call: Call | None = None) -> tuple[object, ...]:
    """Orders."""
    return item, customer, amount, call


@tool
def sell(item: str, customer: str, amount: int = 1, *, call: Call | None = None) -> tuple[object, ...]:
    """Sells."""
    return item, customer, amount, call


def test_what_is_bound_is_hidden_and_filled() -> None:
    bound = sell.bind(customer="Ann", call=None)

    assert json.loads(bound.spec.parameters) == {
        "type": "object",
        "properties": {"item": {"type": "string"}, "amount": {"type": "integer", "default": 1}},
        "required": ["item"],
    }
    assert (bound.spec.name, bound.spec.description) == ("sell", "Sells.")
    assert bound("pen") == bound(item="pen") == invoked(bound, '{"item": "pen"}') == ("pen", "Ann", 1, None)
    assert list(inspect.signature(bound).parameters) == ["item", "customer", "amount", "call"]
    with pytest.raises(BadArguments):
        invoked(bound, '{"item": "pen", "customer": "Bob"}')


def test_binding_twice_is_binding_at_once() -> None:
    assert sell.bind(customer="Ann").bind(amount=2) == sell.bind(customer="Ann", amount=2)
    assert sell.bind(customer="Ann") != sell.bind(customer="Bob")
    assert hash(sell.bind(customer="Ann")) == hash(sell.bind(customer="Ann"))
    assert sell.bind(customer=["unhashable"]) == sell.bind(customer=["unhashable"])


def test_what_is_bound_once_cannot_be_bound_again() -> None:
    with pytest.raises(
        ConfigError, match="no parameter to bind is named 'customer'; there are: item, amount, call"
    ):
        sell.bind(customer="Ann").bind(customer="Bob")
    with pytest.raises(ConfigError, match="'item' is filled by position only"):
        order.bind(item="pen")


def test_a_filled_method_keeps_its_instance() -> None:
    counter = Counter()
    add_two = counter.add.bind(n=2)

    assert (invoked(add_two, ""), add_two()) == (2, 4)


# --- values -----------------------------------------------------------------------------------------------------


def test_tools_are_equal_that_tell_and_do_the_same() -> None:
    assert tool(two) == tool(two)
    assert hash(tool(two)) == hash(tool(two))
    assert tool(two) != tool(two, name="other")
    assert tool(two) != tool(two, timeout_s=1)
    assert tool(two) != tool(two, approval=True)
    assert tool(two).with_approval() == tool(two, approval=True)
    assert sell.bind(amount=2).with_approval() == tool(sell.function, approval=True).bind(amount=2)


def test_a_renamed_tool_differs_in_its_name_only() -> None:
    other = sell.renamed("offer")

    assert other == tool(sell.function, name="offer")
    assert other("pen", "Ann") == sell("pen", "Ann")
    assert sell.bind(amount=2).renamed("offer") == other.bind(amount=2)
    with pytest.raises(ConfigError, match="found 'a b'"):
        sell.renamed("a b")


@pytest.mark.parametrize(
    "one",
    [
        sell,
        sell.renamed("other"),
        sell.with_approval(),
        sell.bind(customer="Ann"),
        sell.bind(customer="Ann").bind(amount=2).renamed("other"),
        tool(two),
        tool(partial(two, 1), name="one"),
        tool(Adder(2)),
        Counter.add,
    ],
    ids=range(9),
)
def test_tools_of_modules_can_be_pickled(one: Called[CallTool]) -> None:
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_tool_in_a_module_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(sell)) is sell


def test_a_tool_of_an_instance_is_pickled_with_it() -> None:
    again: object = pickle.loads(pickle.dumps(Counter().add))

    assert isinstance(again, FunctionTool)
    assert again(n=3) == 3


def test_a_tool_made_inside_of_a_function_cannot_be_pickled() -> None:
    @tool
    def inner(a: int) -> int:
        return a

    with pytest.raises((pickle.PicklingError, AttributeError), match="inner"):
        pickle.dumps(inner)
