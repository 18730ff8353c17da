"""What a function is given beside the model's arguments. No schema shows it, and no model can fill it.

    def find(query: str, database: FromWorld[Database], user: Annotated[str, USER], call: Call) -> str: ...

``Call``                      what a handler may know of this one call: its id, the run, the agent, the attempt
``Annotated[T, Depends()]``   the one value of type ``T`` that the world was given; ``FromWorld[T]`` says the same
``Annotated[T, variable]``    a context variable (``Variable[T]``); its value stands in the trace with the call

With a default a parameter takes what is there, and its default where nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, TypeAlias, Union, assert_never, get_args, get_origin

from attrs import frozen
from typing_extensions import TypeVar

from typedagents.core.context import Context, Variable
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call
from typedagents.core.json_text import json_text
from typedagents.core.tool import CallTool
from typedagents.tools.given import Given

T = TypeVar("T")


@frozen
class Depends:
    """Marks a parameter that the world fills, by its type: ``Annotated[Database, Depends()]``."""


FromWorld: TypeAlias = Annotated[T, Depends()]
"""``FromWorld[Database]`` is ``Annotated[Database, Depends()]``."""


@frozen
class OfCall:
    """The call's own information."""


@frozen
class OfWorld:
    """The world's one value of this type."""

    kind: type


@frozen
class OfContext:
    """The value of a context variable."""

    variable: Variable[object]


Source: TypeAlias = OfCall | OfWorld | OfContext


@frozen
class Injection:
    """A parameter that no model fills. ``optional``: the function has a default for it."""

    name: str
    source: Source
    optional: bool = False


def source_of(annotation: object) -> Source | None:
    """Where the value of a parameter with this annotation comes from; None: from the model.

    ``ConfigError`` for a dependency that cannot be looked for by its type, and for a variable of another type.
    """
    kind, *notes = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    sources = list(_sources(kind, notes))
    if len(sources) > 1:
        raise ConfigError(f"{annotation} says more than once where its value comes from; keep one")
    return sources[0] if sources else None


def _sources(kind: object, notes: Iterable[object]) -> Iterator[Source]:
    if _members(kind) == (Call,):
        yield OfCall()
    for note in notes:
        if isinstance(note, Depends) or note is Depends:
            yield OfWorld(_class_of(kind))
        elif isinstance(note, Variable):
            yield OfContext(_fitting(note, kind))


def _members(annotation: object) -> tuple[object, ...]:
    """The types that a value may have, but for None, which only a default can be."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(one for one in get_args(annotation) if one is not NoneType)
    return (annotation,)


def _class_of(kind: object) -> type:
    members = _members(kind)
    found = get_origin(members[0]) or members[0]
    if len(members) == 1 and isinstance(found, type):
        try:
            isinstance(None, found)
        except TypeError as error:
            raise ConfigError(f"whether a value is of {found.__name__} cannot be told: {error}") from error
        return found
    raise ConfigError(f"a dependency is looked for by its class; {kind} is none: annotate it with one")


def _fitting(variable: Variable[object], kind: object) -> Variable[object]:
    members = _members(kind)
    known = [one for one in (*members, variable.type) if isinstance(one, type) and get_origin(one) is None]
    if len(known) == 2 and len(members) == 1 and not issubclass(known[1], known[0]):
        raise ConfigError(
            f"context variable {variable.name!r} holds {known[1].__name__}, but is to be used as {known[0].__name__}"
        )
    return variable


def needs_of(injections: Iterable[Injection]) -> tuple[type, ...]:
    """The types that a world must be given a value of."""
    return tuple(
        dict.fromkeys(
            one.source.kind for one in injections if isinstance(one.source, OfWorld) and not one.optional
        )
    )


def carried(injections: Iterable[Injection], context: Context) -> tuple[tuple[str, str], ...]:
    """The context variables that a call takes with it, by name, as JSON text.

    ``ConfigError`` where one was never set, and neither it nor the parameter has a default.
    """
    texts: dict[str, str] = {}
    for one in injections:
        if isinstance(one.source, OfContext):
            text = _text(one.source.variable, context)
            if text is not None:
                texts[one.source.variable.name] = text
            elif not one.optional:
                known = ", ".join(sorted(context.values)) or "none"
                raise ConfigError(
                    f"parameter {one.name!r} is filled from context variable {one.source.variable.name!r}, which was"
                    f" never set and has no default; set are: {known}"
                )
    return tuple(texts.items())


def _text(variable: Variable[object], context: Context) -> str | None:
    text = context.values.get(variable.name)
    return text if text is not None or variable.default is None else json_text(variable.default)


def filled(
    injections: Iterable[Injection], effect: CallTool, call: Call, given: Given
) -> Iterator[tuple[str, object]]:
    """The parameters that no model fills, with their values; those whose default is to stand are left out."""
    context = Context(dict(effect.context))
    for one in injections:
        match one.source:
            case OfCall():
                yield one.name, call
            case OfWorld(kind):
                if not one.optional or given.all_of(kind):
                    yield one.name, given.find(kind)
            case OfContext():
                yield from from_context([one], context)
            case _ as never:
                assert_never(never)


def from_context(injections: Iterable[Injection], context: Context) -> Iterator[tuple[str, object]]:
    """The parameters that context variables fill, with their values; those whose default is to stand are left out."""
    for one in injections:
        if isinstance(one.source, OfContext) and (not one.optional or one.source.variable in context):
            yield one.name, context[one.source.variable]
