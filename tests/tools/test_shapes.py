"""What annotations add to a type, and what shapes say of themselves."""

from __future__ import annotations

import re
from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.errors import ConfigError
from typedagents.tools.constraints import FREE, Bounds, Notes, notes_of
from typedagents.tools.shapes import (
    Anything,
    Array,
    Described,
    Integer,
    Null,
    OneOf,
    Reference,
    Shape,
    Shaped,
    String,
    members,
)

lengths = st.none() | st.integers(0, 9)


def test_bounds_show_only_what_they_say() -> None:
    assert repr(Bounds(ge=1, pattern="a")) == "Bounds(ge=1, pattern='a')"
    assert repr(FREE) == "Bounds()"


@pytest.mark.parametrize("value", [nan, inf, True, Decimal("NaN")], ids=str)
def test_a_bound_is_a_finite_number(value: float | Decimal) -> None:
    with pytest.raises(ConfigError, match="finite number"):
        Bounds(lt=value)


def test_decimal_bounds_are_as_json_has_them() -> None:
    assert Bounds(ge=1, lt=0.5) == Bounds(ge=Decimal(1), lt=Decimal("0.5"))


def test_what_no_length_no_step_and_no_pattern_is() -> None:
    for length in (-1, True):
        with pytest.raises(ConfigError, match="whole number from nought"):
            Bounds(min_length=length)
    with pytest.raises(ConfigError, match="at least 3 and at most 2"):
        Bounds(min_length=3, max_length=2)
    for step in (0, -1.5):
        with pytest.raises(ConfigError, match="above nought"):
            Bounds(multiple_of=step)
    with pytest.raises(ConfigError, match="no regular expression"):
        Bounds(pattern="(")
    with pytest.raises(ConfigError, match="flags"):
        Bounds(pattern=re.compile("a", re.IGNORECASE))


@pytest.mark.parametrize("pattern", [r"\Aa", r"a\Z", "(?P<x>a)", "(?i)a", "(?i:a)", "(?#c)a"])
def test_a_pattern_that_only_python_reads_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="JSON Schema does not know"):
        Bounds(pattern=pattern)


@pytest.mark.parametrize("pattern", [r"\\Z", "^[a-z]+$", "(?:a|b)", "(?=a)"])
def test_a_pattern_that_all_read_is_taken(pattern: str) -> None:
    assert pattern == Bounds(pattern=pattern).pattern
    assert pattern == Bounds(pattern=re.compile(pattern)).pattern


@given(lengths, lengths, st.none() | st.floats(0, 9), st.none() | st.floats(0, 9), st.floats(0, 9))
def test_both_bounds_hold_where_both_are_asked(
    one: int | None, other: int | None, low: float | None, high: float | None, value: float
) -> None:
    both = Bounds(ge=low, min_length=one) & Bounds(ge=high, min_length=other)
    assert both == Bounds(ge=high, min_length=other) & Bounds(ge=low, min_length=one)
    assert (value >= (low or 0) and value >= (high or 0)) == (value >= (both.ge or 0))
    assert max(one or 0, other or 0) == (both.min_length or 0)
    assert both & FREE == both == both & both


def test_two_steps_are_one_too_many() -> None:
    with pytest.raises(ConfigError, match="one multiple_of; found 2 and 3"):
        assert Bounds(multiple_of=2) & Bounds(multiple_of=3)


def test_notes_of_others_are_left_alone() -> None:
    assert Notes("b") == notes_of(["a", object(), "b", 5])


def test_members_of_a_shape_are_what_its_data_look_like() -> None:
    definitions: dict[str, Shape] = {"Json": OneOf((Null(), Array(Reference("Json")), Reference("Json")))}
    shape = OneOf((Described(OneOf((Integer(), String())), "words"), Reference("Json"), Anything()))
    assert [Integer(), String(), Null(), Array(Reference("Json")), Anything()] == list(
        members(shape, definitions)
    )


def test_definitions_are_copied_at_the_door() -> None:
    definitions: dict[str, Shape] = {"A": Null()}
    shaped = Shaped(Reference("A"), definitions)
    definitions.clear()
    assert {"A": Null()} == shaped.definitions
