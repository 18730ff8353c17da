"""What holds for every schema and profile, and for the schemas that were recorded."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.tools.instances import instances
from tests.tools.recorded import CORPUS, MISSING, schemas
from tests.tools.shapes import signatures
from tests.tools.test_decoding_laws import damaged, strict
from typedagents.tools.reading import Parameter, parameters_of
from typedagents.tools.schema import schema_of
from typedagents.tools.schema.walk import JsonObject, mapped
from typedagents.tools.tightening import ProfileName, Tightened, tighten

PROFILES: Sequence[ProfileName] = get_args(ProfileName)
TEXT: JsonObject = {"type": "string"}
WHOLE: JsonObject = {"type": "integer"}
NULL: JsonObject = {"type": "null"}


def over(**properties: object) -> JsonObject:
    """An object with these properties, all required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def closed(**properties: object) -> JsonObject:
    return over(**properties) | {"additionalProperties": False}


def tight(profile: ProfileName, one: object) -> tuple[object, tuple[str, ...]]:
    """What becomes of a property, and what of it is lost."""
    made = tighten(over(x=one), profile)
    properties = made.schema["properties"]
    assert isinstance(properties, dict)
    return properties["x"], made.lost


def as_json_schema(schema: JsonObject) -> JsonObject:
    """What the older form of Gemini means, as JSON Schema."""
    made = mapped(schema, as_json_schema)
    nullable = made.pop("nullable", False)
    kind = made.get("type")
    if isinstance(kind, str):
        made["type"] = kind.lower()
    return {"anyOf": [made, NULL]} if nullable else made


def readable(made: Tightened, profile: ProfileName) -> JsonObject:
    return as_json_schema(made.schema) if profile == "gemini_openapi" else made.schema


def filled(schema: object, instance: object, root: Mapping[str, object]) -> object:
    """``instance`` with null for each property that may be left out and was."""
    if not isinstance(schema, dict):
        return instance
    where = schema.get("$ref")
    if isinstance(where, str):
        definitions = root.get("$defs")
        assert isinstance(definitions, dict)
        return filled(definitions[where.removeprefix("#/$defs/")], instance, root)
    places = schema.get("prefixItems")
    if isinstance(instance, list) and isinstance(places, list) and len(places) == len(instance):
        return [filled(place, one, root) for place, one in zip(places, instance, strict=True)]
    items, properties, options = schema.get("items"), schema.get("properties"), schema.get("anyOf")
    if isinstance(instance, list) and items is not None:
        return [filled(items, one, root) for one in instance]
    if isinstance(instance, dict) and isinstance(properties, dict):
        return {name: filled(one, instance.get(name), root) for name, one in properties.items()}
    if isinstance(options, list):
        known = {"$defs": root.get("$defs", {})}
        fitting = [one for one in options if jsonschema_rs.is_valid(one | known, instance)]
        return filled(fitting[0], instance, root) if len(fitting) == 1 else instance
    return instance


def without_nulls(schema: object, instance: object) -> object:
    """``instance`` without the nulls of properties; for parameters, not for what is inside of them."""
    assert isinstance(schema, dict)
    assert isinstance(instance, dict)
    required = schema.get("required", [])
    return {name: one for name, one in instance.items() if one is not None or name in required}


@given(signatures(), st.sampled_from(PROFILES))
def test_tightening_leaves_its_input_alone_is_valid_and_does_nothing_twice(
    parameters: list[Parameter], profile: ProfileName
) -> None:
    schema = schema_of(parameters_of(parameters))
    before = copy.deepcopy(schema)
    made = tighten(schema, profile)
    assert before == schema
    again = tighten(made.schema, profile)
    assert (made.schema, made.strict) == (again.schema, again.strict)
    jsonschema_rs.meta.validate(readable(made, profile))
    jsonschema_rs.Draft202012Validator(readable(made, profile))


