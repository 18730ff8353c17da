"""What a configuration says of the answer's shape, and of tools, as the typed core has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ConfigError
from typedagents.core.model import OutputSpec, ToolSpec
from typedagents.providers.configuration.options import Options, dicts_in, text_in
from typedagents.tools.reading import shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.tightening import tighten

OWN_FIELDS: Final = frozenset(
    {
        *("config_list", "response_format", "tools", "functions", "messages", "prompt", "context"),
        *("allow_format_str_template", "filter_func", "agent"),
    }
)
"""What the layer itself reads out of a configuration, besides the fields of all entries."""


def output_of(options: Options) -> OutputSpec | None:
    """The shape that ``response_format`` gives the answer: a class, or a dict as OpenAI takes it."""
    wanted = options.get("response_format")
    if wanted is None or (isinstance(wanted, Mapping) and wanted.get("type") == "text"):
        return None
    if not isinstance(wanted, Mapping):
        return _output_of_class(wanted)
    told = wanted.get("json_schema")
    if isinstance(told, Mapping) and isinstance(told.get("schema"), Mapping):
        name = str(told.get("name", "answer"))
        return OutputSpec(name, _schema(told["schema"]), bool(told.get("strict", False)))
    if wanted.get("type") == "json_object":
        return OutputSpec("answer", '{"type":"object"}', strict=False)
    raise InvalidValue(
        "response_format is a class, {'type': 'json_object'}, or {'type': 'json_schema', 'json_schema': {...}};"
        f" found {wanted!r:.80}"
    )


def _schema(schema: object) -> str:
    """As JSON text, with its properties in their order, in which models answer."""
    return msgspec.json.encode(schema).decode()


def _output_of_class(kind: object) -> OutputSpec:
    try:
        tight = tighten(schema_of(shape_of(kind, "response_format")), "openai")
    except ConfigError as error:
        raise InvalidValue(f"{error}") from error
    return OutputSpec(getattr(kind, "__name__", "answer"), _schema(tight.schema), tight.strict)


def tools_of(options: Options) -> tuple[ToolSpec, ...]:
    """The tools and functions that a configuration tells the model of."""
    functions = [*dicts_in(options, "functions")]
    for tool in dicts_in(options, "tools"):
        function = tool.get("function")
        if not isinstance(function, Mapping):
            raise InvalidValue(
                f"an item of tools is {{'type': 'function', 'function': {{...}}}}; found {tool!r:.80}"
            )
        functions.append(function)
    return tuple(_spec(function) for function in functions)


def _spec(function: Options) -> ToolSpec:
    name = text_in(function, "name")
    if name is None:
        raise InvalidValue(f"a function that a model is told of has a name; found {function!r:.80}")
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return ToolSpec(
        name, text_in(function, "description") or "", _schema(parameters), bool(function.get("strict"))
    )
