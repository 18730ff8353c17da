"""Work folders: private, written and read without ever following a link that a program may have left there."""

from __future__ import annotations

import os
import stat
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from hashlib import sha256
from itertools import islice
from mimetypes import guess_type
from threading import Lock
from typing import TypeVar

import anyio
from attrs import define, field, frozen

from typedagents.core.code import Artefact, CodeLimits
from typedagents.core.errors import ExecutorError, ExecutorUnavailable

from .sandbox import FileInfo, Interpreted, Job, SafePath
from .tree import Entry, empty, entries, open_below, open_file, open_folder

MAX_ARTEFACTS = 1000
FEW, LITTLE = 8, 1 << 16
"""How many files, and bytes in them, are gone through in less time than a thread takes to begin."""

NOBODY = 65534
T = TypeVar("T")


def drops_to() -> int | None:
    """The user that programs run as when we are root; None where we are somebody else anyway."""
    return NOBODY if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def barrier(path: str) -> str | None:
    """The first folder on the way to ``path`` that a user without rights may not pass, if there is one."""
    steps = os.path.realpath(path).split(os.sep)
    for number in range(1, len(steps) + 1):
        folder = os.sep.join(steps[:number]) or os.sep
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return folder
    return None


def _mark(info: os.stat_result) -> tuple[int, int, int]:
    """What changes when a file is written anew."""
    return (info.st_ino, info.st_size, info.st_mtime_ns)


def _shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


@define(eq=False)
class Loan:
    """A folder of the user's that belongs to the one without rights while sandboxes are open over it.

    When the last of them is closed the folder is given back. What programs made in it stays theirs, and ready for the
    next of them; what else lies in it was never lent.
    """

    _lock: Lock = field(factory=Lock, init=False)
    _borrowers: int = field(default=0, init=False)
    _lender: tuple[int, int] = field(default=(0, 0), init=False)

    def begin(self, fd: int, owner: int) -> None:
        """Lend it, unless it is lent already."""
        with self._lock:
            if not self._borrowers:
                about = os.fstat(fd)
                self._lender = (about.st_uid, about.st_gid)
                os.fchown(fd, owner, owner)
            self._borrowers += 1

    def end(self, fd: int) -> None:
        """One sandbox less."""
        with self._lock:
            self._borrowers -= 1
            if not self._borrowers:
                os.fchown(fd, *self._lender)


def _let_go(path: str, fd: int, owner: int | None, loan: Loan | None) -> None:
    if loan is None:
        empty(fd)
        with suppress(OSError):
            os.rmdir(path)
    elif owner is not None:
        loan.end(fd)
    os.close(fd)


