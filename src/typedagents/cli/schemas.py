"""The schema of a tool, as a provider is sent it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen
from msgspec.json import decode, encode
from msgspec.json import format as indented

from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.model import ToolSpec
from typedagents.tools.functions.decorator import tool
from typedagents.tools.tightening import ProfileName, tighten
from typedagents.tools.tool import Tool
from typedagents.tools.toolset import Toolset

from .targets import kind_of, object_at


@frozen
class Schemas:
    """JSON for standard output, and what the profile could not keep, for people."""

    json: str
    lost: tuple[str, ...]


def schemas_of(text: str, profile: ProfileName | None) -> Schemas:
    """What a provider is sent for the tool that ``text`` names (an object), or for the tools (a list)."""
    found = object_at(text)
    specs = [one.spec for one in _tools(found, text)]
    told = [_told(spec, profile) for spec in specs]
    many = isinstance(found, Toolset | list | tuple)
    body = encode([schema for schema, _ in told] if many else told[0][0])
    return Schemas(indented(body, indent=2).decode(), tuple(line for _, lost in told for line in lost))


def _tools(found: object, text: str) -> Iterator[Tool[AnyEffect]]:
    match found:
        case Tool():
            yield found
        case Toolset(tools=tools):
            yield from tools
        case list() | tuple():
            for one in found:
                yield from _tools(one, text)
        case type():
            raise ConfigError(f"target {text!r} is a class; name a tool, a toolset, or a function")
        case Callable():
            yield tool(found)
        case _:
            raise ConfigError(f"target {text!r} is {kind_of(found)}; name a tool, a toolset, or a function")


def _told(spec: ToolSpec, profile: ProfileName | None) -> tuple[dict[str, object], list[str]]:
    parameters: Mapping[str, object] = decode(spec.parameters)
    function: dict[str, object] = {"description": spec.description, "name": spec.name}
    lost: list[str] = []
    strict = spec.strict
    if profile is not None:
        tightened = tighten(parameters, profile)
        parameters, strict = tightened.schema, tightened.strict
        lost = [f"{spec.name}: {what}" for what in tightened.lost]
    function["parameters"] = parameters
    if strict:
        function["strict"] = True
    return {"type": "function", "function": function}, lost
