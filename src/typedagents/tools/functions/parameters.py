"""The parameters of a function: those a model fills, as a shape, those it is given besides, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from inspect import Parameter as Declared
from types import FunctionType
from typing import ParamSpec, TypeVar, get_type_hints

from attrs import NOTHING, evolve, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.tools.reading import Parameter, parameters_of
from typedagents.tools.shapes import Shaped

from .injection import Injection, source_of

P = ParamSpec("P")
R = TypeVar("R")


@frozen
class Place:
    """A parameter that is filled by its position only; ``default`` is ``attrs.NOTHING`` where it has none."""

    name: str
    default: object


@frozen
class Arguments:
    """What a function is called with."""

    positional: tuple[object, ...]
    named: Mapping[str, object]

    def given_to(self, function: Callable[P, R]) -> R:
        """What ``function`` returns. That these are arguments of it, only its signature said, which no checker saw."""
        whole: partial[R] = partial(function)
        return whole(*self.positional, **self.named)


@frozen
class Parameters:
    """How a function is called. ``sent`` are the parameters that the model fills; ``injections`` it never sees.

    ``receiver`` is the first parameter of a method that has not been taken from an instance, and else empty.
    """

    sent: tuple[Parameter, ...]
    shaped: Shaped = field(repr=False, eq=False)
    """The record that they are together."""
    places: tuple[Place, ...] = ()
    injections: tuple[Injection, ...] = ()
    receiver: str = ""
    at: str = ""

    def arguments(self, sent: Mapping[str, object], given: Iterable[tuple[str, object]] = ()) -> Arguments:
        """The decoded values that were ``sent``, and those of ``injections`` that are ``given`` besides them."""
        values = {**sent, **dict(given)}
        positional = [values.pop(place.name, place.default) for place in self.places]
        return Arguments(tuple(positional), values)

    def taken(self) -> Parameters:
        """Those of a method that was taken from an instance."""
        places = tuple(place for place in self.places if place.name != self.receiver)
        return evolve(self, places=places, receiver="")

    def without(self, names: Iterable[str]) -> Parameters:
        """Those that are left where ``names`` are filled otherwise; ``ConfigError`` where that cannot be."""
        hidden = frozenset(names)
        by_name = [*(one.name for one in self.sent), *(one.name for one in self.injections)]
        for name in hidden.intersection(place.name for place in self.places):
            raise ConfigError(
                f"{self.at}: {name!r} is filled by position only, and cannot be bound by its name"
            )
        unknown = sorted(hidden.difference(by_name))
        if unknown:
            raise ConfigError(
                f"{self.at}: no parameter to bind is named {', '.join(map(repr, unknown))}; there are:"
                f" {', '.join(by_name) or 'none'}"
            )
        sent = tuple(one for one in self.sent if one.name not in hidden)
        injections = tuple(one for one in self.injections if one.name not in hidden)
        return evolve(self, sent=sent, shaped=parameters_of(sent, self.at), injections=injections)


def signature_of(function: Callable[P, object], at: str, words: Mapping[str, str]) -> Parameters:
    """Reads the parameters of a function, bound method, callable object or ``partial``; ``words`` describe them.

    What a ``partial`` fills is left out. ``ConfigError`` names every parameter that a model could not fill.
    """
    declared = _declared(function, at)
    receiver = _receiver(function, declared)
    names = _Names.around_of(function)
    hidden: frozenset[str] = frozenset(function.keywords) if isinstance(function, partial) else frozenset()
    problems: list[str] = []
    injections: list[Injection] = []
    models: list[Parameter] = []
    for one in declared:
        if one.name in hidden or one.name == receiver:
            continue
        try:
            annotation = _annotation(one, names)
            source = source_of(annotation)
        except ConfigError as error:
            problems.append(str(error))
            continue
        if source is not None:
            injections.append(Injection(one.name, source, one.default is not Declared.empty))
        else:
            models.append(Parameter(one.name, annotation, _default(one), words.get(one.name, "")))
    if problems:
        raise ConfigError(f"{at} cannot be described to a model: {'; '.join(problems)}")
    places = tuple(Place(one.name, _default(one)) for one in declared if one.kind is Declared.POSITIONAL_ONLY)
    return Parameters(tuple(models), parameters_of(models, at), places, tuple(injections), receiver, at)


def _declared(function: Callable[P, object], at: str) -> Sequence[Declared]:
    try:
        return tuple(inspect.signature(function).parameters.values())
    except NameError as error:  # since Python 3.14, annotations are read when they are asked for
        raise ConfigError(f"{at} cannot be described to a model: {_unresolved(error)}") from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{at} does not say its parameters; wrap it in a function that does") from error


def _default(one: Declared) -> object:
    return NOTHING if one.default is Declared.empty else one.default


def _receiver(function: object, declared: Sequence[Declared]) -> str:
    """The name of the first parameter of a function that is written in the body of a class, where it is ``self``."""
    if not isinstance(function, FunctionType) or not declared or declared[0].name != "self":
        return ""
    around = function.__qualname__.rpartition(".")[0]
    return "" if not around or around.endswith("<locals>") else "self"


def _annotation(one: Declared, names: _Names) -> object:
    match one.kind:
        case Declared.VAR_POSITIONAL:
            raise ConfigError(f"*{one.name} has no names for a model to fill; take a list instead")
        case Declared.VAR_KEYWORD:
            raise ConfigError(f"**{one.name} has no names that a model could know; take a dict instead")
        case _:
            pass
    if one.annotation is Declared.empty:
        raise ConfigError(f"{one.name!r} has no type; annotate it, with Any where it may be anything")
    try:
        return names.resolved(one.annotation)
    except Exception as error:  # whatever evaluating a text may raise
        raise ConfigError(f"the type of {one.name!r} is not known: {_unresolved(error)}") from error


def _unresolved(error: Exception) -> str:
    return (
        f"{error}; an annotation is looked up in the function's module and in what is around it, so define or import"
        " its names there, outside of `if TYPE_CHECKING`"
    )


def call_of(thing: object) -> object:
    """What runs when ``thing`` is called, where its class is written in Python."""
    return getattr(type(thing), "__call__", None)  # noqa: B004 - what is found is used, not only asked for


def written(function: object) -> FunctionType | None:
    """The function that stands in the source for a method, an object that can be called, or a ``partial``."""
    while isinstance(function, partial):
        function = function.func
    for one in (getattr(function, "__func__", function), call_of(function)):
        plain: object = inspect.unwrap(one) if callable(one) else None
        if isinstance(plain, FunctionType):
            return plain
    return None


@frozen
class _Names:
    """What the names in the annotations of a function stand for."""

    module: dict[str, object] = field(factory=dict)
    around: dict[str, object] = field(factory=dict)

    @classmethod
    def around_of(cls, function: object) -> _Names:
        """The names of the module, and of what stands around a function that is made inside another."""
        plain = written(function)
        if plain is None:
            return cls()
        variables: tuple[object, ...] = getattr(plain, "__type_params__", ())
        typed = {getattr(one, "__name__", ""): one for one in variables}
        return cls(plain.__globals__, {**_enclosing(plain), **dict(_closed_over(plain)), **typed})

    def resolved(self, annotation: object) -> object:
        """``annotation`` with all texts in it replaced by what they name."""

        def stand_in() -> None: ...

        stand_in.__annotations__ = {"it": annotation}
        hints: Mapping[str, object] = get_type_hints(stand_in, self.module, self.around, include_extras=True)
        return hints["it"]


def _closed_over(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not assigned yet, as the function itself while it is being decorated
            yield name, cell.cell_contents


def _enclosing(function: FunctionType) -> Mapping[str, object]:
    """The variables of the functions and classes around ``function``, where they are still being run."""
    found: dict[str, object] = {}
    frame = inspect.currentframe() if "." in function.__qualname__ else None
    while frame is not None:
        is_around = function.__qualname__.startswith(f"{frame.f_code.co_qualname}.")
        if is_around and frame.f_globals is function.__globals__:
            found = {**frame.f_locals, **found}
        frame = frame.f_back
    return found
