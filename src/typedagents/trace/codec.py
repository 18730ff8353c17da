"""Values to JSON and back.

msgspec writes: our values carry their tags as fields (``part``, ``entry``, ``why``, ``how``, ...), so its native
encoding of attrs classes is complete, canonical with sorted keys, and fast. cattrs reads: it chooses the class by the
tag, and keeps parts it does not know. A conversation is written as a reference: how long it is, and its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from math import isfinite
from types import NoneType
from typing import TypeVar, get_args, get_origin
from uuid import UUID

from attrs import Attribute, fields, frozen, has
from cattrs import transform_error
from cattrs.errors import BaseValidationError, StructureHandlerNotFoundError
from cattrs.preconf.msgspec import MsgspecJsonConverter, make_converter
from cattrs.v import format_exception
from msgspec import convert
from msgspec.json import Encoder, decode
from typing_extensions import get_original_bases

from typedagents.core.chain import Chain
from typedagents.core.code import Exited, LimitHit, Refused, RunEnd, Saved, Signalled, TimedOut
from typedagents.core.effect import AnyEffect, Effect, proved
from typedagents.core.errors import TraceError
from typedagents.core.human import HumanAnswer, Left, Skipped, Typed
from typedagents.core.log import (
    Began,
    Changed,
    Entry,
    Handed,
    Noted,
    Opened,
    Passed,
    Said,
    Spent,
    Summed,
    Transcript,
)
from typedagents.core.model import ByDigest
from typedagents.core.parts import Inline, Link, Media, Part, ResultContent, Unknown
from typedagents.core.stop import (
    BudgetExceeded,
    Cancelled,
    DecisionLimit,
    EffectFailure,
    EffectLimit,
    HumanLeft,
    PolicyStopped,
    RuleFired,
    Silence,
    StopReason,
)
from typedagents.core.tool import Approved, Denied, Verdict

T = TypeVar("T")
DIGEST = 32
"""Hexadecimal digits of a digest in a trace: 128 bits."""


def short(digest: bytes) -> str:
    """A digest as it stands in a trace."""
    return digest.hex()[:DIGEST]


def digest_of(data: bytes) -> str:
    """The digest of canonical bytes."""
    return short(sha256(data).digest())


def _foreign(value: object) -> object:
    """What msgspec cannot write by itself."""
    if isinstance(value, Chain):
        return {"length": len(value), "head": short(value.head)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"{type(value).__name__} cannot be written to a trace; use attrs classes of plain values in effects and results"
    )


_encoder = Encoder(enc_hook=_foreign, decimal_format="string")
_canonical = Encoder(enc_hook=_foreign, decimal_format="string", order="deterministic")


def encode(value: object) -> bytes:
    """``value`` as JSON; raises ``TraceError`` where it cannot be written."""
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError) as error:
        raise TraceError(f"cannot record {type(value).__name__}: {error}") from error


def canonical(value: object) -> bytes:
    """``value`` as JSON with sorted keys: equal values give equal bytes."""
    try:
        return _canonical.encode(value)
    except (TypeError, ValueError) as error:
        raise TraceError(f"cannot record {type(value).__name__}: {error}") from error


def finite(value: object) -> None:
    """Raise ``TraceError`` where ``value`` holds an infinite number or a nan: JSON would silently make null of it."""
    todo = [value]
    while todo:
        here = todo.pop()
        if here is None or isinstance(here, str):
            continue
        if isinstance(here, float) and not isfinite(here):
            raise TraceError(f"cannot record {type(value).__name__}: {here} is no number that JSON can hold")
        if isinstance(here, list | tuple | set | frozenset):
            todo.extend(here)
        elif isinstance(here, Mapping):
            todo.extend(here.values())
        else:
            # What ``has`` and ``fields`` read, at a tenth of their cost; other classes have none.
            todo.extend([getattr(here, field.name) for field in _fields(here)])


def plain(value: object) -> object:
    """``value`` as JSON-like data: what a reader of the trace gets."""
    data: object = decode(encode(value))
    return data


def plain_effect(effect: AnyEffect) -> tuple[dict[str, object], dict[str, ByDigest]]:
    """An effect's fields by name, and the values among them that stand there by their digest."""
    shared: dict[str, ByDigest] = {}

    def written(value: object) -> object:
        if isinstance(value, ByDigest):
            digest = digest_of(canonical(value))
            shared[digest] = value
            return {"digest": digest}
        # In the order in which the encoder writes the fields of such a value.
        return dict(sorted(told(value).items())) if _grew(value) else value

    def by_digest(value: object) -> object:
        if isinstance(value, tuple) and any(isinstance(item, ByDigest) or _grew(item) for item in value):
            return [written(item) for item in value]
        return written(value)

    kind = type(effect)
    if not has(kind):
        raise TraceError(
            f"effect {effect.kind} cannot be recorded; make {kind.__name__} a frozen attrs class"
        )
    return {name: by_digest(value) for name, value in told(effect).items()}, shared


