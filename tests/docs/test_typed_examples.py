"""What the pages show to be typed is what the type checkers see: blocks marked `<!-- typed -->`, and the mistakes.

`tests/typing/check.py` holds both checkers to those files; here the pages are held to them.
"""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, Block, Page, pages, read_page

MARK = "<!-- typed -->"
TYPING = ROOT / "tests" / "typing"
MISTAKES = "docs/explanation.md"


def above(page: Page, block: Block) -> str:
    """Returns the line above a block's fence."""
    return next((line for number, line in page.prose if number == block.line - 2), "")


def without_imports(text: str) -> str:
    """Returns a block without its imports, which stand at the top of a file."""
    return re.sub(r"^(from \S+ import \([^)]*\)|(from|import) .*)\n", "", text, flags=re.MULTILINE).strip()


def blocks(name: str) -> list[tuple[Page, Block]]:
    """Returns the blocks of a page, or of all where the name is empty."""
    found = [read_page(path) for path in pages() if not name or path == ROOT / name]
    return [(page, block) for page in found for block in page.blocks]


TYPED = [pytest.param(b.text, id=f"{p.path.name}:{b.line}") for p, b in blocks("") if above(p, b) == MARK]
WRONG = [
    pytest.param(b.text, id=f"{p.path.name}:{b.line}") for p, b in blocks(MISTAKES) if "mistake" in b.no_run
]


@pytest.mark.parametrize("text", TYPED)
def test_a_typed_block_is_checked_word_for_word(text: str) -> None:
    assert without_imports(text) in (TYPING / "good_docs.py").read_text("utf-8")


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_that_is_shown_is_checked_line_by_line(text: str) -> None:
    checked = [
        line.partition("  # E")[0] for line in (TYPING / "bad_docs.py").read_text("utf-8").splitlines()
    ]

    assert [line for line in without_imports(text).splitlines() if line not in checked] == []


def test_there_are_such_blocks() -> None:
    assert (len(TYPED) > 10, len(WRONG) > 4) == (True, True)
