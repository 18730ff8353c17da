"""Types and models as pydantic says them, under the names that programs for AutoGen import. Needs pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, TypeAdapter

__all__ = ["JsonSchemaValue", "PYDANTIC_V1", "model_dump", "model_dump_json", "type2schema"]

PYDANTIC_V1: Final = False
"""Only the second major version is known here."""

JsonSchemaValue = dict[str, object]


def type2schema(t: object) -> JsonSchemaValue:
    """The JSON schema of a type; None is the type of None."""
    adapter: TypeAdapter[object] = TypeAdapter(t)
    return adapter.json_schema()


def model_dump(model: BaseModel | Mapping[str, object]) -> dict[str, object]:
    """The fields of a model; what is a dict already is its own."""
    return model.model_dump() if isinstance(model, BaseModel) else dict(model)


def model_dump_json(model: BaseModel) -> str:
    """The same as JSON text."""
    return model.model_dump_json()
