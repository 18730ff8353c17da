"""What a program writes: shown, counted up to a flood, and kept by its head and tail."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from typedagents.core.code import Captured

from .sandbox import Chunk, Job

FLOOD = 8
"""A program is stopped when it has written this many times what may be kept of a stream."""


@define
class Output:
    """What a program wrote so far, for those who watch it."""

    job: Job
    _written: dict[str, int] = field(factory=dict, init=False)

    def take(self, chunk: Chunk) -> bool:
        """Show what comes next; whether that was too much."""
        written = self._written[chunk.stream] = self._written.get(chunk.stream, 0) + len(chunk.data)
        self.job.watch(chunk)
        return written > FLOOD * self.job.limits.output_bytes


@define
class Capture:
    """Holds at most ``limit`` bytes: the first half of them from the beginning, the rest from the end."""

    limit: int
    _head: bytearray = field(factory=bytearray, init=False)
    _tail: deque[bytes] = field(factory=deque, init=False)
    _tail_size: int = field(default=0, init=False)
    total: int = field(default=0, init=False)

    def add(self, data: bytes) -> None:
        """Take in what was written next; O(its size)."""
        self.total += len(data)
        room = (self.limit + 1) // 2 - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_size += len(data)
            self._shorten()

    def _shorten(self) -> None:
        most = self.limit - (self.limit + 1) // 2
        while self._tail and self._tail_size - len(self._tail[0]) >= most:
            self._tail_size -= len(self._tail.popleft())

    @property
    def kept(self) -> Captured:
        """What is kept, and how much was dropped between head and tail."""
        most = self.limit - (self.limit + 1) // 2
        joined = b"".join(self._tail)
        tail = joined[len(joined) - min(most, len(joined)) :]
        return Captured(bytes(self._head) + tail, self.total - len(self._head) - len(tail))
