"""An effect read back from the line that told of its beginning: what a worker performs that did not ask for it itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, get_args, get_type_hints

from msgspec.json import decode

from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError, TraceError
from typedagents.core.handler import Table
from typedagents.core.log import Transcript

from .codec import read
from .identity import signature
from .lines import Begun

Kinds = Mapping[str, type[AnyEffect]]
"""Classes of effects by the kinds that they stand under in a trace; subclasses of the same kind are found below them."""


class Shelf(Protocol):
    """Where what effects refer to is found: conversations by their head, other values by their digest."""

    def transcript(self, head: str, length: int, /) -> Transcript:
        """The conversation of this head; ``TraceError`` where a message of it is missing."""
        ...

    def value(self, digest: str, /) -> object:
        """The shared value of this digest, as JSON-like data; ``TraceError`` where it is missing."""
        ...


def _with_subclasses(kinds: Iterator[type[AnyEffect]]) -> Iterator[type[AnyEffect]]:
    todo = list(kinds)
    while todo:
        kind = todo.pop()
        yield kind
        todo.extend(kind.__subclasses__())


def kinds_of(table: Table) -> Kinds:
    """The kinds that a handler performs, and those that every world does."""
    found: dict[str, type[AnyEffect]] = {}
    for kind in _with_subclasses(iter((*table, Now, Draw, Sleep))):
        found.setdefault(kind.kind, kind)
    return found


def opened_up(value: object, found: Callable[[str], object]) -> object:
    """``value`` with what stands in it by digest put back in full."""
    if isinstance(value, dict) and set(value) == {"digest"}:
        return found(str(value["digest"]))
    if isinstance(value, list):
        return [opened_up(item, found) for item in value]
    return value


def _mentions(hint: object, kind: type[object]) -> bool:
    return hint is kind or any(_mentions(part, kind) for part in get_args(hint))


def read_effect(begun: Begun, kinds: Kinds, shelf: Shelf) -> AnyEffect:
    """The effect that ``begun`` tells of, with all that it refers to; ``ConfigError`` where nobody knows its kind."""
    kind = kinds.get(begun.kind)
    if kind is None:
        raise ConfigError(
            f"at {begun.path}: nobody here performs {begun.kind}; performed are: {', '.join(sorted(kinds))}; "
            "add its handler to the worker's world"
        )
    written = decode(begun.effect, type=dict[str, object])
    for one in _with_subclasses(iter((kind,))):
        if one.kind == begun.kind and written.keys() <= get_type_hints(one).keys():
            effect = _read_as(one, written, shelf)
            if signature(effect) == (begun.kind, begun.digest):
                return effect
    raise TraceError(
        f"at {begun.path}: {begun.kind} reads back as another effect than the one that was written; "
        "worker and driver run different versions, or the trace is damaged"
    )


def _read_as(kind: type[AnyEffect], written: Mapping[str, object], shelf: Shelf) -> AnyEffect:
    hints = get_type_hints(kind)
    values: dict[str, object] = {}
    for name, value in written.items():
        if isinstance(value, dict) and _mentions(hints.get(name), Transcript):
            values[name] = shelf.transcript(str(value["head"]), int(value["length"]))
        else:
            values[name] = opened_up(value, shelf.value)
    return read(values, kind)
