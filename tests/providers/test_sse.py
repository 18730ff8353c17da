"""Server-sent events by the standard's rules, in pieces of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.providers.conformance.reading import cut
from typedagents.providers.formats.sse import EventDecoder, ServerEvent


def events(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    decoder = EventDecoder()
    found: list[ServerEvent] = []
    for piece in pieces:
        found.extend(decoder.feed(piece))
    found.extend(decoder.finish())
    return [(event.name, event.data) for event in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"data: a\n\n", [(b"", b"a")]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [(b"", b"a"), (b"", b"b")]),
        (b"data: a\r\rdata: b\r\r", [(b"", b"a"), (b"", b"b")]),
        (b": a comment\n\ndata: a\n: another\n\n", [(b"", b"a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [(b"", b"a")]),
        (b"data: a\ndata: b\ndata:\n\n", [(b"", b"a\nb\n")]),
        (b"data:a\ndata:  b\n\n", [(b"", b"a\n b")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [(b"error", b"a"), (b"", b"b")]),
        (b"data\n\ndata:\n\nevent: lone\n\n", []),
        (b"id: 1\nretry: 5\nunknown: x\ndata: a\n\n", [(b"", b"a")]),
        (b'data: "\xe2\x80\xa8\xc2\x85\x0b\x0c\x1c"\n\n', [(b"", b'"\xe2\x80\xa8\xc2\x85\x0b\x0c\x1c"')]),
        (b"data: a\n\ndata: b", [(b"", b"a"), (b"", b"b")]),
        (b"data: a\n\ndata: b\n", [(b"", b"a"), (b"", b"b")]),
        (b"", []),
    ],
)
def test_lines_become_events(text: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    assert expected == events(text)
    assert expected == events(*(text[i : i + 1] for i in range(len(text))))


LINES = st.sampled_from(
    [b"data: x", b"data:", b"data", b": c", b"event: e", b"", b"", b"data: \xe2\x80\xa8y", b"id: 1"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=12), st.lists(st.integers(0, 300), max_size=8))
def test_cuts_change_nothing(lines: list[tuple[bytes, bytes]], places: list[int]) -> None:
    text = b"".join(line + end for line, end in lines)

    assert events(text) == events(*cut(text, places))
