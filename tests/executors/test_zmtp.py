"""What a kernel sends, taken apart, however it is cut and whatever it claims."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.executors.jupyter.zmtp import A_FRAME, COMMAND, Messages, TooLong, framed, message

MOST = 1000
FRAMES = st.lists(st.binary(max_size=400), min_size=1, max_size=20).map(tuple)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The same in pieces."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def cost(frames: tuple[bytes, ...]) -> int:
    return sum(len(frame) + A_FRAME for frame in frames)


@given(st.lists(FRAMES, max_size=8), st.binary(max_size=300), st.lists(st.integers(0, 10_000), max_size=30))
def test_whatever_can_be_held_comes_as_it_was_and_the_rest_is_told_once(
    said: list[tuple[bytes, ...]], command: bytes, places: list[int]
) -> None:
    messages = Messages(MOST)
    sent = framed(command, COMMAND).join([b"", *map(message, said), b""])
    came = [one for piece in cut(sent, places) for one in messages.take(piece)]
    assert len(came) == len(said)
    for one, frames in zip(came, said, strict=True):
        if cost(frames) <= MOST:
            assert one == frames
        else:
            assert isinstance(one, TooLong)
            assert MOST < one.size <= cost(frames)


@given(st.binary(max_size=100_000), st.lists(st.integers(0, 100_000), max_size=30))
def test_noise_is_taken_apart_too(noise: bytes, places: list[int]) -> None:
    messages = Messages(MOST)
    for one in (one for piece in cut(noise, places) for one in messages.take(piece)):
        assert isinstance(one, TooLong) or cost(one) <= MOST


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        (b"\2" + (1 << 60).to_bytes(8, "big"), bytes(1 << 16)),
        (b"\6" + (1 << 60).to_bytes(8, "big"), bytes(1 << 16)),
        (b"", bytes([1, 0]) * (1 << 12)),
        (b"", framed(bytes(MOST - A_FRAME - 1)) * 64),
    ],
    ids=["a frame", "a command", "small frames", "messages"],
)
def test_what_has_no_end_takes_no_room(begin: bytes, rest: bytes) -> None:
    messages = Messages(MOST)
    tracemalloc.start()
    try:
        for piece in (begin, *[rest] * 5):
            for _ in messages.take(piece):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(rest)
