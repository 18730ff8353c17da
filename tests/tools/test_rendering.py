"""Results: what a model is shown of what a tool returned."""

from __future__ import annotations

import array
import collections
import json
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum, auto
from math import inf, nan
from pathlib import PurePosixPath
from types import MappingProxyType
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, create_model

from tests.tools import models_for_tests as models
from tests.tools import types_for_tests as types
from tests.tools.instances import JSON, instances
from tests.tools.shapes import random_types
from typedagents.core.limits import Limit, Unlimited
from typedagents.core.parts import Audio, File, Image, Inline, Link, ResultContent, Text
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding import decode
from typedagents.tools.reading import shape_of
from typedagents.tools.rendering import CannotRender, json_of, rendered, shortened
from typedagents.tools.rendering_data import plain_data

ID = UUID("123e4567-e89b-12d3-a456-426614174000")
IMAGE = Image(Inline(b"png", "image/png"))


# An Enum of texts as they were written before StrEnum: its members print as "Word.YES".
Word = Enum("Word", {"YES": "yes"}, type=str)


class Mode(Flag):
    READ = auto()
    WRITE = auto()


class Huge(IntEnum):
    ONE = 1


class Age(int):
    pass


class Loud(str):
    def __str__(self) -> str:
        return "LOUD"


class Lean(msgspec.Struct, tag_field="kind", tag="lean", rename={"size": "Size"}):
    size: int | msgspec.UnsetType = msgspec.UNSET
    colour: types.Colour = types.Colour.RED


@dataclass(slots=True)
class Never:
    """Its field is left out by its constructor."""

    there: int = field(init=False)


AS_JSON: Sequence[tuple[object, str]] = [
    (None, "null"),
    (True, "true"),
    (1, "1"),
    (2**70, str(2**70)),
    (1.5, "1.5"),
    ([], "[]"),
    ((), "[]"),
    ((1, "a", None), '[1,"a",null]'),
    ({"é": b"hi", "a": {}}, '{"é":"aGk=","a":{}}'),
    ({1: "a", ID: 2, types.Colour.RED: 3}, f'{{"1":"a","{ID}":2,"red":3}}'),
    ({"b", "a"}, '["a","b"]'),
    ([frozenset({2, 1})], "[[1,2]]"),
    ({"z": 1, "a": 2}.keys(), '["z","a"]'),
    ({"z": 1}.items(), '[["z",1]]'),
    ({"z": 1}.values(), "[1]"),
    (MappingProxyType({"a": 1}), '{"a":1}'),
    (collections.deque([1]), "[1]"),
    (range(2), "[0,1]"),
    (array.array("i", [1]), "[1]"),
    (bytearray(b"hi"), '"aGk="'),
    (memoryview(b"hi"), '"aGk="'),
    (datetime(2026, 1, 31, tzinfo=UTC), '"2026-01-31T00:00:00Z"'),
    (date(2026, 1, 31), '"2026-01-31"'),
    (time(12), '"12:00:00"'),
    (timedelta(days=1), '"P1D"'),
    (Decimal("1.50"), '"1.50"'),
    (ID, f'"{ID}"'),
    (PurePosixPath("a/b"), '"a/b"'),
    (types.Level.HIGH, "2"),
    (types.Corner.TOP, '"TOP"'),
    (Mode.READ | Mode.WRITE, "3"),
    ([types.Colour.RED, Word['YES'], Age(3), Loud("quiet"), Huge.ONE], '["red","yes",3,"quiet",1]'),
    (types.Point(1), '{"x":1,"y":0,"tags":[]}'),
    (types.Span(0.0), '{"low":0.0,"high":1.0,"name":null}'),
    (
        types.Account(ID, "A"),
        f'{{"id":"{ID}","owner":"A","balance":"1.50","history":[],"rank":1,"notes":[],"opened":true}}',
    ),
    (types.Person("A", pet=types.Cat()), '{"firstName":"A","birthDay":null,"pet":{"type":"Cat","lives":9}}'),
    (Lean(), '{"kind":"lean","colour":"red"}'),
    (Lean(3), '{"kind":"lean","Size":3,"colour":"red"}'),
    (models.Currency(currency="USD", amount=1), '{"currency":"USD","amount":1.0}'),
    ([models.Cat()], '[{"kind":"cat","lives":9}]'),
    ({"m": models.Measured(length=1)}, '{"m":{"length":1.0,"unit":"m"}}'),
    ([["a"], [Text("b")]], '[["a"],["b"]]'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), AS_JSON, ids=range(len(AS_JSON)))
