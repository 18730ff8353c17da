"""The names in annotations: where they are looked up, and what is said of those that are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import pytest

from tests.tools.test_parameters import read, sent_to
from typedagents.core.errors import ConfigError

if TYPE_CHECKING:
    from typedagents.core.view import View as Missing


def test_a_name_that_only_checkers_know_is_told_how_to_be_mended() -> None:
    def use(a: Missing, b: list[Missing]) -> None: ...

    with pytest.raises(ConfigError, match=r"'a'.*name 'Missing'.*outside of `if TYPE_CHECKING`.*'b'"):
        read(use)


def test_what_a_function_returns_need_not_be_known() -> None:
    def use(a: int) -> Missing:
        raise NotImplementedError

    assert sent_to(use) == ["a"]


def test_names_are_found_in_the_functions_around() -> None:
    class Filter(TypedDict):
        word: str

    def made() -> Callable[[Filter], object]:
        class Inner(TypedDict):
            words: list[str]

        def search(by: Filter, inner: Inner | None = None) -> None: ...

        assert [one.annotation for one in read(search).sent] == [Filter, Inner | None]
        return search

    with pytest.raises(ConfigError, match="name 'Inner' is not defined"):
        read(made())  # the function that had `Inner` has ended


def test_names_that_a_function_closes_over_are_found_later() -> None:
    def made() -> object:
        class Filter(TypedDict):
            word: str

        def search(by: Filter) -> object:
            return Filter, later, by

        later = 1
        return search

    function = made()

    assert callable(function)
    assert sent_to(function) == ["by"]


def test_a_function_that_calls_itself_can_be_read_while_it_is_made() -> None:
    def reading(function: Callable[[int], int]) -> Callable[[int], int]:
        assert sent_to(function) == ["n"]
        return function

    @reading
    def down(n: int) -> int:
        return down(n - 1) if n else 0

    assert down(2) == 0


def test_the_variables_of_a_caller_that_is_not_around_are_not_used() -> None:
    Missing = int  # noqa: N806 - the very name that is missing elsewhere

    with pytest.raises(ConfigError, match="Missing"):
        read(uses_what_is_missing)
    assert Missing is int


def uses_what_is_missing(a: Missing) -> None: ...
