"""The file format: opened for ever, and where it is damaged the line and the reason are named."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode, encode

from tests.trace.recorded import FIXTURE, TEAM, record
from typedagents.core.errors import TraceError, TypedAgentsError
from typedagents.core.stop import DecisionLimit
from typedagents.testing import assert_replays
from typedagents.trace.recording import Recording

LINES = FIXTURE.read_bytes().splitlines(keepends=True)


def test_format_1_opens_for_ever() -> None:
    outcome = assert_replays(TEAM, FIXTURE)

    assert outcome.reason == DecisionLimit("max_decisions", 3)
    assert [message.origin for message in outcome.transcript] == [
        "program",
        "model",
        "model",
        "code",
        "model",
        "model",
    ]
    assert outcome.transcript[3].text.endswith("tool.broke yes stopped by inner: at 1700000000.25")
    assert outcome.context.values == {"mood": '"calm"'}
    assert outcome.usage.total == 42
    assert outcome.bill.unpriced == ("",)
    assert outcome.log.head.hex() == decode(LINES[-1])["log"] + outcome.log.head.hex()[32:]


def test_what_is_written_today_is_still_format_1() -> None:
    assert record().splitlines() == [line.rstrip(b"\n") for line in LINES]


def test_a_trace_grows_by_what_is_new_in_it() -> None:
    shared = [line for line in LINES if line.startswith(b'{"line":"shared"')]
    messages = [line for line in LINES if line.startswith(b'{"line":"message"')]

    assert len(shared) == 3, "a prompt, a tool and an output schema, each once"
    again = [line for line in LINES if line.startswith(b'{"line":"again"')]
    assert len(messages) == len(set(messages)) == 4
    assert len(again) == 2, "said in a nested conversation, and here"
    assert all(b"Be brief." not in line for line in LINES if line not in shared)


def load(lines: Sequence[bytes]) -> Recording:
    return Recording.load(lines)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", r"line 1: this trace is empty or was cut within its header; there is nothing to go on from"),
        (LINES[0][:-1], r"line 1: this trace is empty or was cut within its header"),
        (b"hello\nworld\n", r"line 1: not JSON .*: b'hello\\n'; this is no trace"),
        (b"\x7fELF\x02\x01\n\n", r"line 1: not JSON .*; this is no trace"),
        (b"\xff\xfe\n\n", r"line 1: not JSON .*; this is no trace"),
        (b'"\xff\xfe"\n\n', r"line 1: not JSON .*; this is no trace"),
        (b"[1]\n[2]\n", r"line 1: no trace format in b'\[1\]\\n'; this is no trace"),
        (b'{"a":1}\n', r"line 1: no trace format in .*; this is no trace"),
        (b'{"format":true}\n', r"line 1: no trace format in .*; this is no trace"),
        (
            b'{"format":2,"library":"9.1"}\n',
            r"line 1: trace format 2 was written by typedagents 9.1; this version reads up to 1; upgrade typedagents",
        ),
        (
            b'{"format":1}\n',
            r"line 1: Object missing required field `line`; the file is damaged, or of a newer version",
        ),
        (LINES[1] + LINES[2], r"line 1: no trace format in"),
        (
            LINES[0] + LINES[0],
            r"line 2: the trace has a second header; is it another kind of file, or two joined ones\?",
        ),
        (LINES[0] + b"{oops\n", r"line 2: not JSON .*: b'{oops\\n'; the file is damaged there"),
        (LINES[0] + b'{"line":"\xff"}\n', r"line 2: not JSON .*; the file is damaged there"),
        (
            LINES[0] + b'{"line":"sang"}\n',
            r"line 2: Invalid value 'sang'.*; the file is damaged, or of a newer version",
        ),
        (
            LINES[0] + b'{"line":"done","path":7,"result":1}\n',
            r"line 2: Expected `str`, got `int` - at `\$.path`",
        ),
        (LINES[0] + b"\n" + LINES[1], r"line 2: not JSON"),
    ],
)
def test_damage_is_named_by_line_and_reason(data: bytes, text: str) -> None:
    with pytest.raises(TraceError, match=text):
        load(data.splitlines(keepends=True))


def test_a_line_that_is_no_header_cannot_begin_a_trace() -> None:
    line = encode({**decode(LINES[1]), "format": 1}) + b"\n"
    with pytest.raises(TraceError, match=r"line 1: the trace does not begin with a header"):
        load([line])


def test_a_torn_last_line_is_left_out() -> None:
    whole = load(LINES[:9])
    torn = load([*LINES[:9], LINES[9][:-1]])

    assert torn == whole
    assert torn.reason() is None


def test_fields_of_a_newer_version_are_let_be() -> None:
    lines = [encode({**decode(line), "newer": 7}) + b"\n" for line in LINES]

    assert assert_replays(TEAM, lines).ok


def test_a_message_that_is_missing_is_named() -> None:
    gone = [line for line in LINES if b'"line":"message"' in line][1]
    head = decode(gone)["head"]
    with pytest.raises(TraceError, match=rf"message {head} is not in the trace; the file is damaged"):
        assert_replays(TEAM, [line for line in LINES if line != gone])


def opens_or_says_why(lines: Sequence[bytes]) -> None:
    with suppress(TypedAgentsError, AssertionError):
        assert_replays(TEAM, lines)


JSON = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.just([]), st.just({}), st.booleans())


def damaged(value: object, path: Sequence[int], new: object) -> object:
    """``value`` with something in it replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    place = path[0] % len(value)
    if isinstance(value, list):
        return [damaged(item, path[1:], new) if i == place else item for i, item in enumerate(value)]
    key = list(value)[place]
    return {**value, key: damaged(value[key], path[1:], new)}


@given(st.integers(0, len(LINES) - 1), st.lists(st.integers(0, 9), min_size=1, max_size=4), JSON)
def test_however_a_trace_is_damaged_the_error_is_one_of_ours(
    where: int, path: list[int], new: object
) -> None:
    lines = list(LINES)
    lines[where] = encode(damaged(decode(lines[where]), path, new)) + b"\n"
    opens_or_says_why(lines)


@given(st.integers(0, len(LINES) - 1), st.integers(0, 200), st.binary(max_size=3))
def test_however_bytes_are_damaged_the_error_is_one_of_ours(where: int, at: int, new: bytes) -> None:
    lines = list(LINES)
    lines[where] = lines[where][:at] + new + lines[where][at + len(new) :]
    opens_or_says_why(b"".join(lines).splitlines(keepends=True))


@given(st.lists(st.integers(0, len(LINES) - 1), max_size=4))
def test_whatever_lines_are_missing_the_error_is_one_of_ours(missing: list[int]) -> None:
    opens_or_says_why([line for i, line in enumerate(LINES) if i not in missing])
