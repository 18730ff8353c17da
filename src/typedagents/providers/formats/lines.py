"""Lines of JSON (NDJSON), decoded from bytes, without any network."""

from __future__ import annotations

from attrs import define, field

from .sse import ServerEvent


@define(eq=False)
class LineDecoder:
    """Bytes in, one event for each line that is not blank out; each byte is copied a bounded number of times."""

    _pieces: list[bytes] = field(factory=list, init=False)

    def feed(self, data: bytes, /) -> list[ServerEvent]:
        """The lines that ``data`` completes."""
        self._pieces.append(data)
        if b"\n" not in data:
            return []
        *lines, rest = b"".join(self._pieces).split(b"\n")
        self._pieces = [rest]
        return [ServerEvent(b"", line) for line in lines if line.strip()]

    def finish(self) -> list[ServerEvent]:
        """What came after the last end of a line."""
        return self.feed(b"\n")
