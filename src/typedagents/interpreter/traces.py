"""Where traces are kept: the protocol of a store, and the two that need nothing: files and memory.

A trace is appended to as the run goes, one write for each step between effects; what was written survives ``kill -9``.
Files are private to their owner (0600, in folders of 0700).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Protocol

from attrs import define, field, frozen

from typedagents.core.errors import ConfigError, TraceError

DEFAULT_FOLDER = ".typedagents/runs"
SUFFIX = ".jsonl"


class TraceWriter(Protocol):
    """An open trace. ``place`` says where it is, for people."""

    @property
    def place(self) -> str: ...
    def append(self, data: bytes, /) -> None:
        """Add whole lines, at once."""
        ...

    def close(self) -> None: ...


class TraceStore(Protocol):
    """Keeps traces by the name of their run."""

    def create(self, run: str, /) -> TraceWriter:
        """A new trace; ``TraceError`` where there is one of this name."""
        ...

    def read(self, run: str, /) -> Sequence[bytes]:
        """Its lines, each with its line break, the last perhaps torn."""
        ...

    def reopen(self, run: str, /) -> TraceWriter:
        """Go on writing after the last whole line; ``TraceError`` while another process writes it."""
        ...


@define
class _FileWriter:
    path: FilePath
    fsync: bool
    _fd: int | None

    @property
    def place(self) -> str:
        return str(self.path)

    def append(self, data: bytes, /) -> None:
        if self._fd is None:
            raise TraceError(f"the trace {self.path} is closed")
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            written = len(data) - len(view)
            if written:  # take it back, so that the trace ends with a whole line
                os.ftruncate(self._fd, os.lseek(self._fd, 0, os.SEEK_END) - written)
            raise TraceError(
                f"cannot write the trace {self.path}: {error.strerror}; what is in it can be resumed"
            ) from error
        if self.fsync:
            os.fsync(self._fd)

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def locked(fd: int) -> bool:
    """Hold an open file against other processes, where the system knows how; False where another holds it.

    The lock ends when the file is closed, by whatever end its process comes to.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unwritable(path: FilePath, error: OSError) -> TraceError:
    return TraceError(f"cannot write a trace at {path}: {error.strerror}; name another folder")


@frozen
class TraceFiles:
    """One JSON Lines file for each run. ``fsync``: survive a loss of power too, at the cost of the disk's time."""

    folder: FilePath = field(default=FilePath(DEFAULT_FOLDER), converter=FilePath)
    fsync: bool = False

    def path_of(self, run: str) -> FilePath:
        """The file of a run: its name in the folder, or the path of any trace file."""
        given = FilePath(run)
        if given.suffix == SUFFIX:
            return given
        if given.name != run or not run or run.startswith("."):
            raise ConfigError(
                f"a run is named by plain words, or by the path of a {SUFFIX} file; found {run!r}"
            )
        return self.folder / f"{run}{SUFFIX}"

    def create(self, run: str, /) -> _FileWriter:
        path = self.path_of(run)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
        writer = self._open(path, os.O_CREAT)
        if path.stat().st_size:
            writer.close()
            raise TraceError(f"there is a trace at {path} already; resume it, or give the run another name")
        return writer  # an empty one is that of a process that died before it wrote anything

    def read(self, run: str, /) -> Sequence[bytes]:
        path = self.path_of(run)
        try:
            return path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError as error:
            raise TraceError(f"no trace at {path}; asked for {run!r}") from error
        except OSError as error:
            raise TraceError(f"cannot read the trace at {path}: {error.strerror}") from error

    def reopen(self, run: str, /) -> _FileWriter:
        path = self.path_of(run)
        writer = self._open(path, 0)
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(path, whole)
        return writer

    def _open(self, path: FilePath, how: int) -> _FileWriter:
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | how, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        if not locked(fd):
            os.close(fd)
            raise TraceError(f"the trace {path} is being written by another process; wait until it is done")
        return _FileWriter(path, self.fsync, fd)


@define
class _MemoryWriter:
    place: str
    _data: bytearray

    def append(self, data: bytes, /) -> None:
        self._data += data

    def close(self) -> None:
        pass


@define(eq=False)
class TraceMemory:
    """Traces in memory, for tests and for those who keep them elsewhere."""

    traces: dict[str, bytearray] = field(factory=dict)

    def create(self, run: str, /) -> _MemoryWriter:
        if run in self.traces:
            raise TraceError(
                f"there is a trace named {run!r} already; resume it, or give the run another name"
            )
        return _MemoryWriter(f"memory:{run}", self.traces.setdefault(run, bytearray()))

    def read(self, run: str, /) -> Sequence[bytes]:
        if run not in self.traces:
            raise TraceError(f"no trace is named {run!r}; there are: {', '.join(self.traces) or 'none'}")
        return bytes(self.traces[run]).splitlines(keepends=True)

    def reopen(self, run: str, /) -> _MemoryWriter:
        self.read(run)
        data = self.traces[run]
        del data[data.rfind(b"\n") + 1 :]
        return _MemoryWriter(f"memory:{run}", data)