def told(value: object) -> dict[str, object]:
    """The fields of an attrs value by name; those that came later only where they say something."""
    found = ((field, getattr(value, field.name)) for field in _fields(value))
    return {
        field.name: here for field, here in found if "later" not in field.metadata or here != field.default
    }


def _fields(value: object) -> tuple[Attribute[object], ...]:
    of_attrs: tuple[Attribute[object], ...] = getattr(value, "__attrs_attrs__", ())
    return of_attrs


def _grew(value: object) -> bool:
    """Whether a value is of a class that has fields which it did not have at first."""
    return any("later" in field.metadata for field in _fields(value))


# --- reading ----------------------------------------------------------------------------------------------------

_TAGGED: tuple[tuple[object, str, tuple[type[object], ...]], ...] = (
    (Part, "part", get_args(Part)),
    (ResultContent, "part", get_args(ResultContent)),
    (Media, "at", (Inline, Link)),
    (RunEnd, "how", (Exited, Signalled, TimedOut, LimitHit, Refused, Saved)),
    (HumanAnswer, "did", (Typed, Skipped, Left)),
    (Verdict, "did", (Approved, Denied, Left)),
    (Entry, "entry", (Opened, Began, Said, Passed, Changed, Handed, Noted, Spent, Summed)),
    (
        StopReason,
        "why",
        (
            RuleFired,
            DecisionLimit,
            EffectLimit,
            BudgetExceeded,
            Silence,
            PolicyStopped,
            HumanLeft,
            EffectFailure,
            Cancelled,
        ),
    ),
)


def _tag_of(kind: type[object], tag: str) -> str:
    assert has(kind)
    return next(str(field.default) for field in fields(kind) if field.name == tag)


class NoSuchTag(ValueError):
    """JSON-like data that is none of a union's kinds."""


@cache
def converter() -> MsgspecJsonConverter:
    """The converter that reads our values; made when first needed."""
    made = make_converter()
    for union, tag, kinds in _TAGGED:
        by_tag = {_tag_of(kind, tag): kind for kind in kinds}

        def choose(
            value: object, _: object, *, tag: str = tag, by_tag: Mapping[str, type[object]] = by_tag
        ) -> object:
            name = value.get(tag) if isinstance(value, dict) else None
            kind = by_tag.get(name) if isinstance(name, str) else None
            if kind is not None:
                return made.structure(value, kind)
            if tag != "part" or not isinstance(name, str):
                raise NoSuchTag(f"no {tag} is named {name!r}; known are: {', '.join(by_tag)}")
            if name == "unknown":
                return made.structure(value, Unknown)
            return Unknown(name, canonical(value).decode())

        made.register_structure_hook_func(_is(union), choose)
    made.register_structure_hook(NoneType, _nothing)
    made.register_structure_hook(Transcript, lambda value, _: proved(value, Transcript))
    for scalar in (Decimal, UUID, time, timedelta):
        made.register_structure_hook(scalar, convert)
    return made


def _is(union: object) -> Callable[[object], bool]:
    return lambda kind: kind == union


def _nothing(value: object, _: object) -> None:
    if value is not None:
        raise ValueError(f"expected nothing, found {value!r:.60}")


def _in_words(error: BaseException, kind: type[object] | None) -> str:
    return str(error) if isinstance(error, NoSuchTag) else format_exception(error, kind)


def read(value: object, kind: type[T]) -> T:
    """JSON-like data as a value of ``kind``; ``TraceError`` names each place where it does not fit."""
    try:
        return converter().structure(value, kind)
    except BaseValidationError as error:
        raise TraceError(
            f"this is no {_name(kind)}: {'; '.join(transform_error(error, format_exception=_in_words))}"
        ) from error
    except (TypeError, ValueError, KeyError, AttributeError, StructureHandlerNotFoundError) as error:
        raise TraceError(f"this is no {_name(kind)}: {error}") from error


@frozen
class _Boxed:
    """Unions are read inside a class: what a checker knows of a field, it knows of the union."""

    entry: Entry = Opened("")
    entries: tuple[Entry, ...] = ()
    reason: StopReason = Silence()


def read_entry(value: object) -> Entry:
    """JSON-like data as an entry of a log."""
    return read({"entry": value}, _Boxed).entry


def read_entries(value: object) -> tuple[Entry, ...]:
    """JSON-like data as entries of a log."""
    return read({"entries": value}, _Boxed).entries


def read_reason(value: object) -> StopReason:
    """JSON-like data as a stop reason."""
    return read({"reason": value}, _Boxed).reason


def _name(kind: type[object]) -> str:
    return "part of a log" if kind is _Boxed else getattr(kind, "__name__", None) or str(kind)


@cache
def result_type(kind: type[AnyEffect]) -> type[object]:
    """``T`` of the ``Effect[T]`` that ``kind`` derives from: recorded results need no registry."""
    for base in kind.__mro__:
        for original in get_original_bases(base) if base is not object else ():
            if get_origin(original) is Effect:
                found: type[object] = get_args(original)[0]
                return found
    raise TraceError(f"{kind.__name__} does not say what it results in; derive it from Effect[SomeResult]")
