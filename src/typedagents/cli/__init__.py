"""The command line: ``typedagents run``, ``chat``, ``replay``, ``resume``, ``show``, ``demo``, ``doctor``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

NEEDS = ("cyclopts", "rich")
EXIT_CONFIG = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (``typedagents --help`` lists them)."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        print(
            f"typedagents: the command line needs {' and '.join(missing)}: pip install 'typedagents[cli]'",
            file=sys.stderr,
        )
        return EXIT_CONFIG
    from .app import run_app

    return run_app(sys.argv[1:] if arguments is None else arguments)
