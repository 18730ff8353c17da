"""Schemas for strict modes, in which the provider lets the model write nothing but what fits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from attrs import field, mutable

from typedagents.tools.schema.walk import JsonObject

from .limits import beyond
from .profiles import UNSAID, StrictProfile
from .roots import is_recursive, leads_outside, rooted

_NO_BOUNDS = frozenset({"additionalProperties", "nullable", "deprecated", "readOnly", "writeOnly"})
_KEYS = frozenset({"properties", "additionalProperties", "patternProperties", "anyOf", "oneOf", "allOf"})
_SHAPING = frozenset({"type", "anyOf", "$ref"})
"""What tells a schema from one that lets anything pass, once enums have their types."""


@mutable(eq=False)
class Strictly:
    """Writes one schema. ``lost`` and ``impossible`` say what was not written, and what cannot be without giving up."""

    profile: StrictProfile
    lost: list[str] = field(factory=list)
    impossible: list[str] = field(factory=list)

    def root(self, schema: JsonObject) -> JsonObject:
        whole = rooted(schema)
        if not self.profile.recursive and is_recursive(whole):
            self.impossible.append("$: a definition that leads back to itself")
        if whole.get("type") == "object" and not _KEYS.intersection(whole):
            self.lost.append(
                "$: keys, none of which are named"
            )  # a function without parameters, as some tell it
            whole = whole | {"properties": {}}
        made = self._node(whole, "$")
        if made.get("type") != "object":
            self.impossible.append("$: anything but an object")
        self.impossible.extend(beyond(made, self.profile))
        return made

    def _node(self, schema: object, at: str) -> JsonObject:
        if not isinstance(schema, dict):
            self.impossible.append(f"{at}: {json.dumps(schema)}, which is no object with a type")
            return {}
        made = self._taken(self._alike(schema, at), at)
        if leads_outside(made):
            self.impossible.append(f"{at}: {said('$ref', made['$ref'])}, which is elsewhere")
        if not _SHAPING.intersection(made):
            self.impossible.append(f"{at}: anything at all")
        if _is(made, "object"):
            self._close(made, at)
        if _is(made, "array"):
            made["items"] = self._items(made, at)
        self._within(made, at)
        return made

    def _within(self, made: JsonObject, at: str) -> None:
        options, definitions = made.get("anyOf"), made.get("$defs")
        if isinstance(options, list):
            made["anyOf"] = [self._node(one, at) for one in options]
        if isinstance(definitions, dict):
            made["$defs"] = {name: self._node(one, f"$defs.{name}") for name, one in definitions.items()}

    def _items(self, made: JsonObject, at: str) -> JsonObject:
        if "items" not in made and made.get("maxItems") == 0:
            return {"type": "null"}
        return self._node(made.get("items", {}), f"{at}[]")

    # --- objects ------------------------------------------------------------------------------------------------

    def _close(self, made: JsonObject, at: str) -> None:
        """No other keys than those named. Where a property has to be sent, one that may be left out may be null."""
        others = made.get("additionalProperties", "properties" not in made)
        properties = made.get("properties", {})
        if not isinstance(properties, dict) or (others is not False and not properties):
            self.impossible.append(f"{at}: any keys")
            return
        if others is not False:
            self.lost.append(f"{at}: additionalProperties, keys beyond those that are named")
        required = made.pop("required", [])
        needed = [name for name in required if name in properties] if isinstance(required, list) else []
        written: JsonObject = {}
        for name, one in properties.items():
            inner = self._node(one, f"{at}.{name}")
            written[name] = inner if name in needed or not self.profile.nullable else _or_null(inner)
        made["properties"] = written
        if self.profile.nullable or needed:
            made["required"] = (
                list(dict.fromkeys([*needed, *properties])) if self.profile.nullable else needed
            )
        made["additionalProperties"] = False

    # --- other ways to say the same -----------------------------------------------------------------------------

    def _alike(self, schema: JsonObject, at: str) -> JsonObject:
        """``schema`` with what strict modes do not have said by what they have, as far as that goes."""
        made = self._merged(schema, at)
        if "oneOf" in made:
            self.lost.append(f"{at}: oneOf, of whose options now several may fit")
            made = _moved(made, "oneOf", "anyOf")
        if "$ref" in made and len(made.keys() - {"$defs"}) > 1:
            made = {"anyOf": [{"$ref": made["$ref"]}]} | {key: made[key] for key in made if key != "$ref"}
        if "prefixItems" in made:
            made = without_places(made, at, self.lost)
        if "type" not in made:
            made = made | self._types(made, at)
        return made

    def _merged(self, schema: JsonObject, at: str) -> JsonObject:
        several = schema.get("allOf")
        if several is None:
            clashing = [key for key in ("anyOf", "oneOf", "$ref") if key in schema]
            if len(clashing) > 1:
                self.impossible.append(f"{at}: {' beside '.join(clashing)}")
            return schema
        rest = {key: one for key, one in schema.items() if key != "allOf"}
        if isinstance(several, list) and len(several) == 1 and isinstance(several[0], dict):
            return self._merged(several[0] | rest, at)
        self.impossible.append(f"{at}: allOf")
        return rest

    def _types(self, schema: JsonObject, at: str) -> JsonObject:
        """The types of what is said otherwise."""
        if "properties" in schema:
            return {"type": "object"}
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        kinds = list(dict.fromkeys(map(kind_of, values))) if isinstance(values, list) else []
        if "object" in kinds or "array" in kinds:
            self.impossible.append(f"{at}: choices that are lists or objects")
        if not kinds:
            return {}
        return {"type": kinds[0] if len(kinds) == 1 else kinds}

    # --- what is not taken --------------------------------------------------------------------------------------

    def _taken(self, schema: JsonObject, at: str) -> JsonObject:
        """A copy without what the profile does not take; bounds are put into words."""
        made = {keyword: value for keyword, value in schema.items() if self._takes(keyword, value)}
        dropped = {key: one for key, one in schema.items() if key not in made and key not in UNSAID}
        self.lost.extend(f"{at}: {said(keyword, value)}" for keyword, value in dropped.items())
        most = self.profile.most_min_items
        if "minItems" in dropped and most is not None:
            made["minItems"] = most
        return in_words(made, dropped)

    def _takes(self, keyword: str, value: object) -> bool:
        match keyword, value:
            case "format", str():
                return value in self.profile.formats
            case "pattern", str():
                return re.search(self.profile.no_pattern, value) is None
            case "minItems", int():
                return self.profile.most_min_items is None or value <= self.profile.most_min_items
            case _:
                return keyword in self.profile.keywords


def without_places(schema: JsonObject, at: str, lost: list[str]) -> JsonObject:
    """A list whose first items have schemas of their own, as one whose items have any of these."""
    lost.append(f"{at}: prefixItems, which item stands where")
    first, others = schema["prefixItems"], schema.get("items", False)
    options = [*(first if isinstance(first, list) else []), *([others] if others is not False else [])]
    different = [one for index, one in enumerate(options) if one not in options[:index]]
    rest = {key: one for key, one in schema.items() if key != "prefixItems"}
    return rest | {"items": different[0] if len(different) == 1 else {"anyOf": different}}


def said(keyword: str, value: object) -> str:
    """A keyword with its value, where that is short."""
    plain = isinstance(value, str | int | float)  # true and false are, too
    return f"{keyword} {json.dumps(value, ensure_ascii=False)}" if plain else keyword


def in_words(schema: JsonObject, dropped: JsonObject) -> JsonObject:
    """``schema`` whose description tells the model the bounds that were dropped."""
    bounds = {key: one for key, one in dropped.items() if key not in _NO_BOUNDS}
    words = [said(key, one) for key, one in bounds.items() if isinstance(one, str | int | float)]
    if not words:
        return schema
    before = schema.get("description")
    told = f"({', '.join(words)})"
    return schema | {"description": f"{before} {told}" if isinstance(before, str) and before else told}


def _moved(schema: JsonObject, old: str, new: str) -> JsonObject:
    return {new if key == old else key: one for key, one in schema.items()}


def _is(schema: JsonObject, kind: str) -> bool:
    found = schema.get("type")
    return found == kind or (isinstance(found, list) and kind in found)


def kind_of(value: object) -> str:
    """The JSON Schema type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _any_null(options: Iterable[object]) -> bool:
    """Whether one of these schemas takes null."""
    return any(isinstance(one, dict) and _takes_null(one) for one in options)


def _takes_null(schema: JsonObject) -> bool:
    options = schema.get("anyOf")
    if isinstance(options, list):
        return _any_null(options)
    choices = schema.get("enum", [schema.get("const")])
    chosen = "const" in schema or "enum" in schema
    return _is(schema, "null") and (not chosen or (isinstance(choices, list) and None in choices))


def _or_null(schema: JsonObject) -> JsonObject:
    """``schema``, or null. Words stay outside, where models look for them."""
    if _takes_null(schema):
        return schema
    words = {key: schema[key] for key in ("description", "default") if key in schema}
    inner = {key: one for key, one in schema.items() if key not in words}
    options = inner["anyOf"] if inner.keys() == {"anyOf"} else [inner]
    return {"anyOf": [*(options if isinstance(options, list) else []), {"type": "null"}]} | words
