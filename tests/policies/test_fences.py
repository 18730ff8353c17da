from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from typedagents.policies.coding.fences import Fenced, fenced_blocks

PIECES = [
    "```",
    "````",
    "~~~",
    "~~~~",
    "`",
    "~",
    "python",
    " ",
    "    ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "x = 1",
    "- ",
    "1. ",
    "> ",
    "{",
    "}",
]
markdown = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def found(text: str) -> list[Fenced]:
    return list(fenced_blocks(text))


def texts(text: str) -> list[str]:
    return [block.text for block in fenced_blocks(text)]


def commonmark(text: str) -> list[tuple[str, str]]:
    """The fenced blocks that a whole parser of CommonMark finds, each with its info string."""
    return [
        (token.info.strip(), token.content.removesuffix("\n"))
        for token in MarkdownIt("commonmark").parse(text)
        if token.type == "fence"
    ]


LINES = st.sampled_from(
    [
        *("```", "````", "`````", "~~~", "~~~~", "``", "~~"),
        *("```python", "``` py x=1", "~~~ sh `a`", "```a`b", "```c++", "~~~~ c#"),
        *("x = 1", "    y", "\tz", "", "  ", "# title", "text", "a ``` b"),
        *("``` ", "~~~\t", "  ```", "   ~~~", "    ```", " ```` js", "   ``` "),
    ]
)
"""Lines of a document without lists and quotes, where the scanner means to be exactly as the parser."""


@given(st.lists(LINES, max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_it_finds_what_a_parser_of_commonmark_finds(lines: list[str], end: str) -> None:
    text = end.join(
        [*lines, "end"]
    )  # the parser drops blanks at the very end of a text, where a fence is open

    assert [(block.info, block.text) for block in fenced_blocks(text)] == commonmark(text)


CODE = st.lists(st.sampled_from(["x = 1", "  y", "", "~~~", "``", "# z"]), max_size=4).filter(
    lambda lines: not lines or (lines[0] != "" and lines[-1] != "")
)


@given(st.lists(st.tuples(st.sampled_from(["- ", "1. ", "10) ", "* "]), CODE, st.booleans()), max_size=4))
def test_in_lists_it_finds_what_a_parser_finds(items: list[tuple[str, list[str], bool]]) -> None:
    lines: list[str] = []
    for marker, code, talks in items:
        inner = " " * len(marker)
        lines += ["", f"{marker}do this:", "", *(inner + line for line in ("```py", *code, "```"))]
        lines += ["and that"] if talks else []
    text = "\n".join(lines)

    assert [(block.info, block.text) for block in fenced_blocks(text)] == commonmark(text)


# The numbers are those of the examples in CommonMark 0.31.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\n<\n >\n```", ["<\n >"]),  # 119
        ("~~~\n<\n >\n~~~", ["<\n >"]),  # 120
        ("``\nfoo\n``", []),  # 121
        ("```\naaa\n~~~\n```", ["aaa\n~~~"]),  # 122
        ("~~~\naaa\n```\n~~~", ["aaa\n```"]),  # 123
        ("````\naaa\n```\n``````", ["aaa\n```"]),  # 124
        ("~~~~\naaa\n~~~\n~~~~", ["aaa\n~~~"]),  # 125
        ("> ```\n> aaa\n\nbbb", []),  # 128, but that quotes are not looked into
        ("```\n\n  \n```", ["\n  "]),  # 129
        ("```\n```", [""]),  # 130
        (" ```\n aaa\naaa\n```", ["aaa\naaa"]),  # 131
        ("  ```\naaa\n  aaa\naaa\n  ```", ["aaa\naaa\naaa"]),  # 132
        ("   ```\n   aaa\n    aaa\n  aaa\n   ```", ["aaa\n aaa\naaa"]),  # 133
        ("    ```\n    aaa\n    ```", []),  # 134
        ("```\naaa\n  ```", ["aaa"]),  # 135
        ("   ```\naaa\n  ```", ["aaa"]),  # 136
        ("```\naaa\n    ```\n```", ["aaa\n    ```"]),  # 137
        ("``` ```\naaa", []),  # 138
        ("~~~~~~\naaa\n~~~ ~~\n~~~~~~", ["aaa\n~~~ ~~"]),  # 139
        ("foo\n```\nbar\n```\nbaz", ["bar"]),  # 140
        ("foo\n---\n~~~\nbar\n~~~\n# baz", ["bar"]),  # 141
        ("``` aa ```\naaa", []),  # 145
        ("```\n``` aaa\n```", ["``` aaa"]),  # 147
    ],
)
def test_the_examples_of_the_specification(text: str, expected: list[str]) -> None:
    assert texts(text) == expected
    assert all(block.closed for block in fenced_blocks(text))
    assert texts(text.replace("\n", "\r\n")) == expected
    assert texts(text.replace("\n", "\r")) == expected


