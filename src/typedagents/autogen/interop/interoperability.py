"""Which frameworks' tools there are, and how each of them is called."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

from typedagents.autogen.exception_utils import InvalidValue, NotInstalled
from typedagents.autogen.layer.python import Python
from typedagents.autogen.tools.tool import Tool


class Interoperable(Protocol):
    """Makes a tool of one of a framework's."""

    @classmethod
    def convert_tool(cls, tool: object, **kwargs: object) -> Tool: ...


class Interoperability:
    """Tools of any framework that is known."""

    @classmethod
    def convert_tool(cls, *, tool: object, type: str, **kwargs: object) -> Tool:
        """The tool of a framework as an agent's; ``type`` names the framework."""
        return cls.get_interoperability_class(type).convert_tool(tool, **kwargs)

    @classmethod
    def get_interoperability_class(cls, type: str) -> type[Interoperable]:
        """What makes tools of this framework's; ``ValueError`` where it is not known."""
        if type not in KINDS:
            raise InvalidValue(f"tools are of {', '.join(KINDS)}; found {type!r:.60}")
        return KINDS[type]

    @classmethod
    def get_supported_types(cls) -> list[str]:
        """The frameworks."""
        return sorted(KINDS)


# --- what they have in common -----------------------------------------------------------------------------------


def _part(tool: object, name: str, framework: str) -> object:
    """An attribute that tools of ``framework`` have."""
    found: object = getattr(tool, name, None)
    if found is None:
        raise InvalidValue(f"a tool of {framework} has a {name}; found {tool!r:.80}")
    return found


def _method(tool: object, name: str, framework: str) -> Python:
    found = _part(tool, name, framework)
    if not callable(found):
        raise InvalidValue(f"{name} of a tool of {framework} is a function; found {found!r:.80}")
    return found


def _schema(given: object) -> Mapping[str, object]:
    """A model's class, or the JSON Schema itself, as JSON Schema."""
    told: object = given if isinstance(given, Mapping) else getattr(given, "model_json_schema", dict)()
    return told if isinstance(told, Mapping) else {}


def _pending(value: object) -> Awaitable[object]:
    assert isinstance(value, Awaitable)
    return value


def _name(name: object) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", str(name))[:64]


def _refused(framework: str, kwargs: Mapping[str, object]) -> None:
    if kwargs:
        raise InvalidValue(f"a tool of {framework} takes nothing further; found {', '.join(sorted(kwargs))}")


# --- each of them -----------------------------------------------------------------------------------------------


class CrewAIInteroperability:
    """Tools of CrewAI."""

    HEAD: ClassVar[str] = "Tool Description: "

    @classmethod
    def convert_tool(cls, tool: object, **kwargs: object) -> Tool:
        """Its ``run``, called with the arguments of its schema."""
        _refused("CrewAI", kwargs)
        run = _method(tool, "run", "CrewAI")
        words = str(_part(tool, "description", "CrewAI")).rpartition(cls.HEAD)[2]
        return Tool(
            name=_name(_part(tool, "name", "CrewAI")),
            description=words,
            func_or_tool=_by_name(run),
            parameters_json_schema=_schema(_part(tool, "args_schema", "CrewAI")),
        )


def _by_name(run: Python) -> Python:
    def called(**arguments: object) -> object:
        return run(**arguments)

    return called


class LangChainInteroperability:
    """Tools of LangChain."""

    @classmethod
    def convert_tool(cls, tool: object, **kwargs: object) -> Tool:
        """Its ``run``, or its ``arun`` where it is async alone, called with the arguments of its schema."""
        _refused("LangChain", kwargs)
        later = getattr(tool, "coroutine", None) is not None and getattr(tool, "func", None) is None
        run = _method(tool, "arun" if later else "run", "LangChain")

        async def awaited(**arguments: object) -> object:
            return await _pending(run(arguments))

        def called(**arguments: object) -> object:
            return run(arguments)

        return Tool(
            name=_name(_part(tool, "name", "LangChain")),
            description=str(_part(tool, "description", "LangChain")),
            func_or_tool=awaited if later else called,
            parameters_json_schema=_schema(_part(tool, "args_schema", "LangChain")),
        )


class PydanticAIInteroperability:
    """Tools of pydantic-ai."""

    @classmethod
    def convert_tool(cls, tool: object, deps: object = None, **kwargs: object) -> Tool:
        """Its function, called with proved arguments, and with ``deps`` where it takes a context."""
        _refused("pydantic-ai", kwargs)
        schema = _part(tool, "function_schema", "pydantic-ai")
        prove = _method(_part(schema, "validator", "pydantic-ai"), "validate_python", "pydantic-ai")
        call = _method(schema, "call", "pydantic-ai")
        context = _context(deps) if getattr(tool, "takes_ctx", False) else None

        async def called(**arguments: object) -> object:
            return await _pending(call(prove(arguments), context))

        return Tool(
            name=_name(_part(tool, "name", "pydantic-ai")),
            description=str(getattr(tool, "description", None) or ""),
            func_or_tool=called,
            parameters_json_schema=_schema(_part(schema, "json_schema", "pydantic-ai")),
        )


def _context(deps: object) -> object:
    """What a function of pydantic-ai is told of its run."""
    try:
        tools, usage = import_module("pydantic_ai"), import_module("pydantic_ai.usage")
    except ImportError as error:
        raise NotInstalled("this tool takes a context of pydantic-ai, which is not installed") from error
    kind = getattr(usage, "RunUsage", None) or usage.Usage
    found: object = tools.RunContext(deps=deps, model=None, usage=kind())
    return found


KINDS: Final[Mapping[str, type[Interoperable]]] = MappingProxyType(
    {
        "crewai": CrewAIInteroperability,
        "langchain": LangChainInteroperability,
        "pydanticai": PydanticAIInteroperability,
    }
)
"""What makes tools of which framework's."""
