"""What is said of a tool beside its function: names, and the manner in which it is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.test_function import two
from typedagents.core.errors import ConfigError
from typedagents.core.tool import Approve, CallTool
from typedagents.tools import tool
from typedagents.tools.functions.options import Manner, tool_name


@given(st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True))
def test_names_that_providers_take_are_taken(name: str) -> None:
    assert tool_name(name) == name


@given(st.text(max_size=70))
def test_no_others_are_taken(name: str) -> None:
    taken = 0 < len(name) <= 64 and all(
        letter.isascii() and (letter.isalnum() or letter in "_-") for letter in name
    )
    if taken:
        assert tool_name(name) == name
    else:
        with pytest.raises(ConfigError, match=re.escape(repr(name)) if name else "no name"):
            tool_name(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a" * 65, "has at most 64 letters; 'a{65}' has 65"),
        ("", "found no name: give it a name"),
        ("a b", "is made of a-z, A-Z, 0-9, '_' and '-'; found 'a b'"),
        ("name\n", "found 'name.n'"),
    ],
)
def test_a_name_that_is_refused_is_told_why(name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        tool(two, name=name)


# --- the manner in which it is called ---------------------------------------------------------------------------


def test_what_is_said_beside_the_function_is_kept() -> None:
    made = tool(
        two,
        timeout_s=2.5,
        repeats="pure",
        exclusive=True,
        blocking=True,
        max_chars=7,
        render=str,
        approval=True,
    )

    assert made.manner == Manner(
        timeout_s=2.5, repeats="pure", exclusive=True, blocking=True, max_chars=7, render=str
    )
    assert (made.timeout_s, made.exclusive, made.blocking) == (2.5, True, True)
    assert made.performs == (Approve, CallTool)


def test_nothing_said_is_the_careful_manner() -> None:
    made = tool(two)

    assert (made.timeout_s, made.exclusive, made.blocking) == (None, False, False)
    assert made.manner.repeats == "at_most_once"
    assert made.performs == (CallTool,)


@pytest.mark.parametrize("timeout_s", [0, -1.0, float("nan"), float("inf")])
def test_a_timeout_is_a_time(timeout_s: float) -> None:
    with pytest.raises(ConfigError, match="timeout_s is a number of seconds above 0"):
        tool(two, timeout_s=timeout_s)


def test_other_bad_options_are_refused() -> None:
    word: object = "twice"
    with pytest.raises(
        ConfigError, match="repeats is one of 'pure', 'idempotent', 'at_most_once'; found 'twice'"
    ):
        Manner(repeats=word)  # type: ignore[arg-type]  # the wrong word is what is asked about
    with pytest.raises(ConfigError, match="max_chars is a number above 0, or None for no limit; found 0"):
        tool(two, max_chars=0)
