"""What a docstring says to a model: the words about the function, and those about each parameter.

Three styles are read, whichever a docstring keeps to, by their layout alone:

    Google    ``Args:`` alone on its line, and items ``name (type): words`` indented below it
    NumPy     ``Parameters`` underlined with dashes, items ``name : type``, and their words indented below each
    Sphinx    ``:param type name: words`` at the margin

The words about the function are all that stands before the first of these, or before what it returns or raises. What
fits no style is kept as words: no text is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from types import MappingProxyType

from attrs import field, frozen

_PARAMETERS = frozenset(
    {
        "args",
        "arguments",
        "parameters",
        "params",
        "other parameters",
        "keyword args",
        "keyword arguments",
        "other arguments",
    }
)
_TITLES = _PARAMETERS | {"return", "returns", "yield", "yields", "raise", "raises", "receives", "warns"}
_UNDERLINE = re.compile(r"(?:-{3,}|={3,})\s*$")
_SPHINX = re.compile(
    r":(?:(?P<parameter>param|parameter|arg|argument|key|keyword)"
    r"|type|returns?|rtype|raises?|except|exception|yields?)\b(?P<subject>[^:]*):(?P<words>.*)$"
)
_GOOGLE = re.compile(r"(?P<names>\*{0,2}\w+)\s*(?:\(.*?\)\s*)?:(?:\s+(?P<words>.*))?$")
_NUMPY = re.compile(r"(?P<names>\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?P<words>)(?::.*)?$")

Lines = Sequence[str]
Item = tuple[str, str]


def _read_only(words: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(words))


@frozen
class Documented:
    """What a docstring says. ``parameters`` holds the words about each parameter, on one line, by its name."""

    text: str = ""
    parameters: Mapping[str, str] = field(factory=dict, converter=_read_only, hash=False)


@frozen
class _Block:
    """The lines from ``start`` up to ``stop`` are of a style, and say this of parameters."""

    start: int
    stop: int
    items: tuple[Item, ...] = ()


def documented(docstring: str | None) -> Documented:
    """Reads a docstring of any style, or of none. Of two that describe one parameter, the first counts."""
    lines = cleandoc(docstring or "").split("\n")
    blocks = list(_blocks(lines))
    words = lines[: blocks[0].start] if blocks else lines
    parameters: dict[str, str] = {}
    for block in blocks:
        for names, said in block.items:
            for name in names.split(","):
                parameters.setdefault(name.strip().lstrip("*"), " ".join(said.split()))
    return Documented(
        "\n".join(words).strip(), {name: said for name, said in parameters.items() if name and said}
    )


def _blocks(lines: Lines) -> Iterator[_Block]:
    here = 0
    while here < len(lines):
        block = _block_at(lines, here)
        if block is not None:
            yield block
        here = here + 1 if block is None else block.stop


def _block_at(lines: Lines, here: int) -> _Block | None:
    line = lines[here]
    sphinx = _SPHINX.match(line)
    if sphinx is not None:
        return _sphinx(lines, here, sphinx)
    title = line.rstrip().lower()
    if title in _TITLES and here + 1 < len(lines) and _UNDERLINE.match(lines[here + 1]):
        return _numpy(lines, here, about_parameters=title in _PARAMETERS)
    if title.endswith(":") and title[:-1].rstrip() in _TITLES:
        return _google(lines, here, about_parameters=title[:-1].rstrip() in _PARAMETERS)
    return None


def _sphinx(lines: Lines, here: int, found: re.Match[str]) -> _Block:
    stop = _indented(lines, here + 1)
    subject = found["subject"].split()
    if not found["parameter"] or not subject:
        return _Block(here, stop)
    return _Block(here, stop, ((subject[-1], " ".join([found["words"], *lines[here + 1 : stop]])),))


def _google(lines: Lines, here: int, *, about_parameters: bool) -> _Block:
    stop = _indented(lines, here + 1)
    body = lines[here + 1 : stop]
    margin = min((_margin(line) for line in body if line.strip()), default=0)
    return _Block(here, stop, tuple(_items(body, margin, _GOOGLE)) if about_parameters else ())


def _numpy(lines: Lines, here: int, *, about_parameters: bool) -> _Block:
    stop = here + 2
    while stop < len(lines) and not _ends_numpy(lines, stop):
        stop = _indented(lines, stop + 1)
    return _Block(here, stop, tuple(_items(lines[here + 2 : stop], 0, _NUMPY)) if about_parameters else ())


def _ends_numpy(lines: Lines, here: int) -> bool:
    """Whether the line at the margin is no item: words of another kind, or a title, which is underlined."""
    underlined = here + 1 < len(lines) and _UNDERLINE.match(lines[here + 1])
    return bool(underlined) or (bool(lines[here].strip()) and _NUMPY.match(lines[here]) is None)


def _items(body: Lines, margin: int, pattern: re.Pattern[str]) -> Iterator[Item]:
    """What begins at ``margin`` and fits, each with the lines that follow; what stands before them is left out."""
    names, words = "", [""]
    for line in body:
        found = pattern.match(line, margin) if _margin(line) == margin else None
        if found is None:
            words.append(line)
            continue
        yield names, " ".join(words)
        names, words = found["names"], [found["words"] or ""]
    yield names, " ".join(words)


def _indented(lines: Lines, here: int) -> int:
    """Where the lines end, from ``here`` on, that are indented or empty."""
    while here < len(lines) and (not lines[here].strip() or _margin(lines[here]) > 0):
        here += 1
    return here


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())
