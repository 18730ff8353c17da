"""Reading the pages, and running their blocks, as tests/docs does it."""

from __future__ import annotations

import socket
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.offline import OffHost, refuse_other_hosts
from tests.docs.pages import Block, Page, broken_links, read_page, slug_of
from tests.docs.run_blocks import misuse, run_pycon, run_python

PAGE = """# Top *Page*
See [below](#two-words), [other](other.md#gone), `[code](nowhere.md)`, [far](https://example.org/x).

```python
x = 1
```

<!-- no-run: needs a key -->
```python no-run
[not a link](missing.md)
```

## Two words
~~~~text
```python
~~~
~~~~
  ```pycon
  >>> x
  1
  ```
[ref]: missing.md
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "other.md").write_text("# Other\n", encoding="utf-8")
    return read_page(tmp_path / "page.md")


def test_blocks_are_read_with_their_words_lines_and_reasons(page: Page) -> None:
    assert [(block.words, block.line, block.no_run) for block in page.blocks] == [
        (("python",), 5, ""),
        (("python", "no-run"), 10, "needs a key"),
        (("text",), 15, ""),
        (("pycon",), 19, ""),
    ]
    assert page.blocks[-1].text == ">>> x\n1\n"


def test_links_that_lead_nowhere_are_told_and_others_are_not(page: Page) -> None:
    assert list(broken_links(page, page.path.parent)) == [
        "page.md:2: other.md#gone: other.md has no heading 'gone'",
        "page.md:22: missing.md: there is no missing.md",
    ]


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Two words", "two-words"), ("`World.run` & co.", "worldrun--co"), ("A [link](x.md)", "a-link")],
)
def test_headings_become_fragments(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_a_second_heading_of_one_name_is_numbered(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# One\n# One\n", encoding="utf-8")

    assert read_page(tmp_path / "page.md").anchors() == {"one", "one-1"}


def test_words_must_be_known_and_reasons_given(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    (tmp_path / "page.md").write_text("```python no-run\n```\n```python nice\n```\n", encoding="utf-8")
    blocks = read_page(tmp_path / "page.md").blocks
    here = Page(root / "page.md", blocks, ())

    assert [misuse(here, block) for block in blocks] == [
        ["page.md:1: say why it does not run, on the line above: <!-- no-run: the reason -->"],
        ["page.md:3: unknown words after the language: nice"],
    ]


def test_blocks_share_a_namespace_and_doctests_see_it() -> None:
    page = Page(Path(__file__).resolve().parents[2] / "LICENSE", (), ())
    module = ModuleType("page_under_test")

    run_python(page, Block(("python",), "x = 1\n", 3), module)
    assert run_pycon(page, Block(("pycon",), ">>> x + 1\n2\n", 7), module) == []
    assert run_pycon(page, Block(("pycon",), ">>> x + 1\n3\n", 7), module) != []


def test_a_failing_block_names_the_page_and_its_line() -> None:
    page = Page(Path(__file__).resolve().parents[2] / "LICENSE", (), ())

    with pytest.raises(ZeroDivisionError) as caught:
        run_python(page, Block(("python",), "x = 1\nx / 0\n", 3), ModuleType("page_under_test"))

    last = caught.traceback[-1]
    assert (Path(last.path).name, last.lineno + 1) == ("LICENSE", 4)


def test_only_loopback_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, monkeypatch.context() as patch:
        refuse_other_hosts(patch)
        port: int = server.getsockname()[1]
        socket.create_connection(("localhost", port)).close()
        with socket.socket() as sock, pytest.raises(OffHost, match=r"192\.0\.2\.1"):
            sock.connect(("192.0.2.1", 80))
        with pytest.raises(OffHost, match=r"example\.org"):
            socket.create_connection(("example.org", 80))
