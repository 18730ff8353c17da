"""The root of a schema, and where its references lead."""

from __future__ import annotations

from collections.abc import Callable

from typedagents.core.errors import ConfigError
from typedagents.tools.schema.walk import JsonObject, definitions_of, inlined, mapped, named, references

_OLD, _NEW = "#/definitions/", "#/$defs/"
ROOT = "#"


def rooted(schema: JsonObject) -> JsonObject:
    """``schema`` with what its root refers to written out there; what referred to that refers to ``#``.

    Definitions of older drafts move to ``$defs``. ``ConfigError`` where a reference leads nowhere.
    """
    whole = _modern(schema)
    known = definitions_of(whole)
    missing = sorted(set(references(whole)) - known.keys())
    if missing:
        raise ConfigError(f"the schema refers to {', '.join(missing)}, which is not among its $defs")
    name = named(whole)
    if name is None:
        return whole
    rest = {key: one for key, one in whole.items() if key not in {"$ref", "$defs"}}
    others = {key: one for key, one in known.items() if key != name}
    made = known[name] | rest | ({"$defs": others} if others else {})
    return rooted(_pointing(made, lambda where: ROOT if named({"$ref": where}) == name else where))


def _modern(schema: JsonObject) -> JsonObject:
    older = schema.get("definitions")
    if not isinstance(older, dict):
        return schema
    rest = {key: one for key, one in schema.items() if key != "definitions"}
    made = rest | {"$defs": older | definitions_of(schema)}
    return _pointing(made, lambda where: _NEW + where.removeprefix(_OLD) if where.startswith(_OLD) else where)


def _pointing(schema: JsonObject, change: Callable[[str], str]) -> JsonObject:
    """A copy of ``schema`` with each reference changed."""

    def changed(one: JsonObject) -> JsonObject:
        made = mapped(one, changed)
        where = made.get("$ref")
        return made | {"$ref": change(where)} if isinstance(where, str) else made

    return changed(schema)


def leads_outside(schema: JsonObject) -> bool:
    """Whether it refers to what is no definition of its own."""
    return "$ref" in schema and schema["$ref"] != ROOT and named(schema) is None


def is_recursive(schema: JsonObject) -> bool:
    """Whether a definition, or the root, leads back to itself."""
    roots: list[str] = []

    def noted(where: str) -> str:
        roots.append(where)
        return where

    _pointing(schema, noted)
    return ROOT in roots or "$defs" in inlined(schema)
