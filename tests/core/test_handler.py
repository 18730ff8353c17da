"""Handlers are data: joined by ``|``, looked up by class, made of plain functions whose shape is checked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import ClassVar

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.effect import Effect, proved
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call, Handler


@frozen
class A(Effect[int]):
    """An effect."""

    def accept(self, value: object, /) -> int:
        return proved(value, int)


@frozen
class A2(A):
    """One derived from it."""

    kind: ClassVar[str] = "A2"


@frozen
class B(Effect[int]):
    """Another."""

    def accept(self, value: object, /) -> int:
        return proved(value, int)


@frozen
class C(Effect[int]):
    """And another."""

    def accept(self, value: object, /) -> int:
        return proved(value, int)


def one(effect: object) -> int:
    return 1


def kinds(handler: Handler[A]) -> set[str]:
    return {kind.kind for kind in handler.table}


@given(st.permutations([A.by(one), B.by(one), C.by(one)]))
def test_joining_is_associative_and_commutative(handlers: Sequence[Handler[A]]) -> None:
    x, y, z = handlers
    assert ((x | y) | z) == (x | (y | z))
    assert (x | y) == (y | x)
    assert kinds(x | y | z) == {"A", "B", "C"}


@given(st.lists(st.sampled_from([A.by(one), B.by(one), C.by(one)]), min_size=2, max_size=4))
def test_two_handlers_of_one_kind_are_refused(handlers: list[Handler[A]]) -> None:
    if len({id(handler) for handler in handlers}) == len(handlers):
        assert len(functools.reduce(lambda x, y: x | y, handlers).table) == len(handlers)
        return
    with pytest.raises(
        ConfigError, match=r"two handlers for .*; keep one, or route by its fields inside one function"
    ):
        functools.reduce(lambda x, y: x | y, handlers)


def test_a_handler_answers_for_derived_effects_unless_they_have_their_own() -> None:
    call = _Call()
    base = A.by(lambda effect: 1)
    both = base | A2.by(lambda effect: 2)

    assert [answered(base, A2(), call), answered(both, A2(), call), answered(both, A(), call)] == [1, 2, 1]
    assert both.answer_to(B) is None


def answered(handler: Handler[A], effect: A, call: Call) -> object:
    answer = handler.answer_to(type(effect))
    assert answer is not None
    return answer(effect, call)


class _Call:
    """What handlers are told."""

    id = run = agent = "x"
    attempt = 1
    deadline_s = None

    def emit(self, observation: object, /) -> None:
        raise AssertionError


def with_call(effect: A, call: Call) -> int:
    return 2 if call.attempt == 1 else 0


def with_any_name(effect: A, info: Call) -> int:
    return 3


def with_default(effect: A, call: Call | None = None) -> int:
    return 0 if call is None else 4


def with_setting(effect: A, scale: int = 5) -> int:
    return scale


def with_all(*arguments: object) -> int:
    return 6 if len(arguments) == 1 else 0


class Method:
    """A handler that is a method."""

    def answer(self, effect: A, call: Call) -> int:
        return 7

    def __call__(self, effect: A) -> int:
        return 8


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (with_call, 2),
        (with_any_name, 3),
        (with_default, 4),
        (with_setting, 5),
        (with_all, 6),
        (Method().answer, 7),
        (Method(), 8),
        (functools.partial(with_setting, scale=9), 9),
    ],
)
def test_a_function_of_the_effect_or_of_effect_and_call_will_do(
    function: Callable[[A], int], result: int
) -> None:
    assert answered(A.by(function), A(), _Call()) == result


def none() -> int:
    return 0


def three(effect: A, call: Call, more: int) -> int:
    return 0


def named(effect: A, *, must: int) -> int:
    return 0


@pytest.mark.parametrize(
    ("function", "found"), [(none, "none()"), (three, "three(effect"), (named, "named(effect")]
)
def test_any_other_function_is_refused_with_its_shape(function: Callable[[A], int], found: str) -> None:
    with pytest.raises(
        ConfigError, match=r"A.by takes function\(effect\) or function\(effect, call\); found"
    ) as caught:
        A.by(function)
    assert found in str(caught.value)


def test_a_function_that_shows_no_signature_is_given_the_effect() -> None:
    class Mute:
        __signature__ = "unreadable"

        def __call__(self, effect: A) -> int:
            return 1

    assert answered(A.by(Mute()), A(), _Call()) == 1


def test_a_handler_refuses_what_is_not_its_own() -> None:
    answer = A.by(lambda effect: 1).table[A]
    with pytest.raises(TypeError, match=r"the handler of A was given B"):
        answer(B(), _Call())
