"""What works on this machine, and how to get the rest."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from rich.console import Console
from rich.table import Table
from rich.text import Text

from typedagents import ConfigError, TraceFiles, __version__
from typedagents.executors import probe_bubblewrap
from typedagents.providers.local import find_weights

EXTRAS = {
    "httpx2": ("httpx2", "less CPU a request"),
    "local": ("xllamacpp", "the embedded model's runtime"),
    "testing": ("hypothesis", "random values for tests"),
}
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "TYPEDAGENTS_MODEL")


def findings() -> Iterator[tuple[str, bool, str]]:
    """Each thing looked at, whether it is there, and what that means."""
    yield "typedagents", True, f"{__version__}, Python {platform.python_version()}, {sys.platform}"
    probe = probe_bubblewrap()
    yield f"executor: {probe.name}", probe.works, probe.text
    yield (
        "executor: local",
        hasattr(os, "fork"),
        "no isolation; only by LocalExecutor(accept_no_isolation=True)",
    )
    for extra, (module, purpose) in EXTRAS.items():
        there = find_spec(module) is not None
        yield f"extra: {extra}", there, purpose if there else f"{purpose}: pip install 'typedagents[{extra}]'"
    try:
        weights = find_weights()
        yield "weights", True, str(weights)
    except ConfigError as error:
        yield "weights", False, str(error)
    for name in KEYS:
        yield f"variable: {name}", name in os.environ, "set" if name in os.environ else "not set"
    yield "traces", True, str(TraceFiles().folder.absolute())


def report(console: Console) -> None:
    """Print a table of all findings; values of keys are never shown."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, there, text in findings():
        table.add_row("yes" if there else "no", name, Text(text), style=None if there else "dim")
    console.print(table)
