"""A tool whose parameters are described by a JSON Schema, for what no Python types describe: ``raw_tool``.

    lookup = raw_tool("lookup", "Finds a word.", {"type": "object", "properties": {"word": {"type": "string"}}}, find)

where ``find`` takes the arguments as a mapping of JSON values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Literal, overload

import msgspec
from attrs import field, frozen
from typing_extensions import TypeVar, Unpack

from typedagents.core.effect import AnyEffect, E, E_co
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.json_text import json_text
from typedagents.core.model import ToolSpec
from typedagents.core.tool import Approve, CallTool

from .decoding import decoded
from .functions.calls import AtOnce, Called, Calling, WhenApproved
from .functions.options import CallOptions, Manner, manner_of, tool_name
from .given import Given
from .shapes import Foreign, Misfit, Shaped, Step

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Json = Mapping[str, object]


@frozen(repr=False)
class RawTool(Called[E_co], Generic[R_co, E_co]):
    """A function of a mapping of JSON values, that models can call. Made by ``raw_tool``."""

    function: Callable[[Json], R_co]
    shaped: Shaped = field(eq=False)

    def __call__(self, arguments: Json, /) -> R_co:
        return self.function(arguments)

    def with_approval(self) -> RawTool[R_co, E_co | Approve]:
        """The same tool, each of whose calls needs approval."""
        return RawTool(self.told, WhenApproved(self.calling), self.manner, self.function, self.shaped)

    def check(self, arguments: str, /) -> Json:
        return decoded(arguments, self.shaped)

    def invoke(self, effect: CallTool, call: Call, given: Given, /) -> R_co:
        return self.function(self.check(effect.arguments))

    def __repr__(self) -> str:
        return f"raw_tool({self.told.name!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (self.told, self.calling, self.manner, self.function)


def _unpickled(
    told: ToolSpec, calling: Calling[E], manner: Manner, function: Callable[[Json], R]
) -> RawTool[R, E]:
    return RawTool(told, calling, manner, function, _shaped(told.name, told.parameters))


@overload
def raw_tool(
    name: str,
    description: str,
    parameters_schema: Json | str,
    function: Callable[[Json], R],
    *,
    approval: Literal[False] = ...,
    **options: Unpack[CallOptions],
) -> RawTool[R, CallTool]: ...
@overload
def raw_tool(
    name: str,
    description: str,
    parameters_schema: Json | str,
    function: Callable[[Json], R],
    *,
    approval: bool,
    **options: Unpack[CallOptions],
) -> RawTool[R, CallTool | Approve]: ...
def raw_tool(
    name: str,
    description: str,
    parameters_schema: Json | str,
    function: Callable[[Json], R],
    *,
    approval: bool = False,
    **options: Unpack[CallOptions],
) -> RawTool[R, AnyEffect]:
    """Makes ``function`` a tool that takes what ``parameters_schema``, a JSON Schema of an object, describes.

    With jsonschema-rs installed (the extra ``schema``) arguments are held to the schema. Without it they are only read
    as a JSON object, and the function has to see for itself what is in it. A ``$ref`` leads nowhere but into the schema.

    ``ConfigError`` where the schema is none, or is not of an object.
    """
    text = _text(name, parameters_schema)
    spec = ToolSpec(tool_name(name), description, text, options.get("strict", False))
    calling: Calling[CallTool | Approve] = WhenApproved(AtOnce()) if approval else AtOnce()
    return RawTool(spec, calling, manner_of(options), function, _shaped(name, text))


def _text(name: str, schema: Json | str) -> str:
    """The schema as JSON text, its properties in their order."""
    try:
        text = schema if isinstance(schema, str) else msgspec.json.encode(dict(schema)).decode()
        found: object = msgspec.json.decode(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the schema of tool {name!r} is no JSON: {error}") from error
    if isinstance(found, dict) and found.get("type") == "object":
        return text
    raise ConfigError(
        f'the parameters of tool {name!r} are a JSON Schema of "type": "object"; found {text:.80}'
    )


# --- holding arguments to the schema ----------------------------------------------------------------------------

Problems = Callable[[object], Iterable[tuple[tuple[Step, ...], str]]]


def _shaped(name: str, schema: str) -> Shaped:
    return Shaped(Foreign(name, schema, _Held(_problems(name, schema)), json_text))


@frozen
class _Held:
    """JSON data as they are, where they keep to a schema."""

    problems: Problems

    def __call__(self, data: object, /) -> object:
        found = tuple(self.problems(data))
        if found:
            raise Misfit(found)
        return data


def _problems(name: str, schema: str) -> Problems:
    """What is wrong with data by the schema; nothing, where nobody can tell."""
    try:
        from jsonschema_rs import ReferencingError, ValidationError, validator_for
    except ImportError:
        return lambda data: ()
    try:
        validator = validator_for(schema, retriever=_refused)
    except (ValidationError, ReferencingError, ValueError) as error:
        raise ConfigError(f"the schema of tool {name!r} is no JSON Schema: {error}") from error

    def problems(data: object) -> Iterable[tuple[tuple[Step, ...], str]]:
        return [(tuple(error.instance_path), error.message) for error in validator.iter_errors(data)]

    return problems


def _refused(uri: str) -> None:
    raise ValueError(f"{uri} is outside of the schema")
