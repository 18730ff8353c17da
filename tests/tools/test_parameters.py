"""The parameters of functions of every kind: what a model fills, what is given, how the function is called."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, ParamSpec, TypeVar

import pytest
from attrs import NOTHING, frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.test_injection import Database, OneCall
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.tool import CallTool
from typedagents.tools.functions.injection import Depends, FromWorld, Injection, OfCall, OfWorld, filled
from typedagents.tools.functions.parameters import Parameters, Place, signature_of
from typedagents.tools.given import Given
from typedagents.tools.schema import schema_of

P = ParamSpec("P")
R = TypeVar("R")


def read(function: Callable[P, object], words: Mapping[str, str] | None = None) -> Parameters:
    return signature_of(function, "it", words or {})


def sent_to(function: Callable[P, object]) -> list[str]:
    return [one.name for one in read(function).sent]


def called(function: Callable[P, R], *values: object, **sent: object) -> R:
    parameters = read(function)
    besides = filled(parameters.injections, CallTool("f", "{}", "c"), OneCall(), Given(values))
    return parameters.arguments(sent, besides).given_to(function)


def plain(a: int, b: str = "x", *, c: bool = False) -> tuple[object, ...]:
    return a, b, c


async def waits(a: int) -> int:
    return a


class Thing:
    """A thing."""

    def method(self, a: int) -> int:
        return a

    @classmethod
    def of_class(cls, a: int) -> int:
        return a

    @staticmethod
    def static(a: int) -> int:
        return a

    def __call__(self, a: int) -> int:
        return a


def logged(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return inner


@pytest.mark.parametrize(
    "function",
    [
        waits,
        Thing().method,
        Thing.of_class,
        Thing.static,
        Thing(),
        partial(Thing().method),
        logged(waits),
        logged(Thing().method),
        partial(partial(plain, b="y"), c=True),
    ],
    ids=[
        "async",
        "method",
        "class method",
        "static",
        "object",
        "partial",
        "wrapped",
        "wrapped method",
        "filled",
    ],
)
def test_every_kind_of_function_shows_its_parameters(function: Callable[P, object]) -> None:
    assert schema_of(read(function).shaped) == {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
    }


def test_defaults_and_words_are_told() -> None:
    def search(
        query: str,
        limit: int = 5,
        *,
        exact: Annotated[bool, "Not only alike"] = False,
        tag: str | None = None,
    ) -> None: ...

    assert schema_of(read(search, {"query": "What", "exact": "hidden"}).shaped) == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What"},
            "limit": {"type": "integer", "default": 5},
            "exact": {"type": "boolean", "default": False, "description": "Not only alike"},
            "tag": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["query"],
    }


def test_what_a_partial_fills_is_hidden() -> None:
    assert sent_to(partial(plain, 1)) == ["b", "c"]
    assert sent_to(partial(plain, a=1)) == ["b", "c"]
    assert called(partial(plain, 1, c=True), b="y") == (1, "y", True)


def test_parameters_by_position_only_are_filled_by_position() -> None:
    def place(x: int, y: int = 2, /, z: int = 3) -> tuple[int, int, int]:
        return x, y, z

    assert read(place).places == (Place("x", NOTHING), Place("y", 2))
    assert sent_to(place) == ["x", "y", "z"]
    assert called(place, x=1) == (1, 2, 3)
    assert called(place, z=5, y=4, x=1) == (1, 4, 5)


def test_injected_parameters_are_hidden_and_filled() -> None:
    def find(
        call: Call, query: str, /, database: FromWorld[Database], other: Annotated[str, Depends()] = "none"
    ) -> tuple[object, ...]:
        return call.agent, query, database, other

    database = Database()

    assert sent_to(find) == ["query"]
    assert read(find).injections == (
        Injection("call", OfCall()),
        Injection("database", OfWorld(Database)),
        Injection("other", OfWorld(str), optional=True),
    )
    assert called(find, database, query="q") == ("me", "q", database, "none")
    assert called(find, database, "given", query="q") == ("me", "q", database, "given")


def test_everything_that_no_model_could_fill_is_named_at_once() -> None:
    function = function_of("a, b: int, *rest: int, c: 'Missing', d: 'int |', e=1, f: world, **more: int")

    with pytest.raises(ConfigError) as error:
        read(function)

    text = str(error.value)
    assert text.startswith("it cannot be described to a model: 'a' has no type; annotate it, with Any where")
    for said in (
        "*rest has no names",
        "of 'c' is not known: name 'Missing' is not",
        "of 'd' is not known",
        "'e' has",
    ):
        assert said in text
    assert "whether a value is of Call cannot be told" in text
    assert "**more has no names that a model could know; take a dict instead" in text
    assert "'b'" not in text


def function_of(parameters: str) -> Callable[[], object]:
    """A function whose faults no checker of ours has to see."""
    names: dict[str, object] = {"world": Annotated[Call, Depends()]}
    exec(f"def function({parameters}): ...", names)
    function = names["function"]
    assert callable(function)
    return function


def test_what_json_cannot_say_is_refused_with_its_place() -> None:
    def use(a: int, b: Thing) -> None: ...

    with pytest.raises(ConfigError, match=r"it: parameter 'b': no JSON stands for Thing; possible are str"):
        read(use)


class Methods:
    def plain(self, a: int) -> int:
        return a

    def by_position(self, a: int, /) -> int:
        return a


def test_a_method_without_its_instance_has_a_receiver() -> None:
    assert read(Methods.plain).receiver == "self"
    assert sent_to(Methods.plain) == ["a"]
    assert read(Methods.by_position).places == (Place("self", NOTHING), Place("a", NOTHING))
    assert read(Methods.by_position).taken() == read(Methods().by_position)
    assert read(Methods.plain).taken() == read(Methods().plain)


def test_a_function_that_is_no_method_may_have_a_parameter_called_self() -> None:
    def inner(self: int) -> int:
        return self

    assert sent_to(inner) == sent_to(at_the_top) == ["self"]


def at_the_top(self: int) -> int:
    return self


def test_what_shows_no_parameters_is_refused() -> None:
    with pytest.raises(ConfigError, match="it does not say its parameters; wrap it in a function that does"):
        read(Odd())


class Odd:
    """Says of its signature what is none."""

    __signature__ = "none"

    def __call__(self, a: int) -> int:
        return a


def test_builtins_have_no_types() -> None:
    with pytest.raises(ConfigError, match="'x' has no type"):
        read(math.sqrt)


def test_annotations_that_are_read_late_are_told_as_well() -> None:
    with pytest.raises(ConfigError, match="it cannot be described to a model: name 'Late' is not defined"):
        read(Late())


class Late:
    """Raises when its annotations are read, as functions do since Python 3.14."""

    @property
    def __signature__(self) -> Signature:
        raise NameError("name 'Late' is not defined")

    def __call__(self, a: int) -> int:
        return a


def test_parameters_can_be_taken_away() -> None:
    def use(a: int, b: FromWorld[Database], c: int = 1) -> None: ...

    left = read(use).without(["a", "b"])

    assert schema_of(left.shaped) == {
        "type": "object",
        "properties": {"c": {"type": "integer", "default": 1}},
    }
    assert left.injections == ()


def test_only_what_is_there_and_has_a_name_can_be_taken_away() -> None:
    def use(a: int, /, b: int, call: Call) -> None: ...

    with pytest.raises(
        ConfigError, match="it: no parameter to bind is named 'c', 'd'; there are: a, b, call"
    ):
        read(use).without(["d", "b", "c"])
    with pytest.raises(ConfigError, match="it: no parameter to bind is named 'a'; there are: none"):
        read(lambda: None).without(["a"])
    with pytest.raises(ConfigError, match="'a' is filled by position only, and cannot be bound by its name"):
        read(use).without(["a"])


KINDS = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


@frozen
class Echo:
    """Says what it was called with, by any signature."""

    __signature__: Signature

    def __call__(self, *args: object, **kwargs: object) -> Mapping[str, object]:
        bound = self.__signature__.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    size = draw(st.integers(0, 6))
    kinds = sorted(draw(st.lists(st.sampled_from(KINDS), min_size=size, max_size=size)))
    parameters: list[Parameter] = []
    defaults = False
    for i, kind in enumerate(kinds):
        own = draw(st.booleans())
        defaults = kind is not Parameter.KEYWORD_ONLY and (defaults or own)
        default = i if defaults or (kind is Parameter.KEYWORD_ONLY and own) else Parameter.empty
        annotation = draw(st.sampled_from([int, Call, FromWorld[Database]]))
        parameters.append(Parameter(f"p{i}", kind, default=default, annotation=annotation))
    return Signature(parameters)


@given(signatures(), st.data())
def test_whatever_the_signature_each_value_arrives_at_its_parameter(
    declared: Signature, data: st.DataObject
) -> None:
    echo, database, call = Echo(declared), Database(), OneCall()
    parameters = read(echo)
    given_values: dict[object, object] = {Call: call, FromWorld[Database]: database}
    sent = {
        one.name: data.draw(st.integers())
        for one in parameters.sent
        if one.default is NOTHING or data.draw(st.booleans())
    }

    besides = filled(parameters.injections, CallTool("f", "{}", "c"), call, Given((database,)))
    arguments = parameters.arguments(sent, besides)

    expected = {
        one.name: given_values.get(one.annotation, sent.get(one.name, one.default))
        for one in signature(echo).parameters.values()
    }
    assert arguments.given_to(echo) == expected
    assert_apart(parameters, declared)


def assert_apart(parameters: Parameters, declared: Signature) -> None:
    """Each parameter is the model's, or given; none is lost."""
    names: Sequence[str] = [
        *(one.name for one in parameters.sent),
        *(one.name for one in parameters.injections),
    ]
    assert sorted(names) == sorted(declared.parameters)