@given(st.data(), signatures(), st.sampled_from(PROFILES))
def test_what_the_tight_schema_accepts_the_original_does_up_to_what_is_said_to_be_lost(
    data: st.DataObject, parameters: list[Parameter], profile: ProfileName
) -> None:
    shaped = parameters_of(parameters)
    schema = schema_of(shaped)
    made = tighten(schema, profile)
    drawn = instances(shaped)
    instance = data.draw(drawn | drawn.flatmap(damaged) | drawn.map(lambda one: filled(schema, one, schema)))
    assume(jsonschema_rs.is_valid(readable(made, profile), instance))
    assume(isinstance(instance, dict))
    slim = without_nulls(schema, instance)
    for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(slim):
        keyword = str(error.schema_path[-1])
        told = any(
            keyword in one
            or "within itself" in one
            or "anything at all" in one
            or "enum" in one
            or "prefixItems" in one
            for one in made.lost
        )
        assert told or nested_null(error), (keyword, error.message, made.lost)


def nested_null(error: jsonschema_rs.ValidationError) -> bool:
    """Nulls deeper down are for ``decoding`` to leave out."""
    return "null" in error.message


@given(st.data(), signatures(), st.sampled_from(["openai", "anthropic"]))
def test_strict_modes_still_accept_all_that_the_original_does(
    data: st.DataObject, parameters: list[Parameter], profile: ProfileName
) -> None:
    shaped = parameters_of(parameters)
    schema = schema_of(shaped)
    made = tighten(schema, profile)
    assume(made.strict)
    instance = data.draw(instances(shaped))
    sent = filled(schema, instance, schema) if profile == "openai" else instance
    assume(jsonschema_rs.is_valid(strict(schema), instance))
    if not jsonschema_rs.is_valid(made.schema, sent):
        raise AssertionError(
            [error.message for error in jsonschema_rs.Draft202012Validator(made.schema).iter_errors(sent)]
        )


# --- what was recorded ------------------------------------------------------------------------------------------

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)


@needs_corpus
def test_what_strict_modes_took_stays_as_it_was_and_what_they_refused_is_mended() -> None:
    found: Counter[tuple[str, bool]] = Counter()
    changed: dict[str, list[Tightened]] = {}
    for told in {(one.endpoint, one.schema): one for one in schemas() if one.strict}.values():
        schema: JsonObject = json.loads(told.schema)
        profile: ProfileName = "anthropic" if told.endpoint == "messages" else "openai"
        made = tighten(schema, profile)
        found[profile, made.strict] += 1
        if made.schema != schema:
            changed.setdefault(told.exchange.rpartition(".")[2], []).append(made)
    assert found == {("openai", True): 54, ("anthropic", True): 5}
    # The first two were answered with 400: no additionalProperties, and a property that is not required. The third went
    # to a model of another provider.
    assert {"1ed8bb5f61", "93bfc55c04", "31256e411f"} == set(changed)
    assert [made.lost for made in changed["1ed8bb5f61"]] == [()]
    unit = {"anyOf": [TEXT | {"title": "Unit"}, NULL], "default": "fahrenheit"}
    assert [closed(location=TEXT | {"title": "Location"}, unit=unit)] == [
        one.schema for one in changed["93bfc55c04"]
    ]
    assert [made.lost for made in changed["31256e411f"]] == [("$.level: nullable true",), ()]


@needs_corpus
def test_recorded_schemas_are_valid_for_every_profile() -> None:
    found: Counter[ProfileName] = Counter()
    # Some were written for the older form of Gemini, and are no JSON Schema.
    texts = {one.schema for one in schemas()}
    standard = [text for text in texts if jsonschema_rs.meta.is_valid(json.loads(text))]
    for text in standard:
        for profile in PROFILES:
            made = tighten(json.loads(text), profile)
            found[profile] += made.strict
            assert made.schema == tighten(made.schema, profile).schema
            jsonschema_rs.meta.validate(readable(made, profile))
    for text in texts.difference(standard):
        schema = json.loads(text)
        assert Tightened(schema) == tighten(schema, "gemini_openapi")
    strictly = {profile: found[profile] for profile in PROFILES if found[profile]}
    assert (len(texts), len(standard), strictly) == (147, 127, {"openai": 127, "anthropic": 127})
