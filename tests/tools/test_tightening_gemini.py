"""Schemas for Gemini, in its two forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest

from tests.tools import types_for_tests as types
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


def test_gemini_takes_json_schema_as_it_is() -> None:
    schema = schema_of(parameters_of([Parameter("x", types.Everything), Parameter("y", types.Node)]))
    assert Tightened(schema) == tighten(schema, "gemini")


STRING: JsonObject = {"type": "STRING"}
INTEGER: JsonObject = {"type": "INTEGER"}
ANY = {"anyOf": [STRING | {"nullable": True}, {"type": "NUMBER"}, {"type": "BOOLEAN"}]}
ANYTHING = "anything at all, of which texts, numbers, true and false, and null are left"

OPENAPI: Sequence[tuple[object, object, list[str]]] = [
    (TEXT | {"title": "T", "default": "a"}, STRING | {"title": "T", "default": "a"}, []),
    ({"anyOf": [TEXT, NULL], "default": None}, STRING | {"nullable": True, "default": None}, []),
    ({"type": ["string", "null"], "description": "D"}, STRING | {"nullable": True, "description": "D"}, []),
    (
        {"anyOf": [TEXT | {"description": "own"}, WHOLE, NULL], "description": "D", "title": "T"},
        {"anyOf": [STRING | {"description": "D: own", "nullable": True}, INTEGER]},
        ['$.x: title "T"'],
    ),
    (
        {"oneOf": [{"anyOf": [TEXT, WHOLE]}, TEXT], "minLength": 3},
        {"anyOf": [STRING, INTEGER]},
        ["$.x: oneOf, of whose options now several may fit", "$.x: minLength 3"],
    ),
    (NULL | {"description": "Nothing"}, {"type": "NULL", "description": "Nothing"}, []),
    ({"anyOf": [NULL]}, {"type": "NULL"}, []),
    ({"enum": ["a", "b"]}, STRING | {"enum": ["a", "b"]}, []),
    ({"const": "a", "description": "D"}, STRING | {"enum": ["a"], "description": "D"}, []),
    ({"enum": ["a", None], "type": ["string", "null"]}, STRING | {"enum": ["a"], "nullable": True}, []),
    ({"enum": [None]}, {"type": "NULL"}, []),
    ({"enum": [1, 2]}, INTEGER | {"description": '(one of "1, 2")'}, ["$.x: enum, but for its texts"]),
    (
        {"enum": ["a", 1], "description": "D"},
        {"anyOf": [STRING | {"enum": ["a"], "description": 'D (one of "\\"a\\", 1")'}, INTEGER]},
        ["$.x: enum, but for its texts"],
    ),
    (TEXT | {"format": "uuid"}, STRING | {"description": '(format "uuid")'}, ['$.x: format "uuid"']),
    (TEXT | {"format": "date-time"}, STRING | {"format": "date-time"}, []),
    (
        WHOLE | {"minimum": 1, "exclusiveMaximum": 9},
        INTEGER | {"minimum": 1, "description": "(exclusiveMaximum 9)"},
        ["$.x: exclusiveMaximum 9"],
    ),
    ({}, ANY, [f"$.x: {ANYTHING}"]),
    (True, ANY, [f"$.x: {ANYTHING}"]),
    ({"type": "array"}, {"type": "ARRAY", "items": ANY}, [f"$.x[]: {ANYTHING}"]),
    (
        {"prefixItems": [TEXT, WHOLE], "minItems": 2, "maxItems": 2},
        {"type": "ARRAY", "items": {"anyOf": [STRING, INTEGER]}, "minItems": 2, "maxItems": 2},
        ["$.x: prefixItems, which item stands where"],
    ),
    (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "OBJECT"},
        ["$.x: additionalProperties"],
    ),
    (
        {"properties": {"a": WHOLE}, "additionalProperties": False},
        {"type": "OBJECT", "properties": {"a": INTEGER}},
        ["$.x: additionalProperties false"],
    ),
    (
        {"allOf": [over(a=TEXT), over(b=WHOLE) | {"title": "B"}], "title": "T"},
        over(a=STRING, b=INTEGER) | {"type": "OBJECT", "title": "T"},
        ["$.x: allOf, whose schemas were put together"],
    ),
    ({"allOf": [TEXT]}, STRING, []),
    (
        {"$ref": "https://example.org/s", "description": "D"},
        {"anyOf": [STRING | {"description": "D", "nullable": True}, {"type": "NUMBER"}, {"type": "BOOLEAN"}]},
        ['$.x: $ref "https://example.org/s"', f"$.x: {ANYTHING}"],
    ),
]


@pytest.mark.parametrize(("one", "made", "lost"), OPENAPI, ids=range(len(OPENAPI)))
def test_the_older_gemini_takes_a_subset_of_openapi(one: object, made: object, lost: list[str]) -> None:
    assert (made, tuple(lost)) == tight("gemini_openapi", one)
    assert not tighten(over(x=one), "gemini_openapi").strict


def test_the_older_gemini_has_references_written_out_and_recursion_cut() -> None:
    schema = schema_of(parameters_of([Parameter("x", types.Node)]))
    made = tighten(schema, "gemini_openapi")
    within = {"type": "OBJECT", "nullable": True, "default": None}
    node = {
        "type": "OBJECT",
        "properties": {"value": INTEGER, "left": within, "right": within},
        "required": ["value"],
        "title": "Node",
        "description": "A tree.",
    }
    assert {"type": "OBJECT", "properties": {"x": node}, "required": ["x"]} == made.schema
    assert made.lost == ("$.x.left: Node once more within itself", "$.x.right: Node once more within itself")
    root = tighten(schema_of(shape_of(types.Node)), "gemini_openapi")
    assert node == root.schema
    assert root.lost == ("$.left: # once more within itself", "$.right: # once more within itself")
    both = {"allOf": [{"$ref": "#/$defs/a", "title": "T"}]}
    assert (
        over(x=STRING | {"title": "T"}) | {"type": "OBJECT"}
        == tighten(over(x=both) | {"$defs": {"a": TEXT}}, "gemini_openapi").schema
    )
