"""Which effects a policy or selector says it may ask for, read at run time.

From its ``performs``, a tuple or a set of effects, where no annotation can say them; from its ``parts`` and ``teams``,
where it is made of others or holds their conversations; or from its return annotation.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import lru_cache, partial
from inspect import getclosurevars, isfunction, ismethod
from types import FunctionType, NoneType, UnionType
from typing import Never, Union, get_args, get_origin, get_type_hints

from .ambient import Now
from .decision import Chosen, Pass, Reply, Stop
from .effect import AnyEffect, Effect, Request, Steps
from .walking import parts_of, teams_of, walked

PLAIN: frozenset[object] = frozenset({Reply, Pass, Stop, Chosen, str, tuple[str, ...], NoneType, Never})
"""What a policy or selector may answer with, without asking for anything."""


def performs_of(policy: object) -> frozenset[type[AnyEffect]] | None:
    """The effects ``policy`` is known to ask for; None where nothing is known of it or of any part of it.

    A policy can ask for more than this says, where a part of it has no annotation that can be read.
    """
    found: set[type[AnyEffect]] = set()
    known = False
    for here in walked(policy, whole=_declares):
        parts, teams = parts_of(here), teams_of(here)
        found |= {Now} if teams else set()
        if parts is not None and not _declares(here):
            known = known or not parts
        elif (effects := own_effects(here)) is not None:
            known = True
            found |= effects
    return frozenset(found) if known else None


def _declares(policy: object) -> bool:
    return isinstance(getattr(policy, "performs", None), tuple | frozenset)


def own_effects(policy: object) -> frozenset[type[AnyEffect]] | None:
    """The effects that ``policy``, which has no parts, declares, or that its annotation names; None: not known."""
    while isinstance(policy, partial):
        policy = policy.func
    declared: object = getattr(policy, "performs", None)
    if isinstance(declared, tuple | frozenset):
        try:
            return frozenset(kind for member in declared for kind in _kinds(member))
        except TypeError:
            return None
    if isfunction(policy) and policy.__closure__:
        return _named_by(policy)
    call: object = type(policy).__call__
    if isfunction(policy):
        call = policy
    elif ismethod(policy):
        call = policy.__func__
    return _named_once(call) if isfunction(call) else None


@lru_cache(maxsize=1024)
def _named_once(call: FunctionType) -> frozenset[type[AnyEffect]] | None:
    """``_named_by``, kept: teams are built often, of a few functions and instances of few classes."""
    return _named_by(call)


def _named_by(call: FunctionType) -> frozenset[type[AnyEffect]] | None:
    """What the return annotation of ``call`` names; None where there is none, or it names what is not there."""
    try:
        return _read(call)
    except Exception:  # whatever is wrong with an annotation, a checker reports it, a run does not
        return None


def _read(call: FunctionType) -> frozenset[type[AnyEffect]]:
    around: Mapping[str, object] = getclosurevars(call).nonlocals
    hints: Mapping[str, object] = get_type_hints(call, localns=dict(around))
    return frozenset(_asked_by(hints["return"]))


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
