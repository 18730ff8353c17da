"""Large media stand in a trace by their hash, where its store keeps such things, and are put back for whoever performs.

What is set aside is a ``Link`` whose address names the bytes (RFC 6920): ``ni:///sha-256;`` and the hash. Policies, logs and
engines see the link; models and humans are shown the media itself.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

from attrs import AttrsInstance, evolve, fields, has
from typing_extensions import TypeIs

from typedagents.core.chain import Fold
from typedagents.core.effect import AnyEffect
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.parts import Inline, Link, Media

T = TypeVar("T")
A = TypeVar("A", bound=AttrsInstance)
LARGE_BYTES = 64_000
"""What is larger is set aside."""

SCHEME = "ni:///sha-256;"


@runtime_checkable
class Keeps(Protocol):
    """A store that keeps bytes by their SHA-256, in hexadecimal digits."""

    def keep(self, data: bytes, /) -> str: ...
    def kept(self, digest: str, /) -> bytes: ...


def keeper(store: object) -> Keeps | None:
    """``store``, where it keeps bytes."""
    return store if isinstance(store, Keeps) else None


class _Evolving(Protocol):
    """``evolve`` for values whose class is not known: a type checker looks into those it knows."""

    def __call__(self, inst: A, **changes: object) -> A: ...


_evolved: _Evolving = evolve


def _is_attrs(value: object) -> TypeIs[AttrsInstance]:
    return has(type(value))


def _changed(value: object, change: Callable[[Media], Media]) -> object:
    """``value`` with each medium in its fields, however deep, changed; the same object where none is."""
    if isinstance(value, Inline | Link):
        return change(value)
    if isinstance(value, tuple):
        items = [_changed(item, change) for item in value]
        return value if all(one is other for one, other in zip(items, value, strict=True)) else tuple(items)
    if not _is_attrs(value):
        return value
    found = {
        field.alias or field.name: getattr(value, field.name) for field in fields(type(value)) if field.init
    }
    new = {name: now for name, was in found.items() if (now := _changed(was, change)) is not was}
    return _evolved(value, **new) if new else value


def set_aside(value: T, keep: Callable[[bytes], str], larger_than: int = LARGE_BYTES) -> T:
    """``value`` with its large media kept by ``keep``."""

    def change(media: Media) -> Media:
        if not isinstance(media, Inline) or len(media.data) <= larger_than:
            return media
        name = urlsafe_b64encode(bytes.fromhex(keep(media.data))).rstrip(b"=").decode()
        return Link(f"{SCHEME}{name}", media.mime)

    return _like(value, _changed(value, change))


def put_back(value: T, kept: Callable[[str], bytes]) -> T:
    """``value`` with the media that were set aside."""

    def change(media: Media) -> Media:
        if not isinstance(media, Link) or not media.url.startswith(SCHEME):
            return media
        digest = urlsafe_b64decode(media.url.removeprefix(SCHEME) + "=").hex()
        return Inline(kept(digest), media.mime)

    return _like(value, _changed(value, change))


def _like(value: T, changed: object) -> T:
    if isinstance(changed, type(value)):
        return changed
    raise TypeError(f"{type(value).__name__} holds media that cannot be set aside")


def _holds(so_far: bool, message: Message) -> bool:  # noqa: FBT001  # what folds are made of
    return so_far or put_back(message, lambda digest: b"") is not message


SET_ASIDE: Fold[Message, bool] = Fold(start=False, step=_holds)
"""Whether a message so far holds media that were set aside; O(1) a message."""


def as_asked(effect: AnyEffect, kept: Callable[[str], bytes]) -> AnyEffect:
    """``effect`` as whoever performs it is given it: with all media in its conversations. O(1) where none was set aside."""
    if not _is_attrs(effect):
        return effect
    new: dict[str, Transcript] = {}
    for field in fields(type(effect)):
        value: object = getattr(effect, field.name)
        if isinstance(value, Transcript) and value.fold(SET_ASIDE):
            new[field.alias or field.name] = Transcript(put_back(message, kept) for message in value)
    return _evolved(effect, **new) if new else effect
