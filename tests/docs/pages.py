"""Reads a Markdown page: its code blocks, its links, its headings.

Fences are CommonMark's (three or more backticks or tildes, closed by as many, indented at most three spaces); of links
we read the inline and the reference form. That is all our pages use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*?)[ \t]*$")
REASON = re.compile(r"^\s*<!--\s*no-run:\s*(?P<reason>.*?)\s*-->\s*$")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(?P<target>[^\s>]+)")
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(?P<title>.*?)\s*#*\s*$")
CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1")
ANCHOR = re.compile(r"<a\s+(?:id|name)=[\"'](?P<name>[^\"']+)")


@frozen
class Block:
    """A fenced block: its info string's words, its text, the line its text begins on (from 1)."""

    words: tuple[str, ...]
    text: str
    line: int
    no_run: str = ""  # the reason given above the fence for not running it

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""


@frozen
class Page:
    """A page as the checks need it; prose is its lines outside of fences, numbered from 1."""

    path: Path
    blocks: tuple[Block, ...] = field(repr=False)
    prose: tuple[tuple[int, str], ...] = field(repr=False)

    def links(self) -> Iterator[tuple[int, str]]:
        """Yields the line and the target of each link."""
        for number, line in self.prose:
            bare = CODE_SPAN.sub("", line)
            for match in (*LINK.finditer(bare), *REFERENCE.finditer(bare)):
                yield number, match["target"]

    def anchors(self) -> frozenset[str]:
        """Returns what a #fragment may name: headings as the usual renderers spell them, and explicit anchors."""
        found: dict[str, int] = {}
        names = [match["name"] for _, line in self.prose for match in ANCHOR.finditer(line)]
        for _, line in self.prose:
            if match := HEADING.match(line):
                slug = slug_of(match["title"])
                count = found.get(slug, 0)
                found[slug] = count + 1
                names.append(f"{slug}-{count}" if count else slug)
        return frozenset(names)


def slug_of(title: str) -> str:
    """Returns a heading's fragment: lower case, marks dropped, spaces as hyphens."""
    shown = LINK.sub(lambda match: match[0][match[0].index("[") + 1 : match[0].index("]")], title)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def read_page(path: Path) -> Page:
    """Reads one page; an unclosed fence runs to the end, as CommonMark says."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks: list[Block] = []
    prose: list[tuple[int, str]] = []
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        if opening is None:
            prose.append((at + 1, lines[at]))
            at += 1
            continue
        end = _closing(lines, at + 1, opening["fence"])
        indent = len(opening["indent"])
        body = [line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines[at + 1 : end]]
        reason = REASON.match(prose[-1][1]) if prose and prose[-1][0] == at else None
        why = reason["reason"] if reason else ""
        blocks.append(Block(tuple(opening["info"].split()), "\n".join(body) + "\n", at + 2, why))
        at = end + 1
    return Page(path, tuple(blocks), tuple(prose))


def _closing(lines: list[str], start: int, fence: str) -> int:
    pattern = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((at for at in range(start, len(lines)) if pattern.match(lines[at])), len(lines))


def pages(root: Path = ROOT) -> list[Path]:
    """Returns every page we write: those at the top, and all of docs/."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def broken_links(page: Page, root: Path = ROOT) -> Iterator[str]:
    """Says which links to our own pages and files lead nowhere."""
    for number, target in page.links():
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
            continue
        name, _, fragment = target.partition("#")
        file = (page.path.parent / name).resolve() if name else page.path
        where = f"{page.path.name}:{number}: {target}"
        if not file.is_relative_to(root):
            yield f"{where} leads out of the project"
        elif not file.exists():
            yield f"{where}: there is no {file.relative_to(root)}"
        elif fragment and file.suffix == ".md" and fragment not in read_page(file).anchors():
            yield f"{where}: {file.name} has no heading {fragment!r}"
