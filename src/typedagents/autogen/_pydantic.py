"""Types and models as JSON, under the names that programs for AutoGen import. Nothing here needs pydantic itself."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias, get_args, get_origin

from typedagents.tools.reading import shape_of
from typedagents.tools.rendering import json_of
from typedagents.tools.rendering_data import plain_data
from typedagents.tools.schema import schema_of

__all__ = ["PYDANTIC_V1", "JsonSchemaValue", "model_dump", "model_dump_json", "type2schema"]

PYDANTIC_V1: Final = False
"""Only models of pydantic's second major version are known."""

JsonSchemaValue: TypeAlias = dict[str, object]


def type2schema(t: object) -> JsonSchemaValue:
    """The JSON schema of a type, without what notes say of it."""
    return schema_of(shape_of(get_args(t)[0] if get_origin(t) is Annotated else t))


def model_dump(model: object) -> object:
    """The fields of a model; a dict is its own."""
    return plain_data(model)


def model_dump_json(model: object) -> str:
    """The same as JSON text."""
    return json_of(model)
