"""The annotations of classes and functions, with strings resolved and type variables replaced."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import (
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

import typing_extensions
from typing_extensions import TypeVarTuple

from typedagents.core.errors import ConfigError

Binding = Mapping[object, object]
"""Type variables, and what stands for them."""

# The type statement's aliases, and those of typing_extensions; some versions of Python tell the two apart.
_ALIASES: tuple[type, ...] = (
    typing_extensions.TypeAliasType,
    vars(typing).get("TypeAliasType", typing_extensions.TypeAliasType),
)


def is_alias(annotation: object) -> bool:
    """Whether this is a name for a type, as the ``type`` statement makes them."""
    return isinstance(annotation, _ALIASES)


@runtime_checkable
class _Subscripted(Protocol):
    """A type with type variables in it, that takes types for them in brackets."""

    @property
    def __parameters__(self) -> tuple[object, ...]: ...
    def __getitem__(self, types: tuple[object, ...], /) -> object: ...


def bound(annotation: object, binding: Binding) -> object:
    """``annotation`` with its type variables replaced: by ``binding``, else by their default, bound or constraints."""
    if isinstance(annotation, TypeVar):
        return binding[annotation] if annotation in binding else _bound_of(annotation)
    if isinstance(annotation, ParamSpec | TypeVarTuple):
        raise ConfigError(f"{annotation} stands for several types; write them out")
    if isinstance(annotation, type) or is_alias(annotation) or not isinstance(annotation, _Subscripted):
        return annotation
    if not annotation.__parameters__:
        return annotation
    return annotation[tuple([bound(one, binding) for one in annotation.__parameters__])]


def _bound_of(variable: TypeVar) -> object:
    default = getattr(variable, "__default__", typing_extensions.NoDefault)
    if default is not typing_extensions.NoDefault:
        return default
    if variable.__bound__ is not None:
        return variable.__bound__
    return reduce(or_, variable.__constraints__) if variable.__constraints__ else object


def at_large(generic: object) -> tuple[object, ...]:
    """What stands for the type variables of ``generic`` where nothing is said."""
    variables: tuple[object, ...] = getattr(generic, "__parameters__", ())
    return tuple([bound(one, {}) for one in variables])


def binding_of(generic: object, arguments: tuple[object, ...]) -> Binding:
    """What ``generic[arguments]`` binds; without arguments, nothing."""
    variables: tuple[object, ...] = getattr(
        generic, "__type_params__" if is_alias(generic) else "__parameters__", ()
    )
    return dict(zip(variables, arguments, strict=False))


def resolved(target: object, names: Mapping[str, object]) -> dict[str, object]:
    """The annotations of ``target``, strings resolved: by its module, else by ``names``. ``ConfigError`` if they cannot."""
    try:
        try:
            return get_type_hints(target, include_extras=True)
        except NameError:
            return get_type_hints(target, localns=dict(names), include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise ConfigError(
            f"an annotation of {getattr(target, '__qualname__', target)} cannot be resolved: {error}; names in"
            " annotations are looked up in the module, so define or import them there, outside `if TYPE_CHECKING`"
        ) from error


def alias_value(alias: object, binding: Binding, names: Mapping[str, object]) -> object:
    """What a type alias stands for, with strings in it resolved and its type variables replaced."""

    def holder() -> None: ...

    value: object = getattr(alias, "__value__", None)
    module = sys.modules.get(getattr(alias, "__module__", ""))
    holder.__annotations__ = {"value": value}
    try:
        hints = get_type_hints(holder, vars(module) if module else {}, dict(names), include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        raise ConfigError(f"the type alias {alias} cannot be resolved: {error}") from error
    return bound(hints["value"], binding)


def class_hints(kind: type, binding: Binding, names: Mapping[str, object]) -> dict[str, object]:
    """The annotations of a class and its bases, each with the type variables of the class that wrote it replaced."""
    hints = resolved(kind, {**names, kind.__name__: kind})
    owners = dict(_owners(kind, binding))
    if not any(owners.values()) and not getattr(kind, "__parameters__", ()):
        return hints
    written = {name: owner for owner in reversed(list(owners)) for name in inspect.get_annotations(owner)}
    return {name: bound(hint, owners[written.get(name, kind)]) for name, hint in hints.items()}


def _owners(kind: type, binding: Binding) -> Iterator[tuple[type, Binding]]:
    """The class and its bases, nearest first, with what each one's type variables stand for."""
    yield kind, binding
    bases: tuple[object, ...] = vars(kind).get("__orig_bases__", kind.__bases__)
    for base in bases:
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin not in {object, Generic, Protocol, dict, tuple}:
            arguments = tuple([bound(one, binding) for one in get_args(base)])
            yield from _owners(origin, binding_of(origin, arguments))
