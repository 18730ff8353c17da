"""A tool made of a function: ``tool``.

    @tool
    def add(a: int, b: int = 2) -> int:
        "Adds two numbers."
        return a + b

    add(1)                     # the function, with its own types
    add.spec                   # what a model is told
    toolset(add)               # what agents and worlds are given

Its type says what a call of it asks of the world: ``CallTool``, and ``Approve`` where it needs approval.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Literal, ParamSpec, overload

from typing_extensions import TypeVar, Unpack

from typedagents.core.effect import AnyEffect, E
from typedagents.core.errors import ConfigError
from typedagents.core.model import ToolSpec
from typedagents.core.tool import Approve, CallTool
from typedagents.tools.schema import schema_text
from typedagents.tools.tool import Tool

from .calls import AtOnce, Calling, WhenApproved
from .docstrings import documented
from .names import docstring_of, name_of
from .options import ToolOptions, manner_of, tool_name
from .parameters import call_of, signature_of
from .tool import FunctionTool

P = ParamSpec("P")
R = TypeVar("R")


@overload
def tool(function: Callable[P, R], /, **options: Unpack[ToolOptions]) -> FunctionTool[P, R, CallTool]: ...
@overload
def tool(
    function: Callable[P, R], /, *, approval: Literal[False], **options: Unpack[ToolOptions]
) -> FunctionTool[P, R, CallTool]: ...
@overload
def tool(
    function: Callable[P, R], /, *, approval: bool, **options: Unpack[ToolOptions]
) -> FunctionTool[P, R, CallTool | Approve]: ...
@overload
def tool(
    *, approval: Literal[False] = ..., **options: Unpack[ToolOptions]
) -> Callable[[Callable[P, R]], FunctionTool[P, R, CallTool]]: ...
@overload
def tool(
    *, approval: bool, **options: Unpack[ToolOptions]
) -> Callable[[Callable[P, R]], FunctionTool[P, R, CallTool | Approve]]: ...
def tool(
    function: Callable[P, R] | None = None, /, *, approval: bool = False, **options: Unpack[ToolOptions]
) -> FunctionTool[P, R, AnyEffect] | Callable[[Callable[P, R]], FunctionTool[P, R, AnyEffect]]:
    """Makes a function, sync or async, a tool: ``@tool``, ``@tool(name=...)`` or ``tool(function, ...)``.

    Its parameters and docstring become what a model is told. A docstring is not required: without one, and without a
    ``description``, a model is told the name, the parameters and an empty description. ``approval``: each call is put
    to a human or a rule before it is made. For the other options see ``ToolOptions`` and ``Manner``.

    In a class it makes a method a tool, which is to be taken from an instance: ``toolset(thing.method)``.

    ``ConfigError`` where no call could be made: a parameter without a type, ``*args`` or ``**kwargs``, a type that
    JSON cannot say, a name that no provider takes; and for classes and generators.
    """
    calling: Calling[CallTool | Approve] = WhenApproved(AtOnce()) if approval else AtOnce()

    def made(function: Callable[P, R]) -> FunctionTool[P, R, AnyEffect]:
        return _made(function, calling, options)

    return made if function is None else made(function)


def _made(function: Callable[P, R], calling: Calling[E], options: ToolOptions) -> FunctionTool[P, R, E]:
    manner = manner_of(options)
    _prove_callable(function, blocking=manner.blocking)
    words = documented(docstring_of(function))
    name = tool_name(options["name"] if "name" in options else name_of(function))
    parameters = signature_of(function, f"tool {name!r}", words.parameters)
    description = options.get("description", words.text)
    spec = ToolSpec(name, description, schema_text(parameters.shaped), options.get("strict", False))
    return FunctionTool(spec, calling, manner, parameters, function)


def _prove_callable(function: object, *, blocking: bool) -> None:
    if isinstance(function, Tool):
        raise ConfigError(
            f"{function!r} is a tool already; `renamed`, `bind` and others make a new one of it"
        )
    if isinstance(function, type):
        raise ConfigError(
            f"a tool is made of a function; {function.__name__} is a class: wrap it in a function"
        )
    if not callable(function):
        raise ConfigError(
            f"a tool is made of a function; found {function!r:.60}; @staticmethod and @classmethod stand above @tool"
        )
    runs = (function, call_of(function))
    if any(isgeneratorfunction(one) or isasyncgenfunction(one) for one in runs):
        raise ConfigError(f"{name_of(function)} yields; a tool returns its result, a list for several")
    if blocking and any(iscoroutinefunction(one) for one in runs):
        raise ConfigError(f"{name_of(function)} is async and cannot be blocking; make it a plain function")
