"""Schemas in the subset of OpenAPI that Gemini's older form takes.

Scalar types in capitals, ``nullable`` for null, choices among texts only, nothing beside ``anyOf``, no references. What
is recursive is written out once, and cut where it would begin anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from attrs import field, mutable

from typedagents.tools.schema.walk import JsonObject, definitions_of, named

from .profiles import OPENAPI_FORMATS, OPENAPI_KEYWORDS, UNSAID
from .roots import ROOT, leads_outside, rooted
from .strict import in_words, kind_of, said, without_places

_WORDS = ("title", "description", "default")
_NULL = "NULL"


@mutable(eq=False)
class OpenApi:
    """Writes one schema. ``lost`` says what was not written."""

    whole: JsonObject
    definitions: dict[str, JsonObject]
    lost: list[str] = field(factory=list)
    within: list[str] = field(factory=lambda: [ROOT])
    """The definitions around the place that is being written."""

    @classmethod
    def of(cls, schema: JsonObject) -> OpenApi:
        whole = rooted(schema)
        return cls({key: one for key, one in whole.items() if key != "$defs"}, definitions_of(whole))

    def root(self) -> JsonObject:
        return self._node(self.whole, "$")

    def _node(self, schema: object, at: str) -> JsonObject:
        if not isinstance(schema, dict):
            return self._anything({}, at)
        if "$ref" in schema:
            return self._referred(schema, at)
        if "allOf" in schema:
            return self._together(schema, at)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return self._either(schema, several, at)
        if "enum" in schema or "const" in schema:
            return self._choices(schema, at)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            rest = {key: schema[key] for key in _WORDS if key in schema}
            plain = {key: one for key, one in schema.items() if key not in rest}
            return self._options([plain | {"type": kind} for kind in kinds], rest, at)
        return self._plain(schema, at)

    # --- references ---------------------------------------------------------------------------------------------

    def _referred(self, schema: JsonObject, at: str) -> JsonObject:
        rest = {key: one for key, one in schema.items() if key != "$ref"}
        if leads_outside(schema):
            self.lost.append(f"{at}: $ref {json.dumps(schema['$ref'])}")
            return self._anything(rest, at)
        name = named(schema) or ROOT
        if name in self.within:
            self.lost.append(f"{at}: {name} once more within itself")
            return _words(rest) | {"type": "OBJECT"}
        self.within.append(name)
        made = self._node(self.definitions[name] | rest, at)
        self.within.pop()
        return made

    # --- several ------------------------------------------------------------------------------------------------

    def _together(self, schema: JsonObject, at: str) -> JsonObject:
        """All of some schemas as one; of what two of them say, the later wins."""
        listed = schema["allOf"]
        several = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        made: JsonObject = {}
        for one in [*several, {key: value for key, value in schema.items() if key != "allOf"}]:
            name = named(one)
            inner = (
                one
                if name is None
                else self.definitions[name] | {k: v for k, v in one.items() if k != "$ref"}
            )
            made |= inner | _joined(made, inner)
        if len(several) > 1:
            self.lost.append(f"{at}: allOf, whose schemas were put together")
        return self._node(made, at)

    def _either(self, schema: JsonObject, keyword: str, at: str) -> JsonObject:
        listed = schema[keyword]
        if keyword == "oneOf":
            self.lost.append(f"{at}: oneOf, of whose options now several may fit")
        rest = {key: one for key, one in schema.items() if key != keyword}
        return self._options(listed if isinstance(listed, list) else [], rest, at)

    def _options(self, options: Iterable[object], rest: JsonObject, at: str) -> JsonObject:
        """One of these. What stands beside several goes into the first of them, or is lost."""
        written: list[JsonObject] = []
        for option in options:
            made = self._node(option, at)
            inner = made.get("anyOf", [made])
            written += [one for one in inner if one not in written] if isinstance(inner, list) else []
        values = [one for one in written if one.get("type") != _NULL]
        nullable: JsonObject = (
            {"nullable": True} if len(values) < len(written) or rest.get("nullable") else {}
        )
        beside = [key for key in rest if key not in {*_WORDS, "nullable", *UNSAID}]
        self.lost.extend(f"{at}: {said(key, rest[key])}" for key in beside)
        if not values:
            return _words(rest) | {"type": _NULL}
        if len(values) == 1:
            return values[0] | _words(rest) | nullable
        self.lost.extend(f"{at}: {said(key, rest[key])}" for key in ("title", "default") if key in rest)
        texts = [text for text in (rest.get("description"), values[0].get("description")) if text]
        told: JsonObject = {"description": ": ".join(map(str, texts))} if texts else {}
        return {"anyOf": [values[0] | told | nullable, *values[1:]]}

    def _choices(self, schema: JsonObject, at: str) -> JsonObject:
        listed = schema.get("enum", [schema.get("const")])
        values: list[object] = listed if isinstance(listed, list) else []
        kinds = list(dict.fromkeys(map(kind_of, values)))
        rest = {key: one for key, one in schema.items() if key not in {"enum", "const", "type"}}
        texts = [one for one in values if isinstance(one, str)]
        if kinds == ["string"]:
            return self._plain(rest | {"type": "string"}, at) | {"enum": texts}
        if any(kind not in {"string", "null"} for kind in kinds):
            self.lost.append(f"{at}: enum, but for its texts")
            told = ", ".join(json.dumps(one, ensure_ascii=False) for one in values)
            rest = in_words(rest, {"one of": told})
        options: list[object] = [
            {"type": "string", "enum": texts} if kind == "string" else {"type": kind} for kind in kinds
        ]
        return self._options(options, rest, at)

    # --- one ----------------------------------------------------------------------------------------------------

    def _anything(self, schema: JsonObject, at: str) -> JsonObject:
        self.lost.append(f"{at}: anything at all, of which texts, numbers, true and false, and null are left")
        return self._options([{"type": kind} for kind in ("string", "number", "boolean", "null")], schema, at)

    def _plain(self, schema: JsonObject, at: str) -> JsonObject:
        kind = _kind(schema)
        if kind is None:
            return self._anything(schema, at)
        if kind == "array" and "prefixItems" in schema:
            schema = without_places(schema, at, self.lost)
        taken = {key: one for key, one in schema.items() if _takes(key, one, kind)}
        dropped = {key: one for key, one in schema.items() if key not in taken and key not in UNSAID}
        self.lost.extend(f"{at}: {said(key, one)}" for key, one in dropped.items())
        made = in_words(taken | {"type": kind.upper()}, dropped)
        if kind == "array":
            made["items"] = self._node(schema.get("items", {}), f"{at}[]")
        properties = made.get("properties")
        if isinstance(properties, dict):
            made["properties"] = {name: self._node(one, f"{at}.{name}") for name, one in properties.items()}
        return made


def _takes(keyword: str, value: object, kind: str) -> bool:
    if keyword == "format":
        return value in OPENAPI_FORMATS.get(kind, ())
    return keyword in OPENAPI_KEYWORDS


def _kind(schema: JsonObject) -> str | None:
    said_kind = schema.get("type")
    if isinstance(said_kind, str):
        return said_kind.lower()
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else None


def _words(schema: JsonObject) -> JsonObject:
    return {key: schema[key] for key in _WORDS if key in schema}


def _joined(one: JsonObject, other: JsonObject) -> JsonObject:
    """The properties, and the required ones, of both."""
    made: JsonObject = {}
    first, second = one.get("properties"), other.get("properties")
    if isinstance(first, dict) and isinstance(second, dict):
        made["properties"] = first | second
    required: Sequence[object] = [
        name
        for held in (one.get("required"), other.get("required"))
        if isinstance(held, list)
        for name in held
    ]
    return made | ({"required": list(dict.fromkeys(required))} if required else {})