@pytest.mark.parametrize("text", ["```", "```\n\n```x\naaa", "`````\n\n```\naaa", "~~~ py\nprint(1)\n~~"])
def test_a_fence_that_is_not_closed_is_told_apart(text: str) -> None:
    (block,) = found(text)

    assert block.closed is False


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("  Python  ", "python"),
        ("c++", "c++"),
        ("c#", "c#"),
        ("objective-c", "objective-c"),
        ("python title=x.py", "python"),
        ("python{cmd=true}", "python"),
        ("{.python .numberLines}", "python"),
        ("{python}", "python"),
        ("{r, echo=FALSE}", "r"),
        ("rust,no_run", "rust"),
        ("python:main.py", "python"),
        ("{}", ""),
        ("", ""),
    ],
)
def test_the_language_is_the_first_word_of_the_info_string(info: str, language: str) -> None:
    (block,) = found(f"```{info}\nx\n```")

    assert (block.info, block.language, block.text) == (info.strip(), language, "x")


def test_the_info_string_of_tildes_may_hold_backticks() -> None:
    (block,) = found("~~~ aa ``` ~~~\nx\n~~~")

    assert block.info == "aa ``` ~~~"


@pytest.mark.parametrize(
    "text",
    [
        "- ```py\n  x\n  ```",
        "1. do\n\n   ```py\n   x\n   ```\n2. done",
        "1. do\n\n    ```py\n    x\n    ```",
        "- a\n  - b\n\n      ```py\n      x\n      ```",
        "- a\n\n\t```py\n\tx\n\t```",
        "-\n  ```py\n  x\n  ```",
        "1. do\n```py\nx\n```",
        "- a\n  ```py\nx\n```",
    ],
)
def test_in_a_list_item_indentation_counts_from_its_text(text: str) -> None:
    assert found(text) == [Fenced("py", "x")]


@pytest.mark.parametrize(
    "text", ["-     ```py\n      x\n      ```", "- a\n\n      ```py\n      x", "text\n    ```py\n    x"]
)
def test_deeper_than_that_it_is_indented_code(text: str) -> None:
    assert found(text) == []


def test_what_is_left_of_a_tab_is_spaces() -> None:
    assert texts("  ```\n\tx\n  ```") == ["  x"]
    assert texts("```\n\tx\n```") == ["\tx"]


def test_other_line_ends_of_unicode_are_text() -> None:
    assert texts("```\na\u2028b\x0bc\n```") == ["a\u2028b\x0bc"]


@pytest.mark.parametrize(
    "text",
    [
        "- " * 200_000 + "```",
        "```" * 200_000 + "x`",
        "`" * 500_000,
        "```\n" * 100_000,
        "~~~\n" + "\t" * 500_000,
        "- a\n" * 100_000 + "```",
    ],
)
def test_hostile_texts_take_time_in_proportion(text: str) -> None:
    assert all("\r" not in block.text for block in fenced_blocks(text))


@given(st.one_of(markdown, st.text()))
@example("```" * 1000)
@example("- " * 1000 + "```")
def test_the_scanner_never_raises_and_every_line_of_a_block_is_in_the_text(text: str) -> None:
    for block in fenced_blocks(text):
        assert "\r" not in block.text
        for line in block.text.split("\n"):
            assert line.lstrip(" \t") in text


@given(
    st.lists(st.sampled_from(["```", "~~~ sh", "`````", "x = 1", "", "  y", "a`b"]), max_size=12).map(
        "\n".join
    )
)
def test_blocks_that_are_not_indented_are_substrings(text: str) -> None:
    for block in fenced_blocks(text):
        assert block.text in text


@given(st.text("ab`~ \n"), st.sampled_from("`~"))
def test_a_long_enough_fence_holds_any_text(text: str, mark: str) -> None:
    fence = mark * (max((len(run) for run in text.replace(" ", "\n").split("\n")), default=0) + 3)

    assert found(f"{fence}py\n{text}\n{fence}\nafter") == [Fenced("py", text)]
