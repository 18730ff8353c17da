"""What a whole schema may have together."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import mutable

from typedagents.tools.schema.walk import JsonObject, mapped

from .profiles import StrictProfile


@mutable(eq=False)
class _Sizes:
    properties: int = 0
    levels: int = 0
    choices: int = 0
    characters: int = 0


def beyond(schema: JsonObject, profile: StrictProfile) -> Iterator[str]:
    """The limits of ``profile`` that ``schema`` breaks, in words."""
    found = _Sizes()
    _measure(schema, found, 1)
    for what, number, most in (
        ("properties", found.properties, profile.most_properties),
        ("levels of objects and lists", found.levels, profile.most_levels),
        ("choices", found.choices, profile.most_choices),
        ("characters in names and choices", found.characters, profile.most_characters),
    ):
        if most is not None and number > most:
            yield f"$: {number} {what}, of which {most} are taken"


def _measure(schema: JsonObject, found: _Sizes, level: int) -> None:
    properties, definitions = schema.get("properties"), schema.get("$defs")
    choices = schema.get("enum")
    values = choices if isinstance(choices, list) else [schema.get("const")]
    names = [*(properties if isinstance(properties, dict) else ())]
    found.properties += len(names)
    found.choices += len(values) if "enum" in schema else 0
    names += [one for one in values if isinstance(one, str)]
    names += definitions if isinstance(definitions, dict) else ()
    found.characters += sum(map(len, names))
    deeper = level + 1 if "properties" in schema or "items" in schema else level
    if deeper > level:
        found.levels = max(found.levels, level)

    def inner(one: JsonObject) -> JsonObject:
        _measure(one, found, deeper)
        return one

    mapped({key: one for key, one in schema.items() if key != "$defs"}, inner)
    if isinstance(definitions, dict):
        for one in definitions.values():
            _measure(one, found, 1)
