"""Answers as values: whatever fits a type is asked for by its schema and comes back as its value."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

import attrs
import jsonschema_rs
import msgspec
import pytest
from attrs import frozen
from hypothesis import assume, given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from tests.tools.instances import instances
from tests.tools.models_for_tests import Cat, Dog
from tests.tools.shapes import random_types
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import Data, Text
from typedagents.tools.answers import answer_in, form_of, value_of
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.decoding import decode
from typedagents.tools.reading import shape_of


@frozen
class Item:
    name: str
    price: float


@frozen
class Invoice:
    """What is to be paid."""

    number: str
    items: list[Item]
    paid: bool = False


class Shape(TypedDict):
    corners: int


class Colour(StrEnum):
    RED = "red"


class Node(msgspec.Struct):
    name: str
    below: list[Node] = []


def wraps_nothing(text: str) -> str:
    return text


def in_a_fence(text: str) -> str:
    return f"Here it is:\n```json\n{text}\n```\nIs that right? [1] says so {{or not}}."


def spread_out(text: str) -> str:
    return f"\n  {json.dumps(json.loads(text), indent=2)}\n"


@given(st.data(), random_types(), st.sampled_from([wraps_nothing, in_a_fence, spread_out]))
def test_what_fits_a_type_is_read_whatever_stands_around_it(
    data: st.DataObject, kind: object, around: Callable[[str], str]
) -> None:
    form, shaped = form_of(kind), shape_of(kind)
    sent = data.draw(instances(shaped))
    asked: object = sent if form.held is None else {"value": sent}
    text = json.dumps(asked)
    assume(
        len(text) > len("{or not}") or around is not in_a_fence
    )  # else something else may fit a type that takes all

    read = form.read(around(text))

    assert json.loads(read.json) == json.loads(json.dumps(sent))
    assert repr(form.value(read)) == repr(decode(sent, shaped))


@given(st.data(), random_types())
def test_the_schema_is_of_an_object_and_accepts_what_is_read(data: st.DataObject, kind: object) -> None:
    form = form_of(kind)
    schema = json.loads(form.spec.schema)
    sent = data.draw(instances(shape_of(kind)))
    asked = sent if form.held is None else {"value": sent}

    assert isinstance(asked, dict)
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(asked)


@given(st.text(max_size=200))
def test_any_text_is_read_or_says_what_is_wrong_with_it(text: str) -> None:
    try:
        said: object = value_of(form_of(Invoice).read(text), Invoice)
    except BadArguments as error:
        said = error.told.strip()
    assert isinstance(said, Invoice) or said


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Invoice, '{"number":"7","items":[{"name":"a","price":2}]}', Invoice("7", [Item("a", 2.0)])),
        (Shape, '{"corners":3}', {"corners": 3}),
        (Cat, '{"lives":7}', Cat(lives=7)),
        (Cat | Dog, '{"value":{"kind":"dog","name":"x"}}', Dog(name="x")),
        (Node, '{"name":"a","below":[{"name":"b"}]}', Node("a", [Node("b")])),
        (int, '{"value":3}', 3),
        (list[Item], '{"value":[{"name":"a","price":1}]}', [Item("a", 1.0)]),
        (Item | Shape, '{"value":{"corners":3}}', {"corners": 3}),
        (Literal["a", "b"], '{"value":"b"}', "b"),
        (Colour, '{"value":"red"}', Colour.RED),
        (dict[str, int], '{"value":1}', {"value": 1}),
        (Annotated[int, []], '{"value":1}', 1),
        # a model that nothing holds to the schema
        (list[int], "[1, 2]", [1, 2]),
        (Invoice | None, "null", None),
    ],
)
def test_values_of_all_kinds(kind: object, text: str, value: object) -> None:
    form = form_of(kind)
    assert form.value(form.read(text)) == value


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (Invoice, '{"number":7,"items":[]}', "$.number: expected a text; found 7"),
        (list[int], '{"value":[1,"x"]}', '$.value[1]: expected a whole number; found the text "x"'),
        (list[int], '["x"]', "expected an object"),
        (Invoice, "", "no JSON"),
        (Invoice, "I do not know.", "no JSON"),
        (Invoice, '{"number":"7","number":"8","items":[]}', "this key once"),
        (Invoice, 'x {"number":"7","number":"8","items":[]} y', "no JSON"),
        (Invoice, '[1] {"number":7,"items":[]}', "$.number"),
        (Invoice, "[" * 100_000, "expected"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(kind: object, text: str, problem: str) -> None:
    with pytest.raises(BadArguments) as caught:
        form_of(kind).read(text)
    assert problem in caught.value.told


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Invoice, "Invoice"),
        (list[Invoice], "answer"),
        (attrs.make_class("Ä B", []), "B"),
        (int | str, "answer"),
    ],
)
def test_it_has_a_name_that_every_provider_takes(kind: object, name: str) -> None:
    assert form_of(kind).spec.name == name


def test_what_json_cannot_say_is_an_error() -> None:
    with pytest.raises(ConfigError, match="the type of the answer: no JSON stands for"):
        form_of(object())


def test_a_message_gives_its_answer_as_a_value() -> None:
    said = Message(AgentName("a"), [Text("so:"), Data("3"), Data('{"name":"x","price":1}')])

    assert answer_in(said, Item) == Item("x", 1.0)
    with pytest.raises(ConfigError, match=r"the answer of 'a' is no Invoice:\n\$\.number: expected a text"):
        answer_in(said, Invoice)
    with pytest.raises(ConfigError, match=r"is no int \| str:"):
        answer_in(said, int | str)
    with pytest.raises(ConfigError, match=r"the message of 'a' holds no typed answer: 'hi'; .*output="):
        answer_in(Message(AgentName("a"), "hi"), Item)
