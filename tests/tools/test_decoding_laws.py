"""Decoding and schemas agree: what jsonschema-rs accepts decodes, and what it refuses is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import jsonschema_rs
import msgspec
from attrs import NOTHING
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.tools.instances import JSON, TEXT, instances
from tests.tools.shapes import random_types, signatures
from typedagents.tools.bad_arguments import BadArguments, Problem
from typedagents.tools.decoding import decode, decoded
from typedagents.tools.reading import Parameter, parameters_of, shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.schema.walk import JsonObject, mapped
from typedagents.tools.shapes import Shaped


def strict(schema: JsonObject) -> JsonObject:
    """The schema as providers with a strict mode are given it: no other keys."""
    made = mapped(schema, strict)
    return made | {"additionalProperties": False} if "properties" in made else made


def lenient(schema: JsonObject) -> JsonObject:
    """What decoding may accept at most: formats are any text, and null stands for what may be left out."""
    made = mapped(schema, lenient)
    made.pop("format", None)
    if "properties" in made:
        made["additionalProperties"] = False
        required = made.get("required", [])
        properties = made["properties"]
        assert isinstance(required, list)
        assert isinstance(properties, dict)
        made["properties"] = {
            name: one if name in required else {"anyOf": [one, {"type": "null"}]}
            for name, one in properties.items()
        }
    return made


def accepts(schema: JsonObject, instance: object) -> bool:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(instance)


def taken(data: object, shaped: Shaped) -> bool:
    try:
        decode(data, shaped)
    except BadArguments:
        return False
    return True


def documented(problem: Problem) -> bool:
    """Whether it is one that no schema knows of; ``decoding`` says which there are."""
    return any(
        words in str(problem)
        for words in (
            "cannot be made of it: ValueError: a scale",
            "expected a duration",
            "expected bytes",
            "expected a date",
            "expected no repetition",
            "expected keys that differ",
            "that fits into 64 bits",
        )
    )


def damaged(data: object) -> st.SearchStrategy[object]:
    """``data`` with something else in one place, or with a key more or less."""
    other: st.SearchStrategy[object] = JSON | st.sampled_from([str(data), [data], None, 10**400, 2.0, "1"])
    if isinstance(data, list):
        fewer: list[object] = [data * 2, data[1:], data[:-1]]
        inner = [damaged(one).map(partial(_with_item, data, index)) for index, one in enumerate(data)]
        return st.one_of(st.sampled_from(fewer), other, *inner)
    if isinstance(data, dict):
        changed = [damaged(one).map(partial(_with_key, data, key)) for key, one in data.items()]
        without = [st.just({key: one for key, one in data.items() if key != gone}) for gone in data]
        more = st.builds(partial(_with_key, data), TEXT, JSON)
        return st.one_of(more, other, *changed, *without)
    return other


def _with_item(items: Sequence[object], index: int, new: object) -> object:
    return [*items[:index], new, *items[index + 1 :]]


def _with_key(items: Mapping[str, object], key: str, new: object) -> object:
    return {**items, key: new}


def undocumented(error: BadArguments) -> list[Problem]:
    return [problem for problem in error.problems if not documented(problem)]


def decodes(instance: object, shaped: Shaped) -> list[Problem]:
    """What keeps ``instance`` from being decoded though no documented reason does."""
    try:
        decode(instance, shaped)
    except BadArguments as error:
        return undocumented(error)
    return []


@given(st.data(), random_types())
def test_what_the_schema_accepts_decodes(data: st.DataObject, annotation: object) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped))
    assert decodes(instance, shaped) == []


@given(st.data(), random_types())
def test_damaged_data_decode_where_the_schema_accepts_them_still(
    data: st.DataObject, annotation: object
) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped).flatmap(damaged))
    assume(accepts(strict(schema_of(shaped)), instance))
    assert decodes(instance, shaped) == []


@given(st.data(), random_types())
def test_what_the_schema_refuses_is_refused_but_for_what_is_documented(
    data: st.DataObject, annotation: object
) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped).flatmap(damaged))
    if not accepts(lenient(schema_of(shaped)), instance):
        assert not taken(instance, shaped)


@given(JSON, random_types())
def test_anything_either_decodes_or_is_bad_arguments(data: object, annotation: object) -> None:
    shaped = shape_of(annotation)
    if taken(data, shaped):
        assert accepts(lenient(schema_of(shaped)), data)


@given(st.data(), signatures())
def test_arguments_are_those_that_were_sent(data: st.DataObject, parameters: list[Parameter]) -> None:
    shaped = parameters_of(parameters)
    instance = data.draw(instances(shaped))
    assert isinstance(instance, dict)
    text = msgspec.json.encode(instance).decode()
    assert decodes(instance, shaped) == []
    assume(taken(instance, shaped))
    values = decoded(text, shaped)
    named = {one.name: one for one in parameters}
    for name, sent in instance.items():
        assert name in values or (sent is None and named[name].default is not NOTHING)
    assert set(values) <= set(instance)
    assert values == decode(instance, shaped)
