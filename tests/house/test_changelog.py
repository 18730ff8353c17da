"""Changelog fragments have the form that docs/changelog/README.md asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

UNRELEASED = Path(__file__).resolve().parents[2] / "docs" / "changelog" / "unreleased"
HEADINGS = ("## Added", "## Changed", "## Fixed", "## Removed")


def complaints(name: str, text: str) -> list[str]:
    """Says what a fragment lacks."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.md", name):
        return [f"{name}: lower case, hyphens, .md"]
    if not lines or lines[0].strip() not in HEADINGS:
        return [f"{name}: begins with one of {', '.join(HEADINGS)}"]
    wrong = [line for line in lines if line.startswith("#") and line.strip() not in HEADINGS]
    below = [after for line, after in zip(lines, [*lines[1:], ""], strict=True) if line.startswith("#")]
    if not all(re.match(r"[*-] \S+ \S+", after) for after in below):
        wrong.append("(a heading without an item)")
    return [f"{name}: {line} is none of the headings with items" for line in wrong]


def test_every_fragment_is_in_form() -> None:
    fragments = [file for file in sorted(UNRELEASED.glob("*")) if not file.name.startswith(".")]

    assert [wrong for file in fragments for wrong in complaints(file.name, file.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("replay.md", ""),
        ("replay.md", "It replays.\n"),
        ("replay.md", "## Added\n"),
        ("replay.md", "## Added\n* now\n"),
        ("replay.md", "## News\n* a run replays\n"),
        ("replay.md", "## Added\n* a run replays\n## News\n* another item\n"),
        ("Replay Notes.md", "## Added\n* a run replays\n"),
    ],
)
def test_a_fragment_out_of_form_is_told(name: str, text: str) -> None:
    assert complaints(name, text) != []


def test_an_item_may_run_over_lines() -> None:
    assert (
        complaints("replay-forks.md", "## Added\n* a run\n  replays\n\n## Fixed\n- a crash is gone\n") == []
    )
