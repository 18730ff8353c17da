"""Tools described by a JSON Schema of one's own."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import scripted
from tests.tools.test_function import invoked
from tests.tools.test_function_calls import answered
from typedagents.core.errors import ConfigError
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.tool import Approve, CallTool
from typedagents.tools import raw_tool
from typedagents.tools.bad_arguments import BadArguments
from typedagents.tools.functions.options import Manner
from typedagents.tools.tool import Performed

SCHEMA = {
    "type": "object",
    "properties": {
        "word": {"type": "string", "minLength": 2},
        "at": {"type": "array", "items": {"$ref": "#/$defs/place"}},
    },
    "required": ["word"],
    "additionalProperties": False,
    "$defs": {"place": {"type": "integer", "minimum": 0}},
}


def find(arguments: Mapping[str, object]) -> list[str]:
    return [f"{name}={value}" for name, value in arguments.items()]


lookup = raw_tool("lookup", "Finds a word.", SCHEMA, find)


def test_the_schema_is_told_as_it_is() -> None:
    assert lookup.spec == ToolSpec("lookup", "Finds a word.", lookup.spec.parameters)
    assert json.loads(lookup.spec.parameters) == SCHEMA
    assert list(json.loads(lookup.spec.parameters)["properties"]) == ["word", "at"]
    text = '{ "type": "object" }'
    assert raw_tool("any", "", text, find, strict=True).spec == ToolSpec("any", "", text, strict=True)


def test_the_function_takes_json_values() -> None:
    assert lookup({"word": "so"}) == ["word=so"]
    assert invoked(lookup, '{"word": "so", "at": [1, 2]}') == ["word=so", "at=[1, 2]"]
    assert isinstance(lookup, Performed)
    assert lookup.needs == ()
    assert lookup.rendered(["a"]) == (Text('["a"]'),)


def test_a_call_asks_the_world_for_no_more_than_the_call() -> None:
    result = ToolResult("c1", "lookup", ())

    assert answered(lookup, ToolCall("c1", "lookup"), scripted(result)) == (
        result,
        (CallTool("lookup", "{}", "c1"),),
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('{"word": "x"}', "$.word"),
        ('{"word": "so", "at": [1, -1, "x"]}', "$.at[1]"),
        ("{}", '"word" is a required property'),
        ('{"word": "so", "more": 1}', "more"),
        ("[]", "object"),
        ("null", "object"),
        ('{"word": "so", "word": "no"}', "word"),
    ],
)
def test_arguments_are_held_to_the_schema(arguments: str, says: str) -> None:
    with pytest.raises(BadArguments) as error:
        invoked(lookup, arguments)

    assert says in str(error.value)
    with pytest.raises(BadArguments):
        lookup.check(arguments)


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_without_bounds_any_object_arrives_as_it_is(values: dict[str, object]) -> None:
    echo = raw_tool("echo", "", {"type": "object"}, dict)

    assert invoked(echo, json.dumps(values)) == values


def test_without_the_validator_any_object_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    loose = raw_tool("loose", "", SCHEMA, find)

    assert invoked(loose, '{"word": 1, "more": 2}') == ["word=1", "more=2"]
    with pytest.raises(BadArguments):
        invoked(loose, "[]")


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "array"}, 'are a JSON Schema of "type": "object"; found {"type":"array"}'),
        ("[]", "found []"),
        ("{", "the schema of tool 'x' is no JSON"),
        ({"type": "object", "default": object()}, "the schema of tool 'x' is no JSON"),
        ({"type": "object", "properties": 5}, "the schema of tool 'x' is no JSON Schema"),
        (
            {"type": "object", "$ref": "https://example.org/s"},
            "is no JSON Schema: .*is outside of the schema",
        ),
    ],
    ids=range(6),
)
def test_what_is_no_schema_of_an_object_is_refused(schema: Mapping[str, object] | str, says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("[]", r"\[\]").replace("{", r"\{")):
        raw_tool("x", "", schema, find)


def test_names_and_manner_are_those_of_any_tool() -> None:
    careful = raw_tool("lookup", "Finds a word.", SCHEMA, find, approval=True, timeout_s=2)

    assert careful.performs == (Approve, CallTool)
    assert careful.manner == Manner(timeout_s=2)
    assert careful == raw_tool("lookup", "Finds a word.", SCHEMA, find, timeout_s=2).with_approval()
    with pytest.raises(ConfigError, match="found 'a b'"):
        raw_tool("a b", "", SCHEMA, find)


def test_raw_tools_are_values() -> None:
    assert lookup == raw_tool("lookup", "Finds a word.", SCHEMA, find) != lookup.renamed("other")
    assert hash(lookup) == hash(raw_tool("lookup", "Finds a word.", SCHEMA, find))
    assert repr(lookup) == "raw_tool('lookup')"
    again = pickle.loads(pickle.dumps(lookup))
    assert again == lookup
    with pytest.raises(BadArguments):
        invoked(again, '{"word": "x"}')
