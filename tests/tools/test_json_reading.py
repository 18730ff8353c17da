"""Arguments text: what is read, what is not, and what is said of it."""

from __future__ import annotations

import inspect
import json
import pickle
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.instances import JSON, TEXT
from typedagents.tools.bad_arguments import BadArguments, Problem
from typedagents.tools.decoding.json_reading import MOST_DIGITS, MOST_LEVELS, read_arguments

OBJECTS: st.SearchStrategy[dict[str, object]] = st.dictionaries(TEXT, JSON, max_size=4)


def refusal(text: str) -> BadArguments:
    with pytest.raises(BadArguments) as caught:
        read_arguments(text)
    return caught.value


def nested(levels: int, opening: str = '{"a":', inside: str = "1", closing: str = "}") -> str:
    return opening * levels + inside + closing * levels


@pytest.mark.parametrize("text", ["", " ", "\n\t\r ", "{}", " { } \n"])
def test_blank_text_is_an_empty_object(text: str) -> None:
    assert read_arguments(text) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
        ('{"a": "\\u00e9\\ud83d\\ude00"}', {"a": "é😀"}),
        ('{"a": "é", "": [1, -2.5e3, null, true]}', {"a": "é", "": [1, -2500.0, None, True]}),
        (f'{{"a": {"9" * MOST_DIGITS}}}', {"a": int("9" * MOST_DIGITS)}),
        ('{"a": 18446744073709551616}', {"a": 2**64}),
        ('{"a": {"b": 1}, "b": {"a": 1}}', {"a": {"b": 1}, "b": {"a": 1}}),
        ('{"a": "NaN, {\\"a\\": 1, \\"a\\": 2}"}', {"a": 'NaN, {"a": 1, "a": 2}'}),
        (nested(MOST_LEVELS - 1, inside="{}").replace("{}", "[]"), None),
    ],
)
def test_what_models_write_is_read(text: str, value: object) -> None:
    assert value is None or value == read_arguments(text)
    assert json.loads(text, strict=False) == read_arguments(text)


HALF = "half of a surrogate pair"