def test_data_are_shown_as_json(value: object, text: str) -> None:
    assert (Text(text),) == rendered(value)


def test_a_model_is_shown_by_the_names_it_dumps_itself_with() -> None:
    aliased = create_model("Aliased", inner=(float, Field(1, serialization_alias="outer")))
    assert json_of([aliased()]) == '[{"outer":1.0}]'


@pytest.mark.parametrize("text", ["", "a", "null", '{"a": 1}', "é\n", "x" * 100_000])
def test_a_text_is_shown_as_it_is(text: str) -> None:
    assert (Text(text),) == rendered(text)


def test_a_text_of_another_class_is_a_text() -> None:
    for text, value in (("red", types.Colour.RED), ("yes", Word["YES"]), ("quiet", Loud("quiet"))):
        (part,) = rendered(value)
        assert isinstance(part, Text)
        assert (text, str) == (part.text, type(part.text))


@pytest.mark.parametrize("part", [Text("a"), IMAGE, Audio(Link("u")), File(Link("u"), "n")])
def test_parts_are_shown_as_they_are(part: ResultContent) -> None:
    assert (part,) == rendered(part)
    assert (Text("see"), part) == rendered(["see", part])
    assert (part, Text('{"a":1}'), Text("null"), Text("red")) == rendered(
        (part, {"a": 1}, None, types.Colour.RED)
    )


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    assert (Text("a?"),) == rendered("a\ud800")
    assert (Text('{"?":["?",null,"é"]}'),) == rendered({"\ud800": ["\ud800", None, "é"]})
    assert (Text('["?","a"]'),) == rendered({"a", "\ud800"})


# --- what cannot be shown ---------------------------------------------------------------------------------------

LOOP: list[object] = []
LOOP.append(LOOP)
ELSE = "return a text, or data that JSON can say"

