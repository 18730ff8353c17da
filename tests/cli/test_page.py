"""How words are set: lines, blanks, code, in pieces of any size."""

from __future__ import annotations

import io

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from typedagents.cli.ink import PlainInk, RichInk, Style
from typedagents.cli.page import Page, Span

TEXTS = st.text(st.sampled_from("ab `~\n#py-"), max_size=60)


@define
class Marked:
    """Ink that says which lines it was given as code."""

    columns: int | None = None
    lines: list[str] = field(factory=list)

    def put(self, text: str, style: Style = "plain", /) -> None:
        pass

    def put_code(self, line: str, above: str, language: str, /) -> None:
        self.lines.append(f"{language}|{above}|{line}")

    def width(self, text: str, /) -> int:
        return len(text)


def written(*pieces: str, depth: int = 0, columns: int | None = None) -> str:
    out = io.StringIO()
    page = Page(PlainInk(out, columns))
    for piece in pieces:
        page.feed(depth, piece)
    page.end(depth)
    return out.getvalue()


@given(TEXTS)
def test_without_a_width_text_is_written_as_it_came(text: str) -> None:
    assert written(text).rstrip(" \n") == text.rstrip(" \n")


@given(TEXTS, st.data())
def test_pieces_look_like_the_whole(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))

    assert written(text[:cut], text[cut:], depth=1, columns=20) == written(text, depth=1, columns=20)


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1))
def test_no_line_is_wider_than_the_screen_and_no_word_is_broken(words: list[str]) -> None:
    lines = written(" ".join(words), depth=2, columns=20).splitlines()

    assert max(map(len, lines)) <= 20
    assert [word for line in lines for word in line.split()] == words


def test_lines_of_code_are_told_apart() -> None:
    ink = Marked()
    page = Page(ink)
    page.feed(0, "so:\n```python\na = 1\n\nb = 2\n```\nand `c`\n~~~~\n```\n~~~~\n``` not `this\n```sh\nopen")
    page.end(0)

    assert ink.lines == ["python||a = 1", "python|a = 1\n|", "python|a = 1\n\n|b = 2", "||```", "sh||open"]


def test_a_line_waits_for_no_more_than_its_last_word() -> None:
    out = io.StringIO()
    page = Page(PlainInk(out, 20))
    page.feed(0, "some words come sl")
    assert out.getvalue() == "some words come"
    page.feed(0, "owly")
    page.line(0, Span("next", "dim"))
    assert out.getvalue() == "some words come\nslowly\nnext\n"


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[0m", "r\red\x07", "\x9bred"])
def test_words_do_not_steer_the_terminal(text: str) -> None:
    assert written(text) == "red\n"


def test_the_second_line_of_a_long_string_is_coloured_as_one() -> None:
    out = io.StringIO()
    page = Page(
        RichInk(Console(file=out, force_terminal=True, no_color=False, width=80, color_system="standard"))
    )
    page.feed(0, '```python\n"""if\nif\n"""\nif x: pass\n```\n')

    second, third = [line for line in out.getvalue().splitlines() if "if" in line][1:]
    assert "\x1b[94;49mif" not in second
    assert "\x1b[94;49mif" in third
