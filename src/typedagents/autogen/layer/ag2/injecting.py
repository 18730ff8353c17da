"""Functions whose parameters are filled beside a model's arguments: as models are told of them, and as they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, TypeAlias, Union, cast, get_args, get_origin

from typedagents.autogen.agentchat.group.context_variables import ContextVariables
from typedagents.autogen.function_utils import (
    Function,
    Parameters,
    ToolFunction,
    get_function_schema,
    get_typed_signature,
)
from typedagents.autogen.layer.python import Python
from typedagents.autogen.tools.dependency_injection import ChatContext, Given
from typedagents.autogen.tools.tool import Tool

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

Filling: TypeAlias = "Callable[[ConversableAgent | None], object]"


def described(function: Python, name: str, description: str) -> ToolFunction:
    """A function, or a tool, as a model is told of it."""
    raw = function.parameters_json_schema if isinstance(function, Tool) else None
    if raw is None:
        return get_function_schema(callable_of(function), name=name, description=description)
    told: Function = {"name": name, "description": description, "parameters": cast("Parameters", dict(raw))}
    return {"type": "function", "function": told}


def callable_of(function: Python, agent: ConversableAgent | None = None) -> Python:
    """A function, or that of a tool, as ``agent`` calls it: with the arguments of a model alone."""
    if isinstance(function, Tool):
        function = function.func
    fillings = fillings_of(function)
    if not fillings:
        return function
    signature = inspect.signature(function)
    left = [one for name, one in signature.parameters.items() if name not in fillings]

    def given() -> dict[str, object]:
        return {name: filling(agent) for name, filling in fillings.items()}

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def later(*args: object, **kwargs: object) -> object:
            found = {
                name: await value if inspect.isawaitable(value) else value for name, value in given().items()
            }
            return await function(*args, **kwargs, **found)

        made: Python = later
    else:

        @wraps(function)
        def at_once(*args: object, **kwargs: object) -> object:
            return function(*args, **kwargs, **given())

        made = at_once
    made.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # which inspect looks for
    return made


def fillings_of(function: Python) -> Mapping[str, Filling]:
    """What fills the parameters that no model does."""
    parameters = get_typed_signature(function).parameters.values()
    return {one.name: found for one in parameters if (found := _filling(one)) is not None}


def _filling(one: inspect.Parameter) -> Filling | None:
    annotated = get_origin(one.annotation) is Annotated
    kind, *notes = get_args(one.annotation) if annotated else (one.annotation,)
    given = next((note for note in (one.default, *notes) if isinstance(note, Given)), None)
    if given is not None:
        call = given.function
        return lambda _: call()
    members = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    kinds = [member for member in members if member is not NoneType and isinstance(member, type)]
    if any(issubclass(member, ChatContext) for member in kinds):
        return lambda agent: None if agent is None else ChatContext(agent)
    if one.name == "context_variables" or ContextVariables in kinds:
        return lambda agent: ContextVariables() if agent is None else agent.context_variables
    return None
