"""What a configuration says of a call, as the settings and the output of the typed core."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ConfigError
from typedagents.core.model import OutputSpec, Settings, ToolSpec
from typedagents.tools.reading import shape_of
from typedagents.tools.schema import schema_of
from typedagents.tools.tightening import tighten

from .options import Options, dicts_in, flag_in, number_in, text_in, whole_in

NO_OPTIONS_OF_A_CALL = frozenset(
    {
        # whom to ask, and how
        *("model", "provider", "api_key", "base_url", "api_base", "api_type", "api_version", "path"),
        *("azure_endpoint", "azure_deployment", "azure_ad_token", "azure_ad_token_provider"),
        *(
            "organization",
            "project",
            "default_headers",
            "timeout",
            "request_timeout",
            "max_retries",
            "stream",
        ),
        *("model_client_cls", "http_client", "context_tokens", "threads"),
        # what the layer itself reads
        *("config_list", "tags", "price", "cache", "cache_seed", "seed_cache", "filter_func", "agent"),
        *(
            "context",
            "allow_format_str_template",
            "messages",
            "prompt",
            "tools",
            "functions",
            "api_rate_limit",
        ),
        *("hide_tools", "response_format", "default_query", "routing_method"),
        # what is said by fields of the settings
        *("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "reasoning_effort"),
        *("tool_choice", "function_call", "parallel_tool_calls", "n"),
    }
)


def settings_of(options: Options) -> Settings:
    """How to sample; what no field of ours is for is sent to the service as it is."""
    stop = options.get("stop")
    choice = options.get("tool_choice")
    if isinstance(choice, Mapping):
        function = choice.get("function")
        choice = function.get("name") if isinstance(function, Mapping) else None
    try:
        return Settings(
            temperature=number_in(options, "temperature"),
            top_p=number_in(options, "top_p"),
            max_tokens=whole_in(options, "max_tokens", "max_completion_tokens"),
            seed=whole_in(options, "seed"),
            stop=(stop,)
            if isinstance(stop, str)
            else tuple(map(str, stop))
            if isinstance(stop, list)
            else (),
            reasoning_effort=text_in(options, "reasoning_effort"),
            tool_choice=None if choice is None else str(choice),
            parallel_tool_calls=flag_in(options, "parallel_tool_calls"),
            extra=tuple(
                (name, _sent(name, value))
                for name, value in options.items()
                if name not in NO_OPTIONS_OF_A_CALL and value is not None
            ),
        )
    except ValueError as error:
        raise InvalidValue(f"an option of a call is out of its bounds: {error}") from error


def _sent(name: str, value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValue(f"the option {name!r} cannot be sent to a service: {error}") from error


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
