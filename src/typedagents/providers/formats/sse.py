"""Server-sent events, decoded from bytes (WHATWG HTML, section 9.2.6), without any network.

Lines end at CRLF, LF or CR and nowhere else: text decoders that also split at U+2028 or U+0085 cut JSON strings in
two. Fed in pieces of any size, it finds the same events; each byte is copied a bounded number of times.
"""

from __future__ import annotations

from attrs import define, field, frozen

BOM = b"\xef\xbb\xbf"


@frozen
class ServerEvent:
    """One event: its name, empty where none was given, and its data."""

    name: bytes
    data: bytes


@define(eq=False)
class EventDecoder:
    """Bytes in, events out. ``finish`` gives what stood in an event that was never closed by a blank line."""

    _pieces: list[bytes] = field(factory=list, init=False)
    _data: list[bytes] = field(factory=list, init=False)
    _name: bytes = field(default=b"", init=False)
    _begun: bool = field(default=False, init=False)
    _after_cr: bool = field(default=False, init=False)

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that ``data`` completes."""
        if self._after_cr and data:
            self._after_cr = False
            if data.startswith(
                b"\n"
            ):  # the second half of a CRLF whose first half has ended the line already
                data = data[1:]
        if b"\n" not in data and b"\r" not in data:
            self._pieces.append(data)
            return []
        self._pieces.append(data)
        text = b"".join(self._pieces)
        self._pieces.clear()
        lines = text.splitlines()
        if text.endswith((b"\n", b"\r")):
            self._after_cr = text.endswith(b"\r")
        else:
            self._pieces.append(lines.pop())
        return self._read(lines)

    def finish(self) -> list[ServerEvent]:
        """What was still open. The standard drops it; servers that forget the last blank line do mean it."""
        rest = b"".join(self._pieces)
        self._pieces.clear()
        return self._read([rest, b""])

    def _read(self, lines: list[bytes]) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for raw in lines:
            line = raw
            if not self._begun:
                self._begun = True
                line = line.removeprefix(BOM)
            if line:
                self._field(line)
            elif self._data or self._name:
                data = b"\n".join(self._data)
                if data:
                    events.append(ServerEvent(self._name, data))
                self._data.clear()
                self._name = b""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")  # a comment is a field without a name
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif name == b"event":
            self._name = value.removeprefix(b" ")
