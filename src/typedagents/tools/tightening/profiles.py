"""What providers take of JSON Schema, as data. Where each rule is known from stands beside it.

(r): a recorded exchange shows it. (d): the provider's documentation says so. (s): its own library does so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from attrs import frozen

ProfileName: TypeAlias = Literal["openai", "openai_loose", "anthropic", "gemini", "gemini_openapi"]
"""``openai``, ``anthropic``: their strict modes, which hold the model to the schema. ``gemini``: parametersJsonSchema;
``gemini_openapi``: the older ``parameters``."""

_WORDS = frozenset({"title", "description", "default"})
_KINDS = frozenset({"type", "enum", "const", "anyOf", "$ref", "$defs", "format", "pattern"})
_INSIDE = frozenset({"properties", "required", "additionalProperties", "items"})
_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_FORMATS = frozenset({"date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})

UNSAID = frozenset({"$schema", "$id", "$comment"})
"""Keywords that say nothing of instances: nobody needs to be told that they are gone."""


@frozen(kw_only=True)
class StrictProfile:
    """A strict mode: objects are closed. A schema that it cannot say is sent without.

    ``nullable``: every property has to be required, so that one that may be left out may be null instead. ``recursive``:
    a definition may name itself. ``most_min_items``: the largest ``minItems`` that is taken; None: any.
    ``no_pattern``: what a pattern must not have in it. The limits count what a whole schema has together.
    """

    keywords: frozenset[str]
    formats: frozenset[str]
    nullable: bool
    recursive: bool
    no_pattern: str
    most_min_items: int | None = None
    most_properties: int | None = None
    most_levels: int | None = None
    most_choices: int | None = None
    most_characters: int | None = None


_LOOK_AROUND = r"\(\?(?:[=!]|<[=!])"

STRICT: Mapping[ProfileName, StrictProfile] = MappingProxyType(
    {
        "openai": StrictProfile(
            keywords=_WORDS | _KINDS | _INSIDE | _NUMBERS | {"minItems", "maxItems"},  # (r)
            formats=_FORMATS,  # (d)
            nullable=True,  # (r): a 400 where a property is not required
            recursive=True,  # (d)
            no_pattern=_LOOK_AROUND,  # (s)
            most_properties=5_000,  # (d), as are the other limits
            most_levels=10,
            most_choices=1_000,
            most_characters=120_000,
        ),
        "anthropic": StrictProfile(
            keywords=_WORDS | _KINDS | _INSIDE | {"minItems"},  # (s)
            formats=_FORMATS | {"uri"},  # (s)
            nullable=False,  # (s)
            recursive=False,  # (d)
            no_pattern=_LOOK_AROUND + r"|\\[bB1-9]",  # (d)
            most_min_items=1,  # (s)
        ),
    }
)

OPENAPI_KEYWORDS = (
    _WORDS
    | {"type", "format", "nullable", "enum", "pattern", "anyOf"}
    | {"properties", "required", "minProperties", "maxProperties", "items", "minItems", "maxItems"}
    | {"minLength", "maxLength", "minimum", "maximum"}
)
"""What the older form of Gemini knows (d), of which unknown ones are refused."""

OPENAPI_FORMATS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "string": frozenset({"date-time"}),  # others are refused by some of its versions
        "number": frozenset({"float", "double"}),
        "integer": frozenset({"int32", "int64"}),
    }
)
