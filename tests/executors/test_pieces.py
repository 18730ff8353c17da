"""The pure pieces: what is kept of an output, and what is planned for a block."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents import CodeBlock
from typedagents.executors import plan
from typedagents.executors.capture import Capture
from typedagents.executors.containers.engine import Frames
from typedagents.executors.planner import Refuse, Run, Save, bad_variable


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(0, 60))
def test_head_and_tail_are_kept_and_the_rest_is_counted(pieces: list[bytes], limit: int) -> None:
    capture = Capture(limit)
    for piece in pieces:
        capture.add(piece)
    kept, whole = capture.kept, b"".join(pieces)
    assert kept.dropped + len(kept.data) == len(whole) == capture.total
    if len(whole) <= limit:
        assert kept.data == whole
    else:
        assert len(kept.data) == limit
        head = (limit + 1) // 2
        assert kept.data == whole[:head] + whole[len(whole) - (limit - head) :]


@given(st.text(max_size=20), st.text(), st.none() | st.text(max_size=30))
def test_a_plan_writes_inside_the_folder_or_refuses(language: str, code: str, name: str | None) -> None:
    step = plan(CodeBlock(language, code, name))
    match step:
        case Run(_, path, data, argv):
            assert argv[-1] == path.text
            assert data == code.encode("utf-8", "replace")
        case Save(path, _):
            assert not path.text.startswith(("/", "-"))
        case Refuse(reason):
            assert reason


PIECES = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=30)), max_size=12)


@given(PIECES, st.lists(st.integers(0, 400), max_size=20))
def test_an_engine_s_frames_are_taken_apart_wherever_they_are_cut(
    pieces: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    wire = b"".join(bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for stream, data in pieces)
    frames, found = Frames(), {"stdout": b"", "stderr": b""}
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    for start, end in pairwise(edges):
        for chunk in frames.take(wire[start:end]):
            found[chunk.stream] += chunk.data
    for number, name in ((1, "stdout"), (2, "stderr")):
        assert found[name] == b"".join(data for stream, data in pieces if stream == number)


@pytest.mark.parametrize("name", ["", "A=B", "1x", "naïve"])
def test_names_that_no_environment_holds_are_found(name: str) -> None:
    assert bad_variable({"FINE": "x", name: "y"}) == name
    assert bad_variable({"FINE": "nul\0"}) == "FINE"
    assert bad_variable({"FINE": "\udcff"}) == "FINE"
    assert bad_variable({"FINE": "ü"}) is None


def test_equal_code_has_equal_file_names() -> None:
    assert plan(CodeBlock("py", "print(1)")) == plan(CodeBlock("python", "print(1)"))
