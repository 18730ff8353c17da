"""Long texts come in pieces that a service takes, with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.errors import ConfigError
from typedagents.platforms.pieces import FENCE, LEAST, open_fence, pieces, utf16

WORDS = st.sampled_from(
    ["word", "a", "longer-word", "\n", "\n\n", " ", "😀" * 9, "```", "\n```python\n", "\n```\n", "x" * 90]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join)


@given(text=TEXTS, limit=st.integers(LEAST, 120))
def test_no_piece_is_too_long_and_no_code_block_stays_open(text: str, limit: int) -> None:
    for piece in pieces(text, limit, utf16):
        assert piece.strip()
        assert utf16(piece) <= limit
    *cut, _ = [*pieces(text, limit, utf16), ""]
    assert not [piece for piece in cut[:-1] if open_fence(piece)]


@given(text=TEXTS.filter(lambda text: FENCE not in text), limit=st.integers(LEAST, 120))
def test_without_code_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    assert "".join(text.split()) == "".join("".join(pieces(text, limit)).split())


def test_it_is_cut_where_a_reader_would() -> None:
    text = f"{'a ' * 40}\n\n{'b ' * 40}"

    assert [("a " * 40).strip(), ("b " * 40).strip()] == list(pieces(text, 100))


def test_code_goes_on_in_the_next_piece() -> None:
    text = "Look:\n```python\n" + "\n".join(f"line = {i}" for i in range(12)) + "\n```\nThat is all."

    first, *others = pieces(text, 100)

    assert first.endswith("\n```")
    assert all(piece.startswith("```python\n") for piece in others)
    assert others[-1].endswith("```\nThat is all.")


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="a limit of 5"):
        list(pieces("x", 5))
