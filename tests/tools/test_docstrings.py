"""Docstrings: what is told of a function, and of each parameter, in three styles and in none."""

from __future__ import annotations

from inspect import cleandoc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from typedagents.tools.functions.docstrings import Documented, documented

GOOGLE = """Finds books.

    Looks in all shelves: also in closed ones.

    Args:
        title (str): What it is called,
            or the beginning of it: any case.
        shelves (dict[str, Callable[[int], str]], optional): Where to look.
        *rest: Other words
        that are not indented.

        limit: At most so many.

    Returns:
        count: how many
    """

NUMPY = """Finds books.

    Looks in all shelves: also in closed ones.

    Parameters
    ----------
    title : str
        What it is called,
        or the beginning of it: any case.
    shelves: dict
        Where to look.
    *rest
        Other words that are not indented.

    limit, unused : int, optional

        At most so many.

    Returns
    -------
    count : int
        How many.
    """

SPHINX = """Finds books.

    Looks in all shelves: also in closed ones.

    :param str title: What it is called,
        or the beginning of it: any case.
    :param shelves: Where to look.
    :type shelves: dict
    :param *rest: Other words
      that are not indented.
    :keyword limit: At most so many.
    :returns: How many.
    :raises ValueError: never
    """


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_each_style_says_the_same(text: str) -> None:
    said = documented(text)

    assert said.text == "Finds books.\n\nLooks in all shelves: also in closed ones."
    assert {name: words for name, words in said.parameters.items() if name != "unused"} == {
        "title": "What it is called, or the beginning of it: any case.",
        "shelves": "Where to look.",
        "rest": "Other words that are not indented.",
        "limit": "At most so many.",
    }


def test_numpy_describes_several_parameters_at_once() -> None:
    assert documented(NUMPY).parameters["unused"] == "At most so many."


@pytest.mark.parametrize("nothing", [None, "", "   \n  "])
def test_no_docstring_says_nothing(nothing: str | None) -> None:
    assert documented(nothing) == Documented()


def test_words_of_no_style_are_kept() -> None:
    text = "Adds.\n\nNote:\n    Not exact.\n\nArgs: see above.\nParameters\nmany\n:class:`X` does it."

    assert documented(text) == Documented(text)


@pytest.mark.parametrize(
    "outcome",
    [
        "Returns:\n    x: it",
        "Raises:\n    ValueError: no",
        "Yields\n------\nx\n    it",
        ":return: it",
        ":rtype: int",
    ],
)
def test_what_comes_out_is_neither_words_nor_a_parameter(outcome: str) -> None:
    assert documented(f"Does.\n\n{outcome}") == Documented("Does.")


def test_what_follows_the_parameters_is_none_of_them() -> None:
    numpy = documented("Does.\n\nParameters\n----------\na\n    First.\nSo much for that.\nb\n    Second.")
    google = documented("Does.\n\nArgs:\n    a: First.\nSo much for that.\n    b: Second.")

    assert dict(numpy.parameters) == {"a": "First."}
    assert dict(google.parameters) == {"a": "First."}


def test_an_empty_section_and_a_field_without_a_name_say_nothing() -> None:
    assert documented("Does.\n\nArgs:\n\nParameters\n---\n\n:param: what\n:param a:") == Documented("Does.")


def test_of_two_that_describe_a_parameter_the_first_counts() -> None:
    assert dict(documented("Args:\n  a: one\n\nKeyword Args:\n  a: two\n  b: three").parameters) == {
        "a": "one",
        "b": "three",
    }


WORDS = st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)


def google_of(words: dict[str, str]) -> str:
    return "Args:\n" + "".join(f"    {name} (int): {said}\n" for name, said in words.items())


def numpy_of(words: dict[str, str]) -> str:
    return "Parameters\n----------\n" + "".join(f"{name} : int\n    {said}\n" for name, said in words.items())


def sphinx_of(words: dict[str, str]) -> str:
    return "".join(f":param int {name}: {said}\n" for name, said in words.items())


@given(WORDS, st.dictionaries(NAMES, WORDS, min_size=1), st.sampled_from([google_of, numpy_of, sphinx_of]))
def test_what_was_written_is_read(summary: str, words: dict[str, str], style: object) -> None:
    assert callable(style)

    said = documented(f"{summary}\n\n{style(words)}")

    assert said == Documented(summary, words)
    assert dict(said.parameters) == words


LINES = st.sampled_from(
    [
        "Args:",
        "Parameters",
        "----------",
        "===",
        "  x: y",
        "x : int",
        "  ",
        "",
        ":param x: y",
        "    z",
        "Returns:",
        "*",
    ]
)


@given(st.text() | st.lists(LINES | st.text(max_size=5)).map("\n".join))
@example("Args:\n\t x: y\n\x0b z")
def test_any_text_is_read_and_its_words_are_its_beginning(text: str) -> None:
    said = documented(text)

    assert cleandoc(text).strip().startswith(said.text)
    assert all(name and words == " ".join(words.split()) != "" for name, words in said.parameters.items())
