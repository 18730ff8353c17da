"""Bytes that grow at the end and are shared between versions, as transcripts are.

Versions share one growing buffer (a version is a buffer and a length), and whoever appends to an older version begins a
buffer of its own upon it. A new buffer takes over the bytes below it while they are not more than its own, so that a
rope of n bytes with any number of branches has O(log n) buffers on any way down, and a request body is that many copies
of memory.
"""

from __future__ import annotations

from attrs import frozen
from msgspec.json import Encoder

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
