"""Schemas for single providers: what each rule makes of a schema, and what it says that it lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import get_args

import jsonschema_rs
import pytest

from tests.tools import models_for_tests as models
from tests.tools import types_for_tests as types
from typedagents.core.errors import ConfigError
from typedagents.tools.reading import Parameter, parameters_of, shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.schema.walk import JsonObject
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


# --- OpenAI -----------------------------------------------------------------------------------------------------

OPENAI: Sequence[tuple[object, object, list[str]]] = [
    (TEXT, TEXT, []),
    (TEXT | {"minLength": 1}, TEXT | {"description": "(minLength 1)"}, ["$.x: minLength 1"]),
    (
        TEXT | {"description": "A name", "maxLength": 9, "minLength": 1},
        TEXT | {"description": "A name (maxLength 9, minLength 1)"},
        ["$.x: maxLength 9", "$.x: minLength 1"],
    ),
    (TEXT | {"pattern": "^a+$"}, TEXT | {"pattern": "^a+$"}, []),
    (
        TEXT | {"pattern": "(?<!a)b"},
        TEXT | {"description": '(pattern "(?<!a)b")'},
        ['$.x: pattern "(?<!a)b"'],
    ),
    (TEXT | {"format": "date-time"}, TEXT | {"format": "date-time"}, []),
    (TEXT | {"format": "path"}, TEXT | {"description": '(format "path")'}, ['$.x: format "path"']),
    (WHOLE | {"minimum": 1, "default": 2}, WHOLE | {"minimum": 1, "default": 2}, []),
    ({"enum": ["a", 1, None]}, {"enum": ["a", 1, None], "type": ["string", "integer", "null"]}, []),
    ({"const": True}, {"const": True, "type": "boolean"}, []),
    ({"const": 1.5}, {"const": 1.5, "type": "number"}, []),
    (
        {"oneOf": [TEXT, WHOLE]},
        {"anyOf": [TEXT, WHOLE]},
        ["$.x: oneOf, of whose options now several may fit"],
    ),
    ({"allOf": [TEXT], "description": "A"}, TEXT | {"description": "A"}, []),
    (
        {"type": "array", "items": TEXT, "uniqueItems": True, "maxItems": 3},
        {"type": "array", "items": TEXT, "maxItems": 3, "description": "(uniqueItems true)"},
        ["$.x: uniqueItems true"],
    ),
    (
        {"type": "array", "prefixItems": [TEXT, WHOLE, TEXT], "minItems": 3, "maxItems": 3},
        {"type": "array", "items": {"anyOf": [TEXT, WHOLE]}, "minItems": 3, "maxItems": 3},
        ["$.x: prefixItems, which item stands where"],
    ),
    (
        {"type": "array", "prefixItems": [TEXT], "items": TEXT},
        {"type": "array", "items": TEXT},
        ["$.x: prefixItems, which item stands where"],
    ),
    (
        {"type": "array", "minItems": 0, "maxItems": 0},
        {"type": "array", "minItems": 0, "maxItems": 0, "items": NULL},
        [],
    ),
    (over(a=TEXT), closed(a=TEXT), []),
    ({"type": "object", "properties": {}}, closed(), []),
    ({"type": "object", "additionalProperties": False}, closed(), []),
    ({"properties": {}, "required": ["gone"]}, closed(), []),
    (
        over(a=TEXT) | {"additionalProperties": TEXT, "not": {}},
        closed(a=TEXT),
        ["$.x: not", "$.x: additionalProperties, keys beyond those that are named"],
    ),
    ({"$schema": "s", "$comment": "c", "type": "string", "examples": ["a"]}, TEXT, ["$.x: examples"]),
]


@pytest.mark.parametrize(("one", "made", "lost"), OPENAI, ids=range(len(OPENAI)))
def test_openai_holds_to_what_it_takes(one: object, made: object, lost: list[str]) -> None:
    assert (made, tuple(lost)) == tight("openai", one)
    assert tighten(over(x=one), "openai").strict


@pytest.mark.parametrize(
    ("one", "made"),
    [
        (TEXT, {"anyOf": [TEXT, NULL]}),
        (
            TEXT | {"title": "T", "description": "D", "default": "d"},
            {"anyOf": [TEXT | {"title": "T"}, NULL], "description": "D", "default": "d"},
        ),
        ({"anyOf": [TEXT, WHOLE], "description": "D"}, {"anyOf": [TEXT, WHOLE, NULL], "description": "D"}),
        ({"anyOf": [TEXT, NULL], "default": None}, {"anyOf": [TEXT, NULL], "default": None}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"enum": ["a", None]}, {"enum": ["a", None], "type": ["string", "null"]}),
        (
            {"enum": ["a"], "type": ["string", "null"]},
            {"anyOf": [{"enum": ["a"], "type": ["string", "null"]}, NULL]},
        ),
        ({"const": None}, {"const": None, "type": "null"}),
    ],
)
def test_openai_asks_for_every_property_and_takes_null_for_those_that_may_be_left_out(
    one: object, made: object
) -> None:
    schema = {"type": "object", "properties": {"x": one, "y": TEXT}, "required": ["y"]}
    tightened = closed(x=made, y=TEXT) | {"required": ["y", "x"]}
    assert Tightened(tightened, strict=True) == tighten(schema, "openai")


IMPOSSIBLE: Sequence[tuple[object, str]] = [
    ({}, "strict: $.x: anything at all"),
    (True, "strict: $.x: true, which is no object with a type"),
    ({"description": "Any"}, "strict: $.x: anything at all"),
    ({"type": "object"}, "strict: $.x: any keys"),
    ({"type": "object", "additionalProperties": TEXT}, "strict: $.x: any keys"),
    ({"type": "object", "properties": {}, "additionalProperties": True}, "strict: $.x: any keys"),
    ({"type": "array"}, "strict: $.x[]: anything at all"),
    ({"type": "array", "items": {}}, "strict: $.x[]: anything at all"),
    ({"allOf": [TEXT, WHOLE]}, "strict: $.x: allOf"),
    ({"enum": [["a"]]}, "strict: $.x: choices that are lists or objects"),
    ({"const": {"a": 1}}, "strict: $.x: choices that are lists or objects"),
    ({"anyOf": [TEXT], "oneOf": [WHOLE]}, "strict: $.x: anyOf beside oneOf"),
    ({"$ref": "https://example.org/s"}, 'strict: $.x: $ref "https://example.org/s", which is elsewhere'),
]


@pytest.mark.parametrize(("one", "why"), IMPOSSIBLE, ids=range(len(IMPOSSIBLE)))
@pytest.mark.parametrize("profile", ["openai", "anthropic"])
def test_what_no_strict_mode_can_say_is_sent_without(profile: ProfileName, one: object, why: str) -> None:
    assert why in (made := tighten(over(x=one), profile)).lost
    assert (over(x=one), False) == (made.schema, made.strict)


def test_openai_takes_only_so_much() -> None:
    def lost(schema: JsonObject) -> tuple[str, ...]:
        return tighten(schema, "openai").lost

    many = {f"p{n}": TEXT for n in range(5_000)}
    assert lost(over(**many)) == ()
    assert lost(over(**many, one=TEXT)) == ("strict: $: 5001 properties, of which 5000 are taken",)
    deep: JsonObject = TEXT
    for _ in range(10):
        deep = over(a=deep)
    assert lost(deep) == ()
    assert lost(over(a=deep)) == ("strict: $: 11 levels of objects and lists, of which 10 are taken",)
    choices = [str(n) for n in range(1_000)]
    assert lost(over(a=TEXT | {"enum": choices})) == ()
    found = lost(over(a=TEXT | {"enum": choices}, b=TEXT | {"enum": ["a"]}))
    assert found == ("strict: $: 1001 choices, of which 1000 are taken",)
    found = lost(over(a=TEXT | {"enum": ["a" * 119_999]}))
    assert found == ()
    found = lost(over(a=TEXT | {"const": "a" * 120_000}) | {"$defs": {}})
    assert found == ("strict: $: 120001 characters in names and choices, of which 120000 are taken",)


def test_openai_references_stand_alone_and_may_be_recursive() -> None:
    schema = schema_of(parameters_of([Parameter("tree", types.Node, description="A tree")]))
    assert "$ref" in str(schema)
    made = tighten(schema, "openai")
    node = {"$ref": "#/$defs/Node"}
    assert made.strict
    assert {"tree": {"anyOf": [node], "description": "A tree"}} == made.schema["properties"]
    definition = closed(
        value=WHOLE,
        left={"anyOf": [node, NULL], "default": None},
        right={"anyOf": [node, NULL], "default": None},
    )
    assert {"Node": definition | {"title": "Node", "description": "A tree."}} == made.schema["$defs"]


def test_a_root_that_refers_is_written_out() -> None:
    schema = schema_of(shape_of(types.Node))
    assert schema["$ref"] == "#/$defs/Node"
    made = tighten(schema, "openai")
    assert made.strict
    assert "$defs" not in made.schema
    assert '{"$ref": "#"}' in json.dumps(made.schema)
    assert jsonschema_rs.is_valid(
        made.schema, {"value": 1, "left": {"value": 2, "left": None, "right": None}, "right": None}
    )
    assert not jsonschema_rs.is_valid(made.schema, {"value": 1, "left": {"value": 2}, "right": None})
    first = tighten(schema_of(shape_of(types.First)), "openai")
    assert first.strict
    assert "Second" in str(first.schema["$defs"])
    assert jsonschema_rs.is_valid(tighten(schema, "openai_loose").schema, {"value": 1})


def test_definitions_of_older_drafts_are_taken() -> None:
    schema = over(x={"$ref": "#/definitions/a"}) | {"definitions": {"a": TEXT}, "$schema": "draft-07"}
    made = tighten(schema, "openai")
    assert closed(x={"$ref": "#/$defs/a"}) | {"$defs": {"a": TEXT}} == made.schema
    assert over(x=TEXT | {"type": "STRING"}) | {"type": "OBJECT"} == tighten(schema, "gemini_openapi").schema


@pytest.mark.parametrize("profile", ["openai", "openai_loose", "anthropic", "gemini_openapi"])
def test_a_reference_that_leads_nowhere_is_an_error(profile: ProfileName) -> None:
    with pytest.raises(ConfigError, match="refers to Gone, which is not among"):
        tighten(over(x={"$ref": "#/$defs/Gone"}), profile)


def test_a_function_that_is_told_to_take_an_object_takes_nothing() -> None:
    nothing: JsonObject = {"type": "object", "properties": {}, "additionalProperties": False}
    lost = ("$: keys, none of which are named",)
    assert Tightened(nothing | {"required": []}, lost, strict=True) == tighten({"type": "object"}, "openai")
    assert Tightened(nothing, lost, strict=True) == tighten({"type": "object"}, "anthropic")


def test_openai_without_strict_takes_any_object_with_properties() -> None:
    assert Tightened({"type": "object", "properties": {}}) == tighten({}, "openai_loose")
    assert Tightened({"type": "object", "properties": {}}) == tighten({"type": "object"}, "openai_loose")
    schema = over(x=TEXT | {"minLength": 1}, y={})
    assert Tightened(schema) == tighten(schema, "openai_loose")
    assert Tightened(TEXT) == tighten(TEXT, "openai_loose")
    assert tighten(TEXT, "openai").lost == ("strict: $: anything but an object",)


# --- Anthropic --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "made", "lost"),
    [
        (WHOLE | {"minimum": 1}, WHOLE | {"description": "(minimum 1)"}, ["$.x: minimum 1"]),
        (TEXT | {"format": "uri"}, TEXT | {"format": "uri"}, []),
        (TEXT | {"pattern": r"\bno"}, TEXT | {"description": '(pattern "\\\\bno")'}, ['$.x: pattern "\\\\bno"']),
        (
            {"type": "array", "items": TEXT, "minItems": 1},
            {"type": "array", "items": TEXT, "minItems": 1},
            [],
        ),
        (
            {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 3},
            {"type": "array", "items": TEXT, "minItems": 1, "description": "(minItems 2, maxItems 3)"},
            ["$.x: minItems 2", "$.x: maxItems 3"],
        ),
        (
            {"type": "object", "properties": {"a": TEXT}},
            {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
            [],
        ),
    ],
)  # fmt: skip
def test_anthropic_tells_bounds_in_words(one: object, made: object, lost: list[str]) -> None:
    assert (made, tuple(lost)) == tight("anthropic", one)
    assert tighten(over(x=one), "anthropic").strict


def test_anthropic_holds_to_nothing_recursive() -> None:
    for annotation in (types.Node, dict[str, types.Node], models.Tree):
        schema = schema_of(parameters_of([Parameter("x", annotation)]))
        assert "strict: $: a definition that leads back to itself" in tighten(schema, "anthropic").lost
        assert schema == tighten(schema, "anthropic").schema


# --- errors -----------------------------------------------------------------------------------------------------


def test_a_profile_that_there_is_not_and_what_is_no_json_are_errors() -> None:
    names: Sequence[object] = ["mistral"]
    for name in names:
        with pytest.raises(
            ConfigError, match="one of openai, openai_loose, anthropic, gemini, gemini_openapi; found"
        ):
            tighten({}, name)  # type: ignore[arg-type]  # what a program without types would do
    with pytest.raises(ConfigError, match="a JSON Schema is an object of JSON"):
        tighten({"x": object()}, "openai")
