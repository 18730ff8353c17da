"""Walking and emptying a folder that a hostile program filled.

No link is followed, each step is taken from an open folder, and neither depth nor number overwhelms us: what is
looked at is bounded, and what lies deep is removed by moving it up.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count, islice
from typing import Literal, TypeAlias

from attrs import frozen

MAX_DEPTH = 16
"""How many folders deep files are looked for."""

MAX_ENTRIES = 10_000
"""How many files and folders are looked at."""

Kind: TypeAlias = Literal["file", "folder", "link", "other"]


@frozen
class Entry:
    """Something in a folder, by its path from there."""

    path: str
    info: os.stat_result

    @property
    def kind(self) -> Kind:
        return kind_of(self.info.st_mode)


def kind_of(mode: int) -> Kind:
    """What a system's mode says that something is."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def open_folder(name: str, parent: int | None = None) -> int:
    """Open a folder that is no link; its descriptor is yours to close."""
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)


def open_below(root: int, folders: Sequence[str]) -> int:
    """Open the folder at the end of these steps from ``root``; a link on the way is an ``OSError``."""
    fd = open_folder(".", root)
    for folder in folders:
        try:
            inner = open_folder(folder, fd)
        finally:
            os.close(fd)
        fd = inner
    return fd


def open_file(root: int, path: str) -> int:
    """Open a regular file for reading; ``OSError`` where it is none, or lies behind a link."""
    *folders, name = path.split("/")
    parent = open_below(root, folders)
    try:
        # A pipe would block without O_NONBLOCK, and is refused below.
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    finally:
        os.close(parent)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise OSError(0, "it is no regular file", path)


def entries(root: int) -> list[Entry]:
    """What lies below ``root``, sorted by path: at most ``MAX_ENTRIES``, at most ``MAX_DEPTH`` deep."""
    with closing(_below(root, "", MAX_DEPTH)) as found:
        return sorted(islice(found, MAX_ENTRIES), key=lambda entry: entry.path)


def _below(parent: int, prefix: str, depth: int) -> Generator[Entry, None, None]:
    with suppress(OSError), _opened(prefix, parent) as fd, os.scandir(fd) as found:
        for item in found:
            entry = Entry(prefix + item.name, item.stat(follow_symlinks=False))
            yield entry
            if entry.kind == "folder" and depth:
                yield from _below(fd, f"{entry.path}/", depth - 1)


@contextmanager
def _opened(prefix: str, parent: int) -> Iterator[int]:
    fd = open_folder(os.path.basename(prefix.rstrip("/")) or ".", parent)
    try:
        yield fd
    finally:
        os.close(fd)


def empty(root: int) -> None:
    """Remove all that lies below ``root``, as far as we may; O(entries) steps, three open descriptors at a time."""
    os.fchmod(root, 0o700)
    fd = open_folder(".", root)
    mark, numbers = secrets.token_hex(8), count()
    stuck: set[str] = set()
    try:
        while names := set(os.listdir(fd)) - stuck:
            for name in names:
                try:
                    _remove(fd, name, (f"{mark}-{number}" for number in numbers))
                except OSError:
                    stuck.add(name)
    finally:
        os.close(fd)


def _remove(fd: int, name: str, fresh: Iterator[str]) -> None:
    """Remove a file, or a folder whose own folders are moved up into ``fd`` first, under fresh names."""
    with suppress(IsADirectoryError, PermissionError):  # which of them a folder gives depends on the system
        os.unlink(name, dir_fd=fd)
        return
    os.chmod(name, 0o700, dir_fd=fd)
    inner = open_folder(name, fd)
    try:
        with os.scandir(inner) as found:
            for item in list(found):
                if item.is_dir(follow_symlinks=False):
                    os.chmod(item.name, 0o700, dir_fd=inner)  # to move a folder is to write its `..`
                    os.rename(item.name, next(fresh), src_dir_fd=inner, dst_dir_fd=fd)
                else:
                    os.unlink(item.name, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=fd)