@define(eq=False)
class WorkFolder:
    """A folder for one sandbox. ``loan``: it is the user's own, never emptied and not removed at the end.

    It is held open as ``fd``: a program that puts a link in the folder's own place does not lead us elsewhere.
    """

    path: str
    fd: int
    owner: int | None
    loan: Loan | None = None
    _known: dict[str, tuple[int, int, int]] = field(factory=dict, init=False)
    _end: weakref.finalize[[str, int, int | None, Loan | None], WorkFolder] = field(init=False)

    def __attrs_post_init__(self) -> None:
        # At the latest when Python ends, so that a session nobody closed leaves nothing behind either.
        self._end = weakref.finalize(self, _let_go, self.path, self.fd, self.owner, self.loan)

    @classmethod
    def make(cls, folder: str | None = None, loan: Loan | None = None) -> WorkFolder:
        """A new private folder, or ``folder`` of the user's; either is for the user that programs run as."""
        owner = drops_to()
        wanted = folder or os.path.join(tempfile.gettempdir(), "")
        if folder:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        if owner is not None and (closed := barrier(os.path.dirname(os.path.realpath(wanted)))):
            raise ExecutorUnavailable(
                f"programs run as a user without rights, who cannot reach {wanted}: {closed} is closed to others",
                f"use another folder (TMPDIR says where private ones go), or open that one: chmod o+x {closed}",
            )
        path = os.path.realpath(folder or tempfile.mkdtemp(prefix="typedagents-"))
        fd = open_folder(path)
        loan = (loan or Loan()) if folder else None
        if owner is not None and loan is not None:
            loan.begin(fd, owner)
        elif owner is not None:
            os.fchown(fd, owner, owner)
        made = cls(path, fd, owner, loan)
        made._known.update((entry.path, _mark(entry.info)) for entry in entries(fd))
        return made

    def write(self, path: SafePath, data: bytes) -> None:
        """Put a file there, in folders of its own if need be; a link in their way is an error of kind ``path``."""
        *folders, name = path.text.split("/")
        try:
            self._make_folders(folders)
            fd = open_below(self.fd, folders)
            try:
                self._known[path.text] = self._replace(fd, name, data)
            finally:
                os.close(fd)
        except (FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
            raise ExecutorError(f"cannot write {path}: {error.strerror}", kind="path") from error
        except OSError as error:
            raise ExecutorError(f"cannot write {path} into the work folder: {error.strerror}") from error

    def _make_folders(self, folders: list[str]) -> None:
        for number, folder in enumerate(folders):
            fd = open_below(self.fd, folders[:number])
            try:
                os.mkdir(folder, 0o700, dir_fd=fd)
                if self.owner is not None:
                    os.chown(folder, self.owner, self.owner, dir_fd=fd, follow_symlinks=False)
            except FileExistsError:
                os.close(open_folder(folder, fd))
            finally:
                os.close(fd)

    def _replace(self, fd: int, name: str, data: bytes) -> tuple[int, int, int]:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=fd)  # a link or a pipe of this name goes; what it points to is not touched
        out = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=fd)
        with os.fdopen(out, "wb") as file:
            file.write(data)
            file.flush()
            if self.owner is not None:
                os.fchown(file.fileno(), self.owner, self.owner)
            return _mark(os.fstat(file.fileno()))

    def read(self, path: SafePath, max_bytes: int) -> bytes:
        """A regular file's content; ``ExecutorError`` where there is none, or more than ``max_bytes``."""
        try:
            with os.fdopen(open_file(self.fd, path.text), "rb") as file:
                data = file.read(max_bytes + 1)
        except OSError as error:
            raise ExecutorError(f"cannot read {path}: {error.strerror}", kind="path") from error
        if len(data) > max_bytes:
            raise ExecutorError(f"{path} holds more than {max_bytes} bytes", kind="path")
        return data

    def listing(self) -> tuple[FileInfo, ...]:
        """What is there, links and pipes included, which are never opened."""
        return tuple(
            FileInfo(_shown(entry.path), entry.info.st_size, entry.kind) for entry in entries(self.fd)
        )

    def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """The regular files that are new or changed since the last time; contents up to the limit in all."""
        left, found = limits.artefact_bytes, list[Artefact]()
        for entry in entries(self.fd):
            if entry.kind != "file" or self._known.get(entry.path) == _mark(entry.info):
                continue
            self._known[entry.path] = _mark(entry.info)
            if len(found) < MAX_ARTEFACTS and (artefact := self._artefact(entry, left)):
                found.append(artefact)
                left -= len(artefact.data)
        return tuple(found)

    def _artefact(self, entry: Entry, left: int) -> Artefact | None:
        shown, size = _shown(entry.path), entry.info.st_size
        mime = guess_type(shown)[0] or ""
        if size > left:
            return Artefact(shown, size, "", mime)
        try:
            with os.fdopen(open_file(self.fd, entry.path), "rb") as file:
                data = file.read(size)
        except OSError:
            return None
        return Artefact(shown, size, sha256(data).hexdigest(), mime, data)

    @property
    def small(self) -> bool:
        """Whether it is gone through so fast that nobody has to wait for it in a thread."""
        with os.scandir(self.fd) as items:
            first = list(islice(items, FEW + 1))
        if len(first) > FEW or any(item.is_dir(follow_symlinks=False) for item in first):
            return False
        return sum(item.stat(follow_symlinks=False).st_size for item in first) <= LITTLE

    def clear(self) -> None:
        """Remove all that is in it, unless it is the user's own."""
        if self.loan is None:
            self._known.clear()
            empty(self.fd)

    def remove(self) -> None:
        """Let go of it, and remove it unless it is the user's own; a second time does nothing."""
        self._end()


async def _beside(folder: WorkFolder, work: Callable[[], T]) -> T:
    """Do this without keeping the event loop from what else it has to do."""
    return work() if folder.small else await anyio.to_thread.run_sync(work)


@asynccontextmanager
async def work_folder(path: str | None, loan: Loan) -> AsyncIterator[WorkFolder]:
    """A work folder that is gone afterwards, unless ``path`` names one of the user's."""
    folder = await anyio.to_thread.run_sync(WorkFolder.make, path, loan) if path else WorkFolder.make()
    try:
        yield folder
    finally:
        try:
            with anyio.CancelScope(shield=True):
                await _beside(folder, folder.remove)
        finally:
            folder.remove()  # at once, where a second cancellation came through the shield


@frozen
class FolderSandbox:
    """The half of a sandbox that is its files, for those whose files lie on this machine."""

    folder: WorkFolder

    async def interpret(self, language: str, code: str, job: Job) -> Interpreted | None:
        """Nothing goes on here between two blocks but the files."""
        return None

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Put a file into the work folder."""
        self.folder.write(path, data)

    async def read_file(self, path: SafePath, max_bytes: int) -> bytes:
        """A regular file of the work folder."""
        return await anyio.to_thread.run_sync(self.folder.read, path, max_bytes)

    async def list_files(self) -> tuple[FileInfo, ...]:
        """What is in the work folder."""
        return await anyio.to_thread.run_sync(self.folder.listing)

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """What programs left in the work folder since the last time."""
        return await _beside(self.folder, partial(self.folder.collect, limits))

    async def reset(self) -> None:
        """Empty the work folder."""
        await anyio.to_thread.run_sync(self.folder.clear)
