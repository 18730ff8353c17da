"""What functions are given beside a model's arguments: where it comes from, and what is asked of the world."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Annotated, Generic, Protocol, TypeVar, runtime_checkable

import pytest
from attrs import frozen

from typedagents.core.context import Context, Variable
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.tool import CallTool
from typedagents.tools.functions.injection import (
    Depends,
    FromWorld,
    Injection,
    OfCall,
    OfContext,
    OfWorld,
    carried,
    filled,
    needs_of,
    source_of,
)
from typedagents.tools.given import Given

T = TypeVar("T")
USER = Variable("user", str)
LIMIT = Variable("limit", int, 10)


class Database:
    pass


class Cached(Database):
    pass


class Store(Generic[T]):
    pass


@runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Opens(Protocol):
    def open(self) -> None: ...


def of_context(variable: object) -> OfContext:
    """What an annotation with this variable says, whatever its type."""
    source = source_of(Annotated[object, variable])
    assert isinstance(source, OfContext)
    return source


@frozen
class OneCall:
    """What a handler knows."""

    id: str = "r/t0/0"
    run: str = "r"
    agent: str = "me"
    attempt: int = 1
    deadline_s: float | None = None

    def emit(self, observation: object, /) -> None:
        raise AssertionError(f"nobody watches {observation}")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (Call, OfCall()),
        (Call | None, OfCall()),
        (Annotated[Call, "words"], OfCall()),
        (FromWorld[Database], OfWorld(Database)),
        (Annotated[Database, "words", Depends()], OfWorld(Database)),
        (Annotated[Database, Depends], OfWorld(Database)),
        (Annotated[Database | None, Depends()], OfWorld(Database)),
        (FromWorld[Store[int]], OfWorld(Store)),
        (FromWorld[Closes], OfWorld(Closes)),
        (FromWorld[ABC], OfWorld(ABC)),
        (Annotated[str, USER], of_context(USER)),
        (Annotated[str | None, USER], of_context(USER)),
        (Annotated[object, LIMIT], of_context(LIMIT)),
        (Annotated[Sequence[int], Variable("numbers", list)], OfContext(Variable("numbers", list))),
    ],
    ids=str,
)
def test_the_annotation_says_where_a_value_comes_from(annotation: object, expected: object) -> None:
    assert source_of(annotation) == expected


@pytest.mark.parametrize(
    "annotation", [int, Annotated[int, "words", 1], Annotated[str, Variable], int | Call, None], ids=str
)
def test_all_others_the_model_fills(annotation: object) -> None:
    assert source_of(annotation) is None


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (FromWorld[Opens], "whether a value is of Opens cannot be told"),
        (Annotated[int | str, Depends()], "a dependency is looked for by its class; int | str is none"),
        (Annotated[int, USER], "context variable 'user' holds str, but is to be used as int"),
        (Annotated[str, USER, Depends()], "says more than once where its value comes from"),
    ],
    ids=str,
)
def test_what_cannot_be_found_is_refused(annotation: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("|", r"\|")):
        source_of(annotation)


def test_a_world_needs_what_has_no_default_each_type_once() -> None:
    assert needs_of(
        [
            Injection("a", OfWorld(Database)),
            Injection("b", OfWorld(Database)),
            Injection("c", OfWorld(Cached), optional=True),
            Injection("d", OfCall()),
        ]
    ) == (Database,)


def test_a_call_takes_the_context_variables_with_it() -> None:
    said = [
        Injection("a", of_context(USER)),
        Injection("b", of_context(LIMIT)),
        Injection("c", of_context(USER)),
        Injection("d", OfCall()),
    ]

    assert carried(said, Context({"user": '"Ann"', "other": "1"})) == (("user", '"Ann"'), ("limit", "10"))


def test_a_variable_that_nobody_set_is_the_programs_fault() -> None:
    with pytest.raises(
        ConfigError, match=r"parameter 'a' is filled from context variable 'user'.*set are: other"
    ):
        carried([Injection("a", of_context(USER))], Context({"other": "1"}))


def test_a_variable_that_nobody_set_is_left_to_the_parameters_default() -> None:
    assert carried([Injection("a", of_context(USER), optional=True)], Context()) == ()


def effect(**context: str) -> CallTool:
    return CallTool("f", "{}", "c1", context=tuple(context.items()))


def test_each_source_gives_its_value() -> None:
    call, database = OneCall(), Cached()
    said = [
        Injection("call", OfCall()),
        Injection("database", OfWorld(Database)),
        Injection("user", of_context(USER), optional=True),
        Injection("limit", of_context(LIMIT)),
    ]

    assert dict(filled(said, effect(user='"Ann"'), call, Given((1, database)))) == {
        "call": call,
        "database": database,
        "user": "Ann",
        "limit": 10,
    }


def test_what_is_optional_and_not_there_is_left_out() -> None:
    said = [Injection("a", OfWorld(Database), optional=True), Injection("b", of_context(USER), optional=True)]

    assert dict(filled(said, effect(), OneCall(), Given())) == {}


@pytest.mark.parametrize("values", [(Database(), Cached()), ()])
def test_one_value_of_a_type_is_needed(values: tuple[object, ...]) -> None:
    said = [Injection("a", OfWorld(Database), optional=bool(values))]

    with pytest.raises(ConfigError, match=f"needs one Database; found {len(values)}"):
        dict(filled(said, effect(), OneCall(), Given(values)))
