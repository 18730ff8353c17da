"""What a block of code says of itself, and small changes to it before it runs."""

from __future__ import annotations

from pathlib import Path

from typedagents.autogen.layer.code.scripts import silence_pip
from typedagents.policies.coding.programs import filename_in

__all__ = ["silence_pip"]


def _get_file_name_from_content(code: str, workspace_path: Path) -> str | None:
    """The file that the first line names (``# filename: plot.py``), relative to the folder; ``ValueError`` if outside."""
    name = filename_in(code)
    if name is None:
        return None
    workspace = workspace_path.resolve()
    path = (workspace / name).resolve()
    if not path.is_relative_to(workspace):
        raise ValueError(f"Filename is not in the workspace: {name}")
    return str(path.relative_to(workspace))
