"""What model clients of a program's own share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen.oai.client_utils import HIDING, should_hide_tools, validate_parameter
from typedagents.autogen.oai.rate_limiters import TimeRateLimiter

NUMBER = (int, float)


@pytest.mark.parametrize(
    ("value", "bound", "among", "proved"),
    [
        (1, (0, None), None, 1),
        (-1, (0, None), None, 7),
        (0.5, (None, 1), None, 0.5),
        (2, (None, 1), None, 7),
        (3, None, [3, 4], 3),
        (5, None, [3, 4], 7),
        ("1", None, None, 7),
        (None, None, None, 7),
    ],
)
def test_a_parameter_that_is_not_possible_has_its_default(
    value: object, bound: tuple[float | None, float | None] | None, among: list[object] | None, proved: object
) -> None:
    assert validate_parameter({"p": value}, "p", NUMBER, False, 7, bound, among) == proved


def test_parameters_left_out_and_texts() -> None:
    assert validate_parameter({}, "p", NUMBER, True, 7, None, None) == 7
    assert validate_parameter({"p": None}, "p", NUMBER, True, 7, None, None) is None
    assert validate_parameter({"p": "a"}, "p", str, False, "b", (0, 1), None) == "a"
    with pytest.raises(TypeError, match="allowed_values is a list; found str"):
        validate_parameter({}, "p", str, True, None, None, "abc")


def tool(name: str) -> dict[str, object]:
    return {"type": "function", "function": {"name": name}}


def call(name: str) -> dict[str, object]:
    return {
        "role": "assistant",
        "tool_calls": [{"id": f"call {name}", **tool(name)}, {"id": "?", "function": None}],
    }


def answer(name: str) -> dict[str, object]:
    return {"role": "tool", "tool_call_id": f"call {name}", "content": ""}


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ([], []),
        ([call("a"), call("b")], []),
        ([call("a"), answer("a"), call("b")], ["if_any_run"]),
        ([call("a"), answer("a"), call("b"), answer("b")], ["if_all_run", "if_any_run"]),
        ([call("c"), answer("c")], []),
    ],
)
def test_tools_that_have_done_their_work_are_hidden(said: list[dict[str, object]], hidden: list[str]) -> None:
    tools = [tool("a"), tool("b")]
    assert [one for one in HIDING if should_hide_tools(said, tools, one)] == hidden
    assert not should_hide_tools(said, [], "if_all_run")
    with pytest.raises(TypeError, match="one of if_all_run, if_any_run, never; found 'always'"):
        should_hide_tools(said, tools, "always")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20))
def test_calls_are_let_through_at_even_distances_at_most(pauses: list[int]) -> None:
    clock = Clock()
    limiter = TimeRateLimiter(0.125, clock=clock, wait=clock.wait)
    let_through = []
    for pause in pauses:
        clock.now += pause
        asked = clock.now
        limiter.sleep("anything")
        let_through.append(clock.now)
        assert clock.now == max(asked, let_through[-2] + 8 if len(let_through) > 1 else asked)


def test_a_rate_is_above_nought() -> None:
    with pytest.raises(ValueError, match="above 0; found 0"):
        TimeRateLimiter(0)
