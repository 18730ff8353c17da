"""An outcome as bytes, and back: what a durable engine keeps of an effect, and how much of it.

A result has a hard bound. What is larger is a failure, ``too_large``, before anything is written or handed to an engine:
engines refuse, or worse retry for ever, what they cannot hold. The recorder has the same bound, so that a run comes out
alike wherever it is held.
"""

from __future__ import annotations

from typing import Literal

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, decode

from typedagents.core.effect import AnyEffect, Failed, Ok, Outcome
from typedagents.core.errors import TraceError

from .codec import encode, finite, read, result_type
from .media import LARGE_BYTES, Keeps, set_aside

MOST_BYTES = 1_000_000
"""The largest result, as JSON. Engines hold 2 MB for certain; what is around it needs some of that."""


class Written(Struct, frozen=True):
    """A result or a failure."""

    did: Literal["ok", "failed"]
    value: Raw


_decoder = Decoder(Written)


def bounded(outcome: Outcome, store: Keeps | None = None) -> tuple[Outcome, Raw]:
    """``outcome`` and its JSON; a failure in its place where that is too large. ``TraceError`` where it has none.

    Large media in it are kept by ``store``, where there is one.
    """
    if isinstance(outcome, Failed):
        return outcome, Raw(encode(outcome))
    result = encode(outcome.value)
    if store is not None and len(result) > LARGE_BYTES:
        outcome = Ok(set_aside(outcome.value, store.keep))
        result = encode(outcome.value)
    if b"null" in result:
        finite(outcome.value)
    if len(result) <= MOST_BYTES:
        return outcome, Raw(result)
    failure = Failed(
        "too_large",
        f"the result has {len(result)} bytes, of {MOST_BYTES} that a run keeps; return less, or where it is to be found",
    )
    return failure, Raw(encode(failure))


def written_outcome(outcome: Outcome, store: Keeps | None = None) -> bytes:
    """``outcome`` as JSON; see the module's text for one that is too large, and ``bounded`` for ``store``."""
    kept, value = bounded(outcome, store)
    return encode(Written("ok" if isinstance(kept, Ok) else "failed", value))


def read_value(effect: AnyEffect, value: Raw) -> Ok[object]:
    """JSON as the result of ``effect``."""
    return Ok(effect.accept(read(decode(value), result_type(type(effect)))))


def read_outcome(effect: AnyEffect, data: bytes) -> Outcome:
    """What became of ``effect``; ``TraceError`` where ``data`` is no outcome, or no result of this effect."""
    try:
        written = _decoder.decode(data)
        if written.did == "failed":
            return read(decode(written.value), Failed)
        return read_value(effect, written.value)
    except (ValidationError, DecodeError, UnicodeDecodeError, TypeError) as error:
        raise TraceError(f"this is no outcome of {effect.kind}: {error}: {data[:60]!r}") from error
