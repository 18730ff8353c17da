"""JSON Schemas as single providers take them: a pure transform that says what it lost.

    tight = tighten(schema_of(shaped), "openai")
    tight.schema, tight.strict, tight.lost

What a provider does not hold the model to, ``decoding`` still does: a loss only means that the model may err, and then
is told. Bounds that are lost are put into the description, where the model reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import msgspec
from attrs import frozen

from typedagents.core.errors import ConfigError
from typedagents.tools.schema.walk import JsonObject

from .openapi import OpenApi
from .profiles import STRICT, ProfileName
from .roots import rooted
from .strict import Strictly

__all__ = ["ProfileName", "Tightened", "tighten"]


@frozen
class Tightened:
    """A schema for one provider. ``lost``: what of the original it does not say, each with its place.

    ``strict``: the provider may be told to hold the model to it. Where it may not although the profile is strict,
    ``lost`` says why, and the schema is one that is sent without.
    """

    schema: JsonObject
    lost: tuple[str, ...] = ()
    strict: bool = False


def tighten(schema: Mapping[str, object], profile: ProfileName) -> Tightened:
    """``schema``, of JSON Schema 2020-12, as ``profile`` takes it. The original is left alone; doing it twice is as once.

    ``ConfigError`` for a profile that there is not, and for a ``$ref`` that leads nowhere.
    """
    # Whatever is done below is done to a copy, and no two places of it share a part.
    copied = _copied(schema)
    match profile:
        case "openai" | "anthropic":
            return _strictly(copied, profile)
        case "openai_loose":
            return Tightened(_with_properties(rooted(copied)))
        case "gemini":
            return Tightened(copied)
        case "gemini_openapi":
            writer = OpenApi.of(copied)
            return Tightened(writer.root(), tuple(writer.lost))
        case other:
            raise ConfigError(f"a profile is one of {', '.join(get_args(ProfileName))}; found {other!r}")


def _copied(schema: Mapping[str, object]) -> JsonObject:
    try:
        return msgspec.json.decode(msgspec.json.encode(schema), type=dict[str, object])
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"a JSON Schema is an object of JSON: {error}") from error


def _strictly(schema: JsonObject, profile: ProfileName) -> Tightened:
    writer = Strictly(STRICT[profile])
    tight = writer.root(schema)
    if not writer.impossible:
        return Tightened(tight, tuple(writer.lost), strict=True)
    loose = _with_properties(rooted(schema)) if profile == "openai" else schema
    return Tightened(loose, tuple(f"strict: {why}" for why in writer.impossible))


def _with_properties(schema: JsonObject) -> JsonObject:
    """OpenAI refuses an object without ``properties`` as the parameters of a function."""
    if "type" in schema and schema["type"] != "object":
        return schema
    return {"type": "object", "properties": {}} | schema
