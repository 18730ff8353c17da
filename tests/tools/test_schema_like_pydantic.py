"""Where pydantic describes a type too, both say the same: titles apart, and definitions written out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from tests.tools import types_for_tests as samples
from tests.tools.shapes import random_types
from typedagents.tools.reading import shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.schema.walk import JsonObject, inlined, mapped

pydantic = pytest.importorskip("pydantic", reason="compares with pydantic's schemas")


def plain(schema: JsonObject) -> JsonObject:
    """A schema without what the two say differently on purpose.

    Ours has no titles of properties; a choice of one is an enum, not a const; the members of a union keep their order,
    where pydantic moves null to the end, and what is alike but for its titles is counted once; a default of None is said only where the type allows it.
    """
    made = mapped(schema, plain)
    made.pop("title", None)
    if "const" in made:
        made["enum"] = [made.pop("const")]
    members = made.get("anyOf")
    if isinstance(members, list):
        apart = {json.dumps(one, sort_keys=True): one for one in members}
        made["anyOf"] = [apart[text] for text in sorted(apart)]
        if len(apart) == 1:
            del made["anyOf"]
            made |= members[0]
    if "default" in made and made["default"] is None:
        del made["default"]
    return made


def theirs(annotation: object) -> JsonObject:
    schema: JsonObject = pydantic.TypeAdapter(annotation).json_schema()
    return plain(inlined(schema))


@given(random_types(common=True))
def test_schemas_are_pydantics(annotation: object) -> None:
    assert theirs(annotation) == plain(schema_of(shape_of(annotation)))


@pytest.mark.parametrize("annotation", [samples.Node, samples.Expression, samples.Json, samples.Film])
def test_recursive_schemas_are_pydantics(annotation: object) -> None:
    assert theirs(annotation) == plain(schema_of(shape_of(annotation)))
