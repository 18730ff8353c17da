"""A cache in a folder, which holds one SQLite file."""

from __future__ import annotations

import os
from pathlib import Path

from typedagents.core.errors import ConfigError
from typedagents.providers.caching import sqlite_store

from .kept import Kept

ROOT = ".cache"
FILE = "answers.sqlite"


def folder_of(seed: str | int, root: str | os.PathLike[str] = ROOT) -> Path:
    """The folder of a seed; ``ConfigError`` where the seed is no name of one."""
    name = f"{seed}".strip("/")
    if ".." in Path(name).parts or not Path(name).name:
        raise ConfigError(f"cache_seed names a folder in {root}: a number or a name; found {seed!r:.60}")
    return Path(root) / name


class DiskCache(Kept):
    """A cache in the folder ``seed``, which is made where there is none."""

    def __init__(self, seed: str | os.PathLike[str]) -> None:
        folder = Path(seed)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot keep answers in {folder}: {error}; name another folder") from error
        super().__init__(sqlite_store(folder / FILE))
