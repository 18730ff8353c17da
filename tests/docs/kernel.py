"""A real Jupyter kernel that runs cells."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from jupyter_client.manager import KernelManager, start_new_kernel


def printed_by(cells: Iterable[str], folder: str | os.PathLike[str] = ".") -> str:
    """What the cells printed, run one after the other in a fresh kernel; ``AssertionError`` where one fails."""
    manager, client = start_new_kernel(startup_timeout=120, cwd=os.fspath(Path(folder)))
    assert isinstance(manager, KernelManager)
    shown: list[dict[str, dict[str, object]]] = []
    try:
        for cell in cells:
            reply = client.execute_interactive(cell, timeout=120, output_hook=shown.append)
            assert reply["content"]["status"] == "ok", shown
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "".join(str(message["content"].get("text", "")) for message in shown)
