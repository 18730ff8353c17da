"""Runs what the pages show: `pytest tests/docs/run_blocks.py` (the nox session `docs`).

The ```python blocks of a page run in order, in one namespace, in an empty folder, off the network; ```pycon blocks are
doctests in that same namespace. A block that cannot run says ```python no-run, and on the line above the fence why:
`<!-- no-run: needs a key -->`. A traceback names the page and its own line.
"""

from __future__ import annotations

import doctest
import linecache
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.offline import refuse_other_hosts
from tests.docs.pages import ROOT, Block, Page, broken_links, pages, read_page

PAGES = [pytest.param(read_page(path), id=str(path.relative_to(ROOT))) for path in pages()]
KNOWN_WORDS = {"no-run"}


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of its own for a page, as if it stood in a file: its classes pickle, its hints resolve."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    refuse_other_hosts(monkeypatch)
    module = ModuleType("page_under_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_blocks_run(page: Page, namespace: ModuleType) -> None:
    failures: list[str] = []
    for block in page.blocks:
        if block.language in {"python", "pycon"}:
            failures += misuse(page, block)
        if "no-run" in block.words:
            continue
        if block.language == "python":
            run_python(page, block, namespace)
        elif block.language == "pycon":
            failures += run_pycon(page, block, namespace)
    assert failures == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Page) -> None:
    assert list(broken_links(page)) == []


def misuse(page: Page, block: Block) -> list[str]:
    """Says what is wrong with a block's words."""
    where = f"{page.path.relative_to(ROOT)}:{block.line - 1}"
    unknown = sorted(set(block.words[1:]) - KNOWN_WORDS)
    problems = [f"{where}: unknown words after the language: {', '.join(unknown)}"] if unknown else []
    if "no-run" in block.words and len(block.no_run.split()) < 2:
        problems.append(f"{where}: say why it does not run, on the line above: <!-- no-run: the reason -->")
    return problems


def run_python(page: Page, block: Block, module: ModuleType) -> None:
    """Runs a block; its lines are numbered as in the page, and tracebacks show them."""
    name = str(page.path.relative_to(ROOT))
    page_text = page.path.read_text(encoding="utf-8")
    linecache.cache[name] = (len(page_text), None, page_text.splitlines(keepends=True), name)
    code = compile("\n" * (block.line - 1) + block.text, name, "exec")
    exec(code, vars(module))


def run_pycon(page: Page, block: Block, module: ModuleType) -> list[str]:
    """Runs a block as a doctest; returns what differs."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    name = str(page.path.relative_to(ROOT))
    example = doctest.DocTestParser().get_doctest(block.text, vars(module), name, name, block.line - 1)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=flags).run(example, out=said.append, clear_globs=False)
    vars(module).update(example.globs)
    return said
