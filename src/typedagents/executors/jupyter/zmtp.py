"""Our half of ZeroMQ's protocol (ZMTP 3.0, without security) over a unix socket: what a Jupyter kernel listens with.

Spoken by ourselves, because the other end may be hostile: ZeroMQ's library takes up whatever is sent, a thousand messages
ahead of whoever reads them. Here nothing is taken up before somebody wants it, and a message too long to be
held is passed over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

from attrs import define, field, frozen

MORE, WIDE, COMMAND = 1, 2, 4
NARROW_HEAD, WIDE_HEAD = 2, 9
NARROW = 255
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
ALL = b"\1"
"""Subscribes to whatever begins with nothing."""

A_FRAME = 64
"""What it costs to hold one, besides its bytes."""

PIECE = 1 << 18
Kind: TypeAlias = Literal["SUB", "DEALER"]


@frozen
class TooLong:
    """A message that was not taken up. ``size``: what it was known to have by then."""

    size: int


Message: TypeAlias = tuple[bytes, ...] | TooLong


def framed(data: bytes, flags: int = 0) -> bytes:
    """One frame."""
    if len(data) <= NARROW:
        return bytes([flags, len(data)]) + data
    return bytes([flags | WIDE]) + len(data).to_bytes(8, "big") + data


def message(frames: Sequence[bytes]) -> bytes:
    """A message of these frames."""
    *first, last = frames
    return b"".join(framed(frame, MORE) for frame in first) + framed(last)


def opening(kind: Kind) -> bytes:
    """What is said first."""
    name, value = b"Socket-Type", kind.encode()
    ready = b"\5READY" + bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
    return GREETING + framed(ready, COMMAND)


@define
class Messages:
    """What comes in, taken apart. Of a message longer than ``most`` no more than that is ever held."""

    most: int
    _held: bytearray = field(factory=bytearray, init=False)
    _at: int = field(default=0, init=False)
    _ahead: int = field(default=0, init=False)
    _frames: list[bytes] = field(factory=list, init=False)
    _size: int = field(default=0, init=False)

    def take(self, data: bytes) -> Iterator[Message]:
        """What ``data`` completes, and what turned out to be too long."""
        del self._held[: self._at]
        self._held += data
        self._at = 0
        while (head := self._head()) is not None:
            flags, begin, size = head
            if not flags & COMMAND:
                before, self._size = self._size, self._size + size + A_FRAME
                if before <= self.most < self._size:
                    self._frames.clear()
                    yield TooLong(self._size)
                elif self._size <= self.most:
                    if len(self._held) < begin + size:
                        self._size = before
                        return
                    self._frames.append(bytes(self._held[begin : begin + size]))
            self._at, self._ahead = begin, size
            if not flags & (COMMAND | MORE):
                if self._size <= self.most:
                    yield tuple(self._frames)
                self._frames, self._size = [], 0

    def _head(self) -> tuple[int, int, int] | None:
        """Of the next frame its flags, where its content begins, and how long that is."""
        passed = min(self._ahead, len(self._held) - self._at)
        self._at += passed
        self._ahead -= passed
        there = len(self._held) - self._at
        if self._ahead or there < NARROW_HEAD:
            return None
        flags = self._held[self._at]
        begin = self._at + (WIDE_HEAD if flags & WIDE else NARROW_HEAD)
        if len(self._held) < begin:
            return None
        return flags, begin, int.from_bytes(self._held[self._at + 1 : begin], "big")


@define(eq=False)
class Line:
    """A connection. Once it ended there is never another: a program may put what it likes in the socket's place."""

    messages: Messages
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _come: deque[Message] = field(factory=deque, init=False)

    async def hear(self) -> Message | None:
        """The next message; None where it is over. One who is cancelled here misses nothing."""
        while not self._come:
            data = b""
            with suppress(OSError):
                data = await self._reader.read(PIECE)
            if not data:
                return None
            self._come.extend(self.messages.take(data))
        return self._come.popleft()

    def say(self, frames: Sequence[bytes]) -> None:
        """Send a message. Nobody waits until it is read: one who does not read is found out by its silence."""
        self._writer.write(message(frames))

    def close(self) -> None:
        """Let go of it at once."""
        self._writer.transport.abort()


async def connect(path: str, kind: Kind, most: int) -> Line:
    """Connect to a socket, for messages of at most so many bytes.

    ``OSError`` where nobody listens there, ``EOFError`` where one hangs up before they are ready.
    """
    reader, writer = await asyncio.open_unix_connection(path, limit=PIECE)
    line = Line(Messages(most), reader, writer)
    try:
        writer.write(opening(kind))
        await reader.readexactly(len(GREETING))
        # Who sends a message before the other is ready is hung up on.
        _, size = await reader.readexactly(NARROW_HEAD)
        await reader.readexactly(size)
    except BaseException:
        line.close()
        raise
    if kind == "SUB":
        line.say([ALL])
    return line