REFUSED: Sequence[tuple[object, str]] = [
    (nan, "what was returned is nan, which JSON cannot say; return null or a text for it"),
    ({"rows": [1.0, {"a b": -inf}]}, '$.rows[1]["a b"] is -inf, which JSON cannot say; return null or a text for it'),
    ([Decimal("NaN")], "$[0] is NaN, which JSON cannot say; return null or a text for it"),
    (models.Wrapped[float](inner=nan), "$.inner is nan, which JSON cannot say; return null or a text for it"),
    ({None: 1}, "what was returned has the key None, and keys of JSON objects are texts"),
    ({"a": {True: 1}}, "$.a has the key True, and keys of JSON objects are texts"),
    ({(1, 2): 1}, "what was returned has the key (1, 2), and keys of JSON objects are texts"),
    ({"1": 1, 1: 2}, "what was returned has two keys that JSON writes as '1'"),
    ({"i": IMAGE}, "$.i is the part Image, which stands alone or as an item of the list that is returned"),
    (object(), f"what was returned is a object, which JSON cannot say; {ELSE}"),
    ([ValueError("x")], f"$[0] is a ValueError, which JSON cannot say; {ELSE}"),
    (int, f"what was returned is a type, which JSON cannot say; {ELSE}"),
    (LOOP, "what was returned holds itself, or is nested too deeply for JSON"),
    (map(str, ()), "what was returned is map, a map; return a list of what comes out of it"),
    (Never(), "what was returned cannot be written as JSON: 'Never' object has no attribute 'there'"),
    (10**5000, "what was returned cannot be written as JSON: Exceeds the limit"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_json_cannot_say_is_refused_with_its_place(value: object, words: str) -> None:
    with pytest.raises(CannotRender) as caught:
        rendered(value)
    assert str(caught.value).startswith(words)


def test_what_was_not_awaited_is_refused_and_nobody_is_warned() -> None:
    async def fetch() -> int:
        return 1

    async def stream() -> AsyncIterator[int]:
        yield 1

    def count() -> Iterator[int]:
        yield 1

    class Later:
        def __await__(self) -> Iterator[int]:
            yield 1

    for value, words in (
        (fetch(), "what was returned is a coroutine: the tool forgot to await fetch"),
        ([1, fetch()], "$[1] is a coroutine: the tool forgot to await fetch"),
        (Later(), "what was returned is a Later: the tool forgot to await Later"),
        (stream(), "what was returned is stream, a async_generator; return a list of what comes out of it"),
        (count(), "what was returned is count, a generator; return a list of what comes out of it"),
    ):
        with pytest.raises(CannotRender) as caught:
            rendered(value)
        assert words == str(caught.value)


# --- what is long -----------------------------------------------------------------------------------------------


@given(st.text(max_size=50), st.integers(0, 40))
def test_of_a_long_text_the_ends_are_kept_and_the_rest_is_counted(text: str, most: int) -> None:
    cut = shortened(text, most)
    if len(text) <= most:
        assert text == cut
        return
    count = f"\n... {len(text) - most} characters left out ...\n"
    head, tail = cut[: most - most // 4], cut[len(cut) - most // 4 :]
    assert head + count + tail == cut
    assert text.startswith(head)
    assert text.endswith(tail)


@pytest.mark.parametrize(
    ("value", "most", "parts"),
    [
        ("a" * 100_001, 100_000, ["a" * 75_000 + "\n... 1 characters left out ...\n" + "a" * 25_000]),
        ("a" * 100_001, Unlimited, ["a" * 100_001]),
        ([1] * 50, 8, ["[1,1,1\n... 93 characters left out ...\n1]"]),
        (["abcd", IMAGE, "efghij", Text("kl")], 8, ["abcd", IMAGE, "efg\n... 2 characters left out ...\nj"]),
        (["abcd", Text("kl"), IMAGE, "mn"], 6, ["abcd", "kl", IMAGE, "\n... 2 characters left out ...\n"]),
        (["abcd", IMAGE], Unlimited, ["abcd", IMAGE]),
    ],
)  # fmt: skip
def test_the_texts_of_a_result_are_cut_together(value: object, most: Limit, parts: list[object]) -> None:
    shown = [part.text if isinstance(part, Text) else part for part in rendered(value, most)]
    assert parts == shown[: len(parts)]


def test_100_megabytes_are_shown_without_a_copy_of_them() -> None:
    text = "x" * 100_000_000
    tracemalloc.start()
    try:
        (part,) = rendered(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(part, Text)
    assert len(part.text) < 100_100
    assert peak < 2_000_000


# --- laws -------------------------------------------------------------------------------------------------------


@given(JSON)
def test_json_data_are_shown_as_they_are(data: object) -> None:
    (part,) = rendered([data])
    assert isinstance(part, Text)
    assert [data] == json.loads(part.text)


def as_sent(shown: object, sent: object) -> object:
    """``shown`` without what was not sent: defaults, which need not fit their types, and fields no constructor takes."""
    if isinstance(shown, dict) and isinstance(sent, dict):
        keys = [key for key in shown if key in sent and (sent[key] is not None or shown[key] is None)]
        return {key: as_sent(shown[key], sent[key]) for key in keys}
    if isinstance(shown, list) and isinstance(sent, list):
        return [as_sent(one, other) for one, other in zip(shown, sent, strict=True)]
    return shown


@given(st.data(), random_types())
def test_what_a_model_is_shown_it_can_hand_on(data: st.DataObject, annotation: object) -> None:
    shaped = shape_of(annotation)
    sent = data.draw(instances(shaped))
    try:
        value = decode(sent, shaped)
    except BadArguments:
        return
    assert value == decode(as_sent(json.loads(json_of(value)), sent), shaped)


def test_sets_are_shown_in_one_order_in_every_process() -> None:
    program = "from typedagents.tools.rendering import json_of; print(json_of([set('hypothesis'), 1]))"
    shown = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in "12"
    }  # fmt: skip
    assert {'[["e","h","i","o","p","s","t","y"],1]\n'} == shown


def test_a_decimal_is_shown_in_digits_unless_they_would_fill_the_memory() -> None:
    assert plain_data(Decimal("3.6E+16")) == "36000000000000000"
    assert plain_data(Decimal("1E-7")) == "0.0000001"
    assert plain_data(Decimal("1E+999999")) == "1E+999999"