REFUSED = [
    ("null", "$: expected an object with the arguments; found null"),
    ("[]", "$: expected an object with the arguments; found a list"),
    ("3", "$: expected an object with the arguments; found 3"),
    ("true", "$: expected an object with the arguments; found true"),
    ('"{}"', '$: expected an object with the arguments; found the text "{}"'),
    ('{"a": NaN}', "$.a: expected a number, which JSON writes in digits; found NaN"),
    ('{"a": [0, -Infinity]}', "$.a[1]: expected a number, which JSON writes in digits; found -Infinity"),
    ('{"a": 1e999}', "$.a: expected a number that fits into 64 bits; found 1e999"),
    (f'{{"a": {"1" * 5000}}}', f"$.a: expected a number of at most {MOST_DIGITS} digits; found one of 5000"),
    ('{"a": "\\ud83d"}', f"$.a: expected whole characters; found \\ud83d, {HALF}"),
    ('{"a": "\ud83d"}', f"$.a: expected whole characters; found \\ud83d, {HALF}"),
    ('{"city": "Paris", "city": "London"}', "$.city: expected this key once; found it 2 times"),
    ('{"a": {"b": [{"c": 1, "c": 1, "c": 2}]}}', "$.a.b[0].c: expected this key once; found it 3 times"),
    ('{"a b": {"x": 1, "x": 2}}', '$["a b"].x: expected this key once; found it 2 times'),
    ('{"a": 1} {"a": 1}', 'found text that is no JSON (extra data, before "{\\"a\\": 1}")'),
    ('{"a": 1', "found text that is no JSON (expecting ',' delimiter, at its end)"),
    (
        "{'a': 1}",
        "found text that is no JSON (expecting property name enclosed in double quotes, before \"'a'",
    ),
    ('{"a": 1,}', "found text that is no JSON"),
    ('{"a": 01}', "found text that is no JSON"),
    ("\ufeff{}", "found text that is no JSON"),
    ('```json\n{"a": 1}\n```', "found text that is no JSON"),
    (nested(MOST_LEVELS + 1), f"expected at most {MOST_LEVELS} levels of lists and objects in one another"),
    (
        '{"a":' + nested(MOST_LEVELS, "[", "", "]") + "}",
        f"$.a{'[0]' * (MOST_LEVELS - 1)}: expected at most {MOST_LEVELS} levels",
    ),
    (nested(100_000), "$: expected at most"),
    (nested(100_000, "["), "$: expected at most"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_object_of_arguments_is_refused_with_the_reason(text: str, said: str) -> None:
    error = refusal(text)
    assert str(error).startswith("The call was not made, its arguments do not fit:")
    assert said in str(error)
    assert len(str(error)) < 1_000


def test_everything_that_is_wrong_is_told_at_once() -> None:
    error = refusal('{"a": NaN, "b": [1e400, 2], "b": "\\udc00", "\\udfff": 1}')
    assert [
        Problem(("a",), "a number, which JSON writes in digits", "NaN"),
        Problem(("b", 0), "a number that fits into 64 bits", "1e400"),
        Problem(("b",), "whole characters", f"\\udc00, {HALF}"),
        Problem(("\udfff",), "whole characters", f"\\udfff, {HALF}"),
        Problem(("b",), "this key once", "it 2 times"),
    ] == list(error.problems)


def test_many_problems_are_counted_and_long_ones_are_cut() -> None:
    error = refusal(json.dumps({"rows": [float("nan")] * 30}))
    assert len(error.problems) == 30
    lines = str(error).splitlines()
    assert lines[-1] == "and 20 more"
    assert len(lines) == 12
    assert lines[-2] == "$.rows[9]: expected a number, which JSON writes in digits; found NaN"
    long = Problem(("k" * 1000,), "e" * 10_000, "f" * 10_000)
    assert len(str(BadArguments([long]))) < 1_500


def test_errors_are_equal_after_pickling() -> None:
    error = BadArguments([Problem(("a", 1), "a number", "null")], more=3)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, BadArguments)
    assert (error.problems, error.more, str(error)) == (again.problems, again.more, str(again))
    assert "$.a[1]: expected a number; found null\nand 3 more" in str(error)


@given(OBJECTS, st.sampled_from([(True, None), (False, None), (False, 1)]))
def test_any_object_is_read_however_it_is_written(
    value: dict[str, object], style: tuple[bool, int | None]
) -> None:
    text = json.dumps(value, ensure_ascii=style[0], indent=style[1])
    assert value == read_arguments(text)


@given(OBJECTS, TEXT, JSON, JSON, st.lists(st.sampled_from([0, "a", ""]), max_size=4))
def test_a_key_written_twice_is_found_wherever_it_is(
    value: dict[str, object], key: str, one: object, other: object, path: list[int | str]
) -> None:
    name = json.dumps(key)
    rest = json.dumps({k: v for k, v in value.items() if k != key})[1:-1]
    text = f"{{{name}: {json.dumps(one)}, {rest + ', ' if rest else ''}{name}: {json.dumps(other)}}}"
    for step in reversed(path):
        text = f"[{text}]" if isinstance(step, int) else f"{{{json.dumps(step)}: {text}}}"
    error = refusal(f'{{"top": {text}}}')
    assert [Problem(("top", *path, key), "this key once", "it 2 times")] == list(error.problems)


@given(OBJECTS.map(json.dumps), st.data())
def test_any_text_is_read_or_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    changed = (
        text[:start] + data.draw(st.sampled_from(["", "{", "NaN", '"', "\\ud800", ",", "1e400"])) + text[end:]
    )
    try:
        value = read_arguments(changed)
    except BadArguments:
        return
    assert value == (json.loads(changed, strict=False) if changed.strip() else {})


def at_depth(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else at_depth(frames - 1, call)


def test_the_allowed_levels_are_read_from_far_down_a_stack() -> None:
    text = nested(MOST_LEVELS)
    room = sys.getrecursionlimit() - 500
    assert json.loads(text) == at_depth(room - len_of_stack(), lambda: read_arguments(text))


def len_of_stack() -> int:
    return len(inspect.stack(0))
