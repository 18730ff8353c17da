"""Decoding and schemas agree: what jsonschema-rs accepts decodes, and what it refuses is refused."""

from __future__ import annotations

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
from typedagents.tools.schema_walk import JsonObject, mapped
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


@st.composite
def damaged(draw: st.DrawFn, data: object) -> object:
    """``data`` with something else in one place, or with a key more or less."""
    inside, fewer = draw(st.booleans()), draw(st.booleans())
    match data:
        case list() if data and inside:
            index = draw(st.integers(0, len(data) - 1))
            return [*data[:index], draw(damaged(data[index])), *data[index + 1 :]]
        case list():
            return draw(st.sampled_from([data * 2, data[1:], data[:-1]]) | JSON)
        case {} if data and inside:
            key = draw(st.sampled_from(sorted(data)))
            return {**data, key: draw(damaged(data[key]))}
        case {} if data and fewer:
            gone = draw(st.sampled_from(sorted(data)))
            return {key: one for key, one in data.items() if key != gone}
        case {}:
            return {**data, draw(TEXT): draw(JSON)}
        case _:
            return draw(JSON | st.sampled_from([str(data), [data], None, 10**400, 2.0, "1"]))


@given(st.data(), random_types())
def test_what_the_schema_accepts_decodes(data: st.DataObject, annotation: object) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped))
    try:
        decode(instance, shaped)
    except BadArguments as error:
        refused = error.problems
    else:
        refused = ()
    assert [problem for problem in refused if not documented(problem)] == []


@given(st.data(), random_types())
def test_damaged_data_decode_where_the_schema_accepts_them_still(
    data: st.DataObject, annotation: object
) -> None:
    shaped = shape_of(annotation)
    instance = data.draw(instances(shaped).flatmap(damaged))
    assume(accepts(strict(schema_of(shaped)), instance))
    try:
        decode(instance, shaped)
    except BadArguments as error:
        refused = error.problems
    else:
        refused = ()
    assert [problem for problem in refused if not documented(problem)] == []


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
    values, refused = None, tuple[Problem, ...]()
    try:
        values = decoded(text, shaped)
    except BadArguments as error:
        refused = error.problems
    assert [problem for problem in refused if not documented(problem)] == []
    if values is None:
        return
    named = {one.name: one for one in parameters}
    for name, sent in instance.items():
        assert name in values or (sent is None and named[name].default is not NOTHING)
    assert set(values) <= set(instance)
    assert values == decode(instance, shaped)
