"""Functions as AutoGen 0.2 describes them to a model, and what they are given and return.

The types are read by ``typedagents.tools``, of which this is the classic spelling: descriptions default to the
parameter's name, a parameter with a default but no type is left out, and the results are plain dicts.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Annotated, ParamSpec, TypedDict, TypeVar, cast, get_args, get_origin, get_type_hints

from attrs import frozen

from typedagents.core.errors import ConfigError
from typedagents.tools.decoding import decode
from typedagents.tools.functions.names import name_of
from typedagents.tools.functions.parameters import written
from typedagents.tools.reading import shape_of
from typedagents.tools.rendering import json_of
from typedagents.tools.rendering_data import plain_data
from typedagents.tools.schema import schema_of
from typedagents.tools.shapes import (
    Anything,
    Array,
    Boolean,
    Choices,
    Described,
    Integer,
    Null,
    Number,
    OneOf,
    Shape,
    Shaped,
    String,
    Table,
)

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
JsonObject = dict[str, object]


class Parameters(TypedDict):
    """The schema of a function's arguments."""

    type: str
    properties: dict[str, JsonObject]
    required: list[str]


class Function(TypedDict):
    """A function as a model is told of it; this alone is the legacy form (``functions``)."""

    description: str
    name: str
    parameters: Parameters


class ToolFunction(TypedDict):
    """The same in the form of ``tools``."""

    type: str
    function: Function


# --- annotations ------------------------------------------------------------------------------------------------


def get_typed_annotation(annotation: object, globalns: Mapping[str, object]) -> object:
    """``annotation``, with the texts in it looked up in ``globalns``."""

    def stand_in() -> None: ...

    stand_in.__annotations__ = {"it": annotation}
    return get_type_hints(stand_in, dict(globalns), include_extras=True)["it"]


def get_typed_signature(call: Callable[P, object]) -> inspect.Signature:
    """The signature of ``call``, with its annotations resolved."""
    plain, signature = written(call), inspect.signature(call)
    names: Mapping[str, object] = plain.__globals__ if plain is not None else {}
    resolved = [
        one
        if one.annotation is inspect.Parameter.empty
        else one.replace(annotation=get_typed_annotation(one.annotation, names))
        for one in signature.parameters.values()
    ]
    returns = signature.return_annotation
    if returns is not inspect.Signature.empty:
        returns = get_typed_annotation(returns, names)
    return signature.replace(parameters=resolved, return_annotation=returns)


def get_typed_return_annotation(call: Callable[P, object]) -> object:
    """What ``call`` says it returns; None where it does not say."""
    returns: object = get_typed_signature(call).return_annotation
    return None if returns is inspect.Signature.empty else returns


def get_param_annotations(typed_signature: inspect.Signature) -> dict[str, object]:
    """The types of those parameters that have one."""
    return {
        name: one.annotation
        for name, one in typed_signature.parameters.items()
        if one.annotation is not inspect.Parameter.empty
    }


def get_required_params(typed_signature: inspect.Signature) -> list[str]:
    """The parameters without a default."""
    return [
        name
        for name, one in typed_signature.parameters.items()
        if one.default is inspect.Parameter.empty
        and one.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    ]


def get_default_values(typed_signature: inspect.Signature) -> dict[str, object]:
    """The defaults of those parameters that have one."""
    return {
        name: one.default
        for name, one in typed_signature.parameters.items()
        if one.default is not inspect.Parameter.empty
    }


def get_missing_annotations(
    typed_signature: inspect.Signature, required: Iterable[str]
) -> tuple[set[str], set[str]]:
    """The parameters without a type: those that have to be sent, and those with a default."""
    needed = set(required)
    untyped = {
        name for name, one in typed_signature.parameters.items() if one.annotation is inspect.Parameter.empty
    }
    return untyped & needed, untyped - needed


# --- schemas ----------------------------------------------------------------------------------------------------


def get_parameter_json_schema(k: str, v: object, default_values: Mapping[str, object]) -> JsonObject:
    """The schema of parameter ``k`` of type ``v``, described by the words in its ``Annotated``, or else its name."""
    schema = schema_of(shape_of(v, f"parameter {k!r}"))
    if k in default_values:
        schema["default"] = plain_data(deepcopy(default_values[k]))
    words = _words_of(v, schema)
    schema["description"] = k if words is None else words
    return schema


def _words_of(annotation: object, schema: Mapping[str, object]) -> str | None:
    """What the notes of an ``Annotated`` say; a class's own docstring says what it is, not what the parameter is."""
    if get_origin(annotation) is not Annotated:
        return None
    kind, first, *_ = get_args(annotation)
    if isinstance(first, str):
        return first
    if first is None or isinstance(first, bool | int | float | bytes | list | tuple | dict | set):
        raise ValueError(f"a parameter is described by a text in its Annotated; found {first!r:.60}")
    said, own = schema.get("description"), schema_of(shape_of(kind)).get("description")
    return said if isinstance(said, str) and said != own else None


