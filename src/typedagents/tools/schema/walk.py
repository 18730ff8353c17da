"""JSON Schemas that others wrote: where their subschemas are, and their definitions written out where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]

# Which keywords hold schemas; everywhere else (default, enum, const, examples) an object is data.
_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
_LOCAL = "#/$defs/"


def mapped(schema: Mapping[str, object], change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """A copy of ``schema`` with ``change`` done to each schema right below it; ``true`` and ``false`` stay."""

    def one(value: object) -> object:
        return change(value) if isinstance(value, dict) else value

    made: JsonObject = {}
    for keyword, value in schema.items():
        if keyword in _ONE:
            made[keyword] = one(value)
        elif keyword in _LISTED and isinstance(value, list):
            made[keyword] = [one(item) for item in value]
        elif keyword in _NAMED and isinstance(value, dict):
            made[keyword] = {name: one(item) for name, item in value.items()}
        else:
            made[keyword] = value
    return made


def named(schema: Mapping[str, object]) -> str | None:
    """The definition that ``schema`` refers to; None where it does not."""
    where = schema.get("$ref")
    if not isinstance(where, str) or not where.startswith(_LOCAL):
        return None
    return where.removeprefix(_LOCAL).replace("~1", "/").replace("~0", "~")


def reference(name: str) -> JsonObject:
    """A schema that refers to the definition ``name``."""
    return {"$ref": _LOCAL + name.replace("~", "~0").replace("/", "~1")}


def references(schema: JsonObject) -> Iterator[str]:
    """The definitions that ``schema`` names anywhere, in its own ``$defs`` too."""
    found: list[str] = []

    def look(one: JsonObject) -> JsonObject:
        name = named(one)
        if name is not None:
            found.append(name)
        return mapped(one, look)

    look(schema)
    return iter(found)


def definitions_of(schema: Mapping[str, object]) -> dict[str, JsonObject]:
    """The ``$defs`` of ``schema``."""
    held = schema.get("$defs")
    if not isinstance(held, dict):
        return {}
    return {str(name): one for name, one in held.items() if isinstance(one, dict)}


def inlined(schema: Mapping[str, object]) -> JsonObject:
    """``schema`` with each definition written out where it is named; ``$defs`` keeps those that lead back to themselves.

    What stands beside a ``$ref`` wins over what the definition says. OpenAPI's ``discriminator`` goes: it names
    definitions by another way, and only repeats what the schemas say.
    """
    known = definitions_of(schema)
    leads = {name: set(references(one)) for name, one in known.items()}
    kept = {name for name in known if name in _reached({name}, leads)}

    def write_out(one: JsonObject) -> JsonObject:
        name = named(one)
        rest = {key: value for key, value in one.items() if key not in {"$defs", "discriminator"}}
        if name is None or name in kept or name not in known:
            return mapped(rest, write_out)
        del rest["$ref"]
        return write_out(known[name]) | mapped(rest, write_out)

    made = write_out(dict(schema))
    if kept:
        made["$defs"] = {name: write_out(one) for name, one in known.items() if name in kept}
    return made


def closed(name: str, known: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    """The definition ``name`` with all that it leads to, by name."""
    leads = {one: set(references(schema)) for one, schema in known.items()}
    reached = _reached({name}, leads) | {name}
    return {one: known[one] for one in sorted(reached) if one in known}


def _reached(start: set[str], leads: Mapping[str, set[str]]) -> set[str]:
    """What can be come to from ``start`` in one step or more."""
    seen: set[str] = set()
    todo = set(start)
    while todo:
        fresh = leads.get(todo.pop(), set()) - seen
        seen |= fresh
        todo |= fresh
    return seen
