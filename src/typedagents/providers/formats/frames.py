"""Frames of Amazon's binary event streams, decoded from bytes, without any network.

A frame is its own length, that of its headers and a checksum of both; the headers; the payload; a checksum of all. An
event's name is the frame's kind and type (``event:messageStop``, ``exception:throttlingException``).
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator
from struct import Struct, error, unpack_from

from attrs import define, field

from typedagents.core.json_text import json_text

from .sse import ServerEvent

PRELUDE = Struct(">III")
CHECKSUM_BYTES = 4
SMALLEST = PRELUDE.size + CHECKSUM_BYTES
LARGEST = 24 << 20
"""No frame is larger: what says so is damaged, and is not waited for."""

DAMAGED = b"damaged"
"""The name of what stands for a frame that cannot be read. Nothing comes after it."""

STRING = 7
FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""The size of a header's value by its type; bytes and strings say theirs."""


@define(eq=False)
class FrameDecoder:
    """Bytes in, events out; each byte is copied a bounded number of times."""

    _pieces: list[bytes] = field(factory=list, init=False)
    _size: int = field(default=0, init=False)
    _wanted: int = field(default=PRELUDE.size, init=False)
    _over: bool = field(default=False, init=False)

    def feed(self, data: bytes, /) -> list[ServerEvent]:
        """The events that ``data`` completes."""
        if self._over:
            return []
        self._pieces.append(data)
        self._size += len(data)
        if self._size < self._wanted:
            return []
        events: list[ServerEvent] = []
        data, at = b"".join(self._pieces), 0
        while len(data) - at >= PRELUDE.size:
            total, sizes, checksum = PRELUDE.unpack_from(data, at)
            sound = crc32(data[at : at + PRELUDE.size - CHECKSUM_BYTES]) == checksum
            if not sound or not SMALLEST <= total <= LARGEST:
                events.append(_damage("a frame whose beginning does not match its checksum"))
            elif len(data) - at < total:
                self._wanted = total
                break
            else:
                events.append(_read(data[at : at + total], sizes))
                self._wanted = PRELUDE.size
                at += total
            if events[-1].name == DAMAGED:
                self._over = True
                break
        self._pieces, self._size = [data[at:]], len(data) - at
        return events

    def finish(self) -> list[ServerEvent]:
        """A frame that was cut is no event."""
        return []


def _read(frame: bytes, sizes: int) -> ServerEvent:
    (checksum,) = unpack_from(">I", frame, len(frame) - CHECKSUM_BYTES)
    if crc32(frame[:-CHECKSUM_BYTES]) != checksum:
        return _damage("a frame that does not match its checksum")
    end = PRELUDE.size + sizes
    try:
        headers = dict(_headers(frame[PRELUDE.size : end]))
    except (error, IndexError, KeyError, UnicodeDecodeError):
        return _damage("a frame with headers that cannot be read")
    kind = headers.get(":message-type", "event")
    name = headers.get({"exception": ":exception-type", "error": ":error-code"}.get(kind, ":event-type"), "")
    payload = frame[end:-CHECKSUM_BYTES]
    if kind == "error":
        payload = json_text({"message": headers.get(":error-message", "")}).encode()
    return ServerEvent(f"{kind}:{name}".encode(), payload)


def _damage(what: str) -> ServerEvent:
    return ServerEvent(DAMAGED, what.encode())


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """The headers that are text."""
    at = 0
    while at < len(data):
        begin = at + 1 + data[at]
        name, kind = data[at + 1 : begin].decode(), data[begin]
        begin += 1
        if kind in FIXED:
            at = begin + FIXED[kind]
            continue
        (size,) = unpack_from(">H", data, begin)
        at = begin + 2 + size
        if kind == STRING:
            yield name, data[begin + 2 : at].decode()
