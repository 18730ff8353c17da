"""The programs of docs/examples: where they are, how to load one, the notebook that is made from it.

`python tests/docs/examples.py` writes the notebooks. A script is cut into cells by lines that begin with `# %%`; those
of a `# %% [markdown]` cell are comments. Notebook editors know the form, so that it needs no tool of its own.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Literal

from attrs import frozen
from msgspec.json import encode, format

from tests.docs.pages import ROOT
from typedagents import Outcome

FOLDER = ROOT / "docs" / "examples"
SCRIPTS = sorted(FOLDER.glob("*.py"))
LIVE = [script for script in SCRIPTS if "LocalModel" in script.read_text("utf-8")]
"""Those whose recording a real model made."""

MARKER = re.compile(r"^# %%(?P<kind>.*)$", re.MULTILINE)
KINDS: dict[str, Literal["code", "markdown"]] = {"": "code", "[markdown]": "markdown"}


@frozen
class Cell:
    """A cell of a notebook."""

    kind: Literal["code", "markdown"]
    text: str


def cells_of(script: str) -> tuple[Cell, ...]:
    """The cells of a script; ``ValueError`` where it does not keep to the form."""
    head, *rest = MARKER.split(script)
    if head.strip():
        raise ValueError(f"an example begins with '# %%'; found {head.strip().splitlines()[0]!r}")
    cells: list[Cell] = []
    for named, text in zip(rest[::2], rest[1::2], strict=True):
        kind = KINDS[named.strip()]
        cells.append(Cell(kind, text.strip("\n") if kind == "code" else uncommented(text.strip("\n"))))
    return tuple(cells)


def uncommented(text: str) -> str:
    """What the comments say."""
    lines = text.splitlines()
    if wrong := [line for line in lines if line != "#" and not line.startswith("# ")]:
        raise ValueError(f"a markdown cell holds comments only; found {wrong[0]!r}")
    return "\n".join(line[2:] for line in lines)


def notebook(script: str) -> bytes:
    """The notebook of a script, as Jupyter would write it: format 4.5, without outputs."""
    cells: list[dict[str, object]] = []
    for number, cell in enumerate(cells_of(script), 1):
        made: dict[str, object] = {"cell_type": cell.kind}
        if cell.kind == "code":
            made["execution_count"] = None
        made |= {"id": f"cell-{number}", "metadata": {}}
        if cell.kind == "code":
            made["outputs"] = []
        cells.append({**made, "source": cell.text.splitlines(keepends=True)})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return format(encode(whole), indent=1) + b"\n"


def recording_of(script: Path) -> Path:
    """Where the script keeps its recording."""
    return script.parent / "recordings" / f"{script.stem}.jsonl"


@contextmanager
def loaded(script: Path) -> Iterator[ModuleType]:
    """The script as a module, imported but not run as a program."""
    name = f"example_{script.stem}"
    spec = importlib.util.spec_from_file_location(name, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where its classes look for the names in their hints
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[name]


def run_of(module: ModuleType) -> Callable[[], Outcome]:
    """What every example has: ``run``."""
    run: object = vars(module).get("run")

    def checked() -> Outcome:
        assert callable(run)
        outcome: object = run()
        assert isinstance(outcome, Outcome)
        return outcome

    return checked


if __name__ == "__main__":
    for path in SCRIPTS:
        path.with_suffix(".ipynb").write_bytes(notebook(path.read_text("utf-8")))
        print(path.with_suffix(".ipynb").relative_to(ROOT))
