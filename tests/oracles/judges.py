"""Those who know what a service takes: its own package's types, held to the letter. None is needed to use this library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

import jsonschema_rs
import pytest
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Body: TypeAlias = dict[str, object]
Judge: TypeAlias = Callable[[Body], list[str]]
"""Says what is wrong with a request."""

MISSING = "the services' own packages are not installed: nox -s oracles"


class Closed(GenerateJsonSchema):
    """Schemas of TypedDicts that take no field they do not name, and of what JSON can hold alone."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def handle_invalid_for_json_schema(self, schema: object, error_info: str) -> JsonSchemaValue:
        del schema, error_info
        return {"not": {}}  # open files, and the like


def by_typed_dict(module: str, name: str, unnamed: Collection[str] = ()) -> Judge:
    """A judge by the TypedDict with which an SDK says what it sends. ``unnamed``: what services take beyond that."""
    kinds = pytest.importorskip(module, reason=MISSING)
    schema = TypeAdapter(getattr(kinds, name)).json_schema(schema_generator=Closed)
    validator = jsonschema_rs.validator_for(schema)
    return lambda body: [
        f"{'.'.join(map(str, error.instance_path))}: {error.message:.300}"
        for error in validator.iter_errors({name: body[name] for name in body if name not in unnamed})
    ]


GEMINI_FIELDS: Mapping[str, str] = {
    "systemInstruction": "Content",
    "toolConfig": "ToolConfig",
    "generationConfig": "GenerationConfig",
}


def by_genai() -> Judge:
    """A judge by the models of Google's SDK, which know no other fields than their own."""
    kinds = pytest.importorskip("google.genai.types", reason=MISSING)

    def problems(body: Body) -> Iterator[str]:
        held = [("Content", content) for content in listed(body.pop("contents"))]
        held += [("Tool", tool) for tool in listed(body.pop("tools", []))]
        held += [(GEMINI_FIELDS.get(name, ""), value) for name, value in body.items()]
        for kind, value in held:
            try:
                getattr(kinds, kind).model_validate(value)
            except (AttributeError, ValueError) as error:
                yield f"{kind}: {error}"

    return lambda body: list(problems(dict(body)))


def by_botocore() -> Judge:
    """A judge by the service's own description, which AWS's SDKs are made from."""
    loaders = pytest.importorskip("botocore.loaders", reason=MISSING)
    model = pytest.importorskip("botocore.model", reason=MISSING)
    validate = pytest.importorskip("botocore.validate", reason=MISSING)
    told = loaders.Loader().load_service_model("bedrock-runtime", "service-2")
    shape = model.ServiceModel(told).operation_model("Converse").input_shape
    validator = validate.ParamValidator()

    def problems(body: Body) -> list[str]:
        report = validator.validate({"modelId": "m", **body}, shape)
        unknown = list(beyond(body, shape, "request"))
        return [report.generate_report(), *unknown] if report.has_errors() else unknown

    return problems


def listed(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def beyond(value: object, shape: object, where: str) -> Iterator[str]:
    """The fields of ``value`` that a shape of botocore does not name: its validator lets them pass."""
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        members = getattr(shape, "members", {})
        for name, inner in value.items():
            if name not in members:
                yield f"{where}.{name} is not known"
            else:
                yield from beyond(inner, members[name], f"{where}.{name}")
    elif kind == "list" and isinstance(value, list):
        for place, inner in enumerate(value):
            yield from beyond(inner, getattr(shape, "member", None), f"{where}[{place}]")
