"""A conversation as one speaker's messages in the chat-completions format, each encoded once in its life.

``Wire`` is the state of a fold over the transcript: the messages that nothing can change any more as bytes, and the
one that still awaits results. Its bytes stand in a rope: versions share one growing buffer as those of a transcript
do (a version is a buffer and a length), and whoever appends to an older version begins a buffer of its own upon it.
A new buffer takes over the bytes below it while they are not more than its own, so that a rope of n bytes with any
number of branches has O(log n) buffers on any way down, and a request body is that many copies of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from attrs import frozen
from msgspec.json import Encoder

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.policies.projection import Awaited, Item, advance

WireMessages: TypeAlias = Iterable[dict[str, object]]
Render: TypeAlias = Callable[[Sequence[Item]], WireMessages]

JSON = Encoder()


class Buffer:
    """Bytes that only grow, upon what lies below them."""

    __slots__ = ("below", "data")

    def __init__(self, below: Rope | None) -> None:
        self.below = below
        self.data = bytearray()


@frozen(eq=False)
class Rope:
    """Some bytes of a buffer, and all that lies below it."""

    buffer: Buffer
    length: int

    def append(self, encoded: bytes) -> Rope:
        """These bytes and ``encoded``."""
        buffer = self.buffer
        if len(buffer.data) != self.length:
            buffer = _branch(self, len(encoded))
        buffer.data += encoded
        return Rope(buffer, len(buffer.data))

    def views(self) -> list[memoryview]:
        """All bytes, in order, in few pieces. While one is held, the rope cannot grow: release them soon."""
        found: list[memoryview] = []
        here: Rope | None = self
        while here is not None:
            found.append(memoryview(here.buffer.data)[: here.length])
            here = here.buffer.below
        found.reverse()
        return found


def _branch(below: Rope, size: int) -> Buffer:
    taken: list[bytes] = []
    here: Rope | None = below
    while here is not None and here.length <= size:
        taken.append(bytes(here.buffer.data[: here.length]))
        size += here.length
        here = here.buffer.below
    buffer = Buffer(here)
    for piece in reversed(taken):
        buffer.data += piece
    return buffer


@frozen(eq=False)
class Wire:
    """The messages so far, each followed by a comma, and the item that still awaits results."""

    settled: Rope | None = None
    awaited: Awaited | None = None


EMPTY = Wire()


@frozen(cache_hash=True)
class Encoding:
    """The fold's step: one message more, as ``me`` sees it, written by ``render``."""

    me: AgentName
    render: Render

    def __call__(self, wire: Wire, message: Message) -> Wire:
        awaited, items = advance(wire.awaited, message, self.me)
        rope = wire.settled
        if items and (encoded := self.encode(items)):
            rope = (rope or Rope(Buffer(None), 0)).append(encoded)
        return Wire(rope, awaited)

    def encode(self, items: Sequence[Item]) -> bytes:
        """The items as messages, each followed by a comma."""
        return b"".join([JSON.encode(message) + b"," for message in self.render(items)])


def assembled(head: bytes, system: bytes, transcript: Transcript, step: Encoding, tail: bytes) -> bytes:
    """A body: ``head``, the system message and those of ``transcript`` with commas between them, ``tail``."""
    wire = transcript.fold(Fold(EMPTY, step))
    views = wire.settled.views() if wire.settled else []
    views += [memoryview(step.encode(wire.awaited.settled))] if wire.awaited else []
    messages = [memoryview(system), *views] if system else views
    if messages:
        messages[-1] = messages[-1][:-1]  # no comma behind the last one
    try:
        return b"".join([head, *messages, tail])
    finally:
        for view in (*views, *messages):
            view.release()
