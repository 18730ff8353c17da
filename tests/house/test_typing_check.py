"""The comparison of marked lines with what type checkers say."""

from __future__ import annotations

from pathlib import Path

from tests.typing.check import Checked, Spot, disagreements, expected, gathered

FIRST, SECOND = Spot("bad_a.py", 1), Spot("bad_a.py", 2)


def test_marks_are_read_with_their_text(tmp_path: Path) -> None:
    file = tmp_path / "bad_a.py"
    file.write_text("f(1)  # E: AskHuman\ng(2)  # E\nh(3)  # Else\n", encoding="utf-8")

    assert expected([file]) == {FIRST: "AskHuman", SECOND: ""}


def test_agreement_needs_line_and_text() -> None:
    checked = Checked("mypy", {FIRST: "a team that may AskHuman"})

    assert list(disagreements({FIRST: "AskHuman"}, checked)) == []
    assert list(disagreements({FIRST: ""}, checked)) == []
    assert ["does not say 'Sleep'" in line for line in disagreements({FIRST: "Sleep"}, checked)] == [True]


def test_too_much_and_too_little_are_both_told() -> None:
    told = list(disagreements({SECOND: ""}, Checked("pyright", {FIRST: "no"})))

    assert [line.partition(": pyright ")[2] for line in told] == [
        "accepts a line marked # E",
        "rejects a line that is not marked: no",
    ]


def test_the_messages_of_a_line_are_joined() -> None:
    assert gathered(iter([(FIRST, "one"), (SECOND, "x"), (FIRST, "two")])) == {
        FIRST: "one / two",
        SECOND: "x",
    }