def get_parameters(
    required: list[str], param_annotations: Mapping[str, object], default_values: Mapping[str, object]
) -> Parameters:
    """The schema of the parameters that have a type."""
    return {
        "type": "object",
        "properties": {
            name: get_parameter_json_schema(name, annotation, default_values)
            for name, annotation in param_annotations.items()
        },
        "required": list(required),
    }


def get_function_schema(f: Callable[P, object], *, name: str | None = None, description: str) -> ToolFunction:
    """``f`` as an item of ``llm_config["tools"]``; its ``["function"]`` is the legacy form.

    ``TypeError`` names the parameters without a default that have no type. Those with a default that have none are
    left out, and a warning names them.
    """
    called = name_of(f)
    signature = get_typed_signature(f)
    _prove_named(signature, called)
    required = get_required_params(signature)
    missing, loose = get_missing_annotations(signature, required)
    if missing:
        method = "; it is a method: take it from an instance" if "self" in missing else ""
        raise TypeError(
            f"function {called!r}: these parameters have neither a type nor a default: {_listed(missing)}; annotate"
            f" them, since a model is told the type of what it has to send{method}"
        )
    if loose:
        logger.warning(
            "function %r: a model is not told of these parameters, which have a default but no type: %s",
            called,
            _listed(loose),
        )
    if signature.return_annotation is inspect.Signature.empty:
        logger.warning(
            "function %r does not say what it returns; a text is best, or anything that JSON can say", called
        )
    parameters = get_parameters(required, get_param_annotations(signature), get_default_values(signature))
    function: Function = {"description": description, "name": name or called, "parameters": parameters}
    return {"type": "function", "function": function}


def _prove_named(signature: inspect.Signature, called: str) -> None:
    """A model sends arguments by name, and ``*args`` has none."""
    for one in signature.parameters.values():
        if one.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise TypeError(f"function {called!r}: a model has no names for {one}; take a list or a dict")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


# --- arguments and results --------------------------------------------------------------------------------------


def get_load_param_if_needed_function(t: object) -> Callable[[Mapping[str, object], object], object] | None:
    """What makes a value of the class ``t`` of the dict that a model sent; None where the data are the value."""
    shaped = shape_of(t)
    if _is_plain(shaped.shape):
        return None

    def load(data: Mapping[str, object], kind: object) -> object:
        return decode(data, shape_of(kind))

    return load


def _is_plain(shape: Shape) -> bool:
    """Whether JSON data are already the values of this type."""
    match shape:
        case Anything() | Null() | Boolean() | Integer() | Number() | String():
            return True
        case Choices(options):
            return all(option.value is option.json or option.value == option.json for option in options)
        case Described(inner):
            return _is_plain(inner)
        case OneOf(options):
            return all(_is_plain(option) for option in options)
        case Array(items, into):
            return into == "list" and _is_plain(items)
        case Table(keys, values):
            return isinstance(keys, String) and _is_plain(values)
        case _:
            return False


@frozen
class _Loading:
    """Makes typed values of what a model sent for a function, by its parameters' names."""

    shapes: Mapping[str, Shaped]

    def __call__(self, arguments: Mapping[str, object]) -> dict[str, object]:
        return {
            name: decode(value, self.shapes[name]) if name in self.shapes and _is_data(value) else value
            for name, value in arguments.items()
        }


def _is_data(value: object) -> bool:
    """Whether this can have come out of JSON, and is no value already."""
    return type(value) in (dict, list, str, int, float, bool)


def _loading_of(function: Callable[P, object]) -> _Loading:
    shapes: dict[str, Shaped] = {}
    for name, annotation in get_param_annotations(get_typed_signature(function)).items():
        try:
            shaped = shape_of(annotation, f"parameter {name!r}")
        except ConfigError:
            continue  # no model is told of it, so none can send it
        if not _is_plain(shaped.shape):
            shapes[name] = shaped
    return _Loading(shapes)


def load_basemodels_if_needed(func: Callable[P, R]) -> Callable[P, R]:
    """``func``, called with typed values for the JSON data that are given: models, and whatever else JSON has no word for.

    ``BadArguments`` where they do not fit. The result is what ``func`` returns; it is async where ``func`` is.
    """
    loading = _loading_of(func)
    if not loading.shapes:
        return func
    signature = inspect.signature(func)

    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs)
        given.arguments.update(loading(given.arguments))
        filled: functools.partial[R] = functools.partial(func)
        return filled(*given.args, **given.kwargs)

    if not inspect.iscoroutinefunction(func):
        return functools.wraps(func)(whole)

    @functools.wraps(func)
    async def awaited(*args: P.args, **kwargs: P.kwargs) -> object:
        result = whole(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    # What an async function returns is awaitable; that this is what R stands for here, no type can say.
    return cast("Callable[P, R]", awaited)


def serialize_to_str(x: object) -> str:
    """``x`` as a model is shown it: a text as it is, anything else as JSON."""
    if isinstance(x, str):
        return x
    if hasattr(type(x), "__pydantic_serializer__"):
        return json_of(x)
    return json.dumps(plain_data(x), ensure_ascii=False)
