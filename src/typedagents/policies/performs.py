"""Which effects a policy or selector says it may ask for, read at run time.

From its ``parts``, where it is made of others; from its ``performs``; or from its return annotation.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import partial
from inspect import getclosurevars, isfunction, ismethod
from types import NoneType, UnionType
from typing import Never, Protocol, Union, get_args, get_origin, get_type_hints, runtime_checkable

from typedagents.core.decision import Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Effect, Request, Steps

PLAIN: frozenset[object] = frozenset({Reply, Pass, Stop, str, tuple[str, ...], NoneType, Never})
"""What a policy or selector may answer with, without asking for anything."""


@runtime_checkable
class Composite(Protocol):
    """A policy made of others, a tuple: it performs what its parts perform."""

    @property
    def parts(self) -> object: ...


@runtime_checkable
class Declared(Protocol):
    """A policy that lists its effects, as a tuple or a set, where no annotation can say them."""

    @property
    def performs(self) -> object: ...


def performs_of(policy: object) -> frozenset[type[AnyEffect]] | None:
    """The effects ``policy`` is known to ask for; None where nothing is known of it or of any part of it.

    A policy can ask for more than this says, where a part of it has no annotation that can be read.
    """
    found: set[type[AnyEffect]] = set()
    known, todo = False, [policy]
    while todo:
        here = todo.pop()
        parts = here.parts if isinstance(here, Composite) else None
        if isinstance(parts, tuple):
            known = known or not parts
            todo.extend(parts)
        elif (effects := _own(here)) is not None:
            known = True
            found |= effects
    return frozenset(found) if known else None


def _own(policy: object) -> frozenset[type[AnyEffect]] | None:
    """The effects that ``policy`` itself declares, or that its annotation names."""
    declared = policy.performs if isinstance(policy, Declared) else None
    try:
        if isinstance(declared, tuple | frozenset):
            return frozenset(kind for member in declared for kind in _kinds(member))
        return frozenset(_asked_by(_returned(policy)))
    except (
        Exception
    ):  # whatever is wrong with an annotation, it is not known; a checker reports it, a run does not
        return None


def _returned(policy: object) -> object:
    """The return annotation of ``policy``, resolved; raises where there is none, or it names what is not there."""
    while isinstance(policy, partial):
        policy = policy.func
    call = policy if isfunction(policy) or ismethod(policy) else type(policy).__call__
    around: Mapping[str, object] = getclosurevars(call).nonlocals
    hints: Mapping[str, object] = get_type_hints(call, localns=dict(around))
    return hints["return"]


def _asked_by(answer: object) -> Iterator[type[AnyEffect]]:
    """The effects that an annotation such as ``Steps[Decision, A | B]`` names; raises ``TypeError`` for others."""
    for member in _members(answer):
        match get_origin(member), get_args(member):
            case origin, (_, effects) if origin is Steps:
                yield from _kinds(effects)
            case origin, (request, *_) if origin is Generator and get_origin(request) is Request:
                yield from _kinds(get_args(request)[0])
            case _ if member in PLAIN:
                pass
            case _:
                raise TypeError(f"{member!r} does not say which effects are asked for")


def _kinds(effects: object) -> Iterator[type[AnyEffect]]:
    for member in _members(effects):
        kind = get_origin(member) or member
        if isinstance(kind, type) and issubclass(kind, Effect) and kind is not Effect:
            yield kind
        elif member is not Never:
            raise TypeError(f"{member!r} is no effect")


def _members(union: object) -> tuple[object, ...]:
    """The members of a union, or of an alias of one; anything else alone."""
    value: object = getattr(union, "__value__", union) if get_origin(union) is None else union
    return get_args(value) if get_origin(value) in (Union, UnionType) else (value,)
