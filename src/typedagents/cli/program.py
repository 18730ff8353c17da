"""What a program for AutoGen finds here: which of the names it uses are there, and what differs about them.

The program is read, not run. Names are followed from its imports; what it makes of them afterwards is not.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from attrs import frozen

from typedagents.autogen.layer.remarks import DIFFERS, NOT_HERE
from typedagents.core.errors import ConfigError

from .closing import counted
from .page import Page, Span

PACKAGES: Final = ("autogen", "pyautogen", "ag2")
HERE: Final = "typedagents.autogen"


@frozen
class Use:
    """A name of AutoGen's that a program uses, without the package; and the keywords that it is called with."""

    name: str
    line: int
    keywords: tuple[str, ...] = ()


@frozen
class Found:
    """What was found of a name: whether it is ``there``, and what is to be known of it."""

    name: str
    line: int
    there: bool
    text: str = ""


def uses_in(source: str, file: str) -> Iterator[Use]:
    """The names of AutoGen's in a program, in order, each place on its own."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ConfigError(f"{file} is no Python program: line {error.lineno}: {error.msg}") from error
    known = dict(_imported(tree))
    calls = {
        node.func: tuple(one.arg for one in node.keywords if one.arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = [Use(name, line) for name, line in _from_imports(tree)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and node not in inner:
            name = _dotted(node, known)
            if name:
                found.append(Use(name, node.lineno, calls.get(node, ())))
    yield from sorted(found, key=lambda one: one.line)


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What the program calls something of AutoGen's, and that thing's name without the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                package, _, rest = one.name.partition(".")
                if package in PACKAGES:
                    yield (one.asname, rest) if one.asname else (package, "")
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            package, _, rest = (node.module or "").partition(".")
            if package in PACKAGES:
                for one in node.names:
                    yield one.asname or one.name, f"{rest}.{one.name}".strip(".")


def _from_imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [one.name.partition(".") for one in node.names]
            yield from ((rest, node.lineno) for package, _, rest in names if package in PACKAGES and rest)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            package, _, rest = (node.module or "").partition(".")
            if package in PACKAGES:
                yield from (
                    (f"{rest}.{one.name}".strip("."), node.lineno) for one in node.names if one.name != "*"
                )


def _dotted(node: ast.expr, known: Mapping[str, str]) -> str:
    """A name such as ``autogen.oai.OpenAIWrapper`` without the package; empty where it is not AutoGen's."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in known:
        return ""
    return ".".join(part for part in (known[node.id], *reversed(parts)) if part)


# --- what is here -----------------------------------------------------------------------------------------------


def judged(use: Use) -> Iterator[Found]:
    """What is to be known of one use; nothing where the name is there and does what it did."""
    short = use.name.rpartition(".")[2]
    target = _target(use.name)
    if target is None:
        why = next((NOT_HERE[one] for one in (use.name, *use.name.split(".")) if one in NOT_HERE), "")
        yield Found(
            use.name, use.line, False, why or "not here; say so in an issue, if a program of yours needs it"
        )
        return
    if short in DIFFERS:
        yield Found(use.name, use.line, True, DIFFERS[short])
    for keyword in use.keywords:
        if not _takes(target, keyword):
            yield Found(f"{short}({keyword}=...)", use.line, False, "is not taken")
        elif f"{keyword}=" in DIFFERS:
            yield Found(f"{short}({keyword}=...)", use.line, True, DIFFERS[f"{keyword}="])


def _target(name: str) -> object:
    """What stands here under a name; None where nothing does."""
    found: object = import_module(HERE)
    place = HERE
    for part in name.split("."):
        place = f"{place}.{part}"
        try:
            found = getattr(found, part) if hasattr(found, part) else import_module(place)
        except ImportError:
            return None
    return found


def _takes(target: object, keyword: str) -> bool:
    if not callable(target):
        return True
    try:
        parameters = inspect.signature(target).parameters
    except ValueError:  # written in C
        return True
    return keyword in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def report_program(page: Page, file: Path) -> bool:
    """Print what a program finds here; whether all of it is there."""
    try:
        source = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as a program: {error}") from error
    uses = list(uses_in(source, str(file)))
    names = {use.name for use in uses}
    found = list(dict.fromkeys(one for use in uses for one in judged(use)))
    missing = {one.name for one in found if not one.there}
    page.line(0, Span(str(file), "strong"), Span(f"  {counted(len(names), 'name')} of AutoGen's", "dim"))
    seen: set[str] = set()
    for one in found:
        if one.name not in seen:
            seen.add(one.name)
            mark = Span("differs " if one.there else "missing ", "dim" if one.there else "bad")
            page.line(1, mark, Span(f"line {one.line}: {one.name}: "), Span(one.text, "dim"))
    if not names:
        page.line(1, Span("it imports nothing of autogen, pyautogen or ag2"))
    elif not missing:
        page.line(1, Span("all of them are there: import typedagents.autogen as autogen"))
    return not missing
