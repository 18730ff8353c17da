"""What is installed as typedagents, seen from a fresh interpreter."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import typedagents

# The packages that stand on an extra, with what they may import at their top; every other module does without.
EXTRAS = ("cyclopts", "rich", "httpx2", "hypothesis", "pytest", "redis", "xllamacpp")
NEEDS_EXTRAS = ("typedagents.cli", "typedagents.testing")


def module_names() -> Iterator[str]:
    """Yields every module of the package, by looking at folders, importing none of them."""
    yield "typedagents"
    yield from _below(list(typedagents.__path__), "typedagents.")


def _below(path: list[str], prefix: str) -> Iterator[str]:
    for found in pkgutil.iter_modules(path, prefix):
        yield found.name
        if found.ispkg:
            folders = [f"{folder}/{found.name.rpartition('.')[2]}" for folder in path]
            yield from _below(folders, f"{found.name}.")


def printed_by(program: str, *arguments: str) -> str:
    """Returns what a Python program prints in an interpreter of its own; its failure fails the test."""
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
