"""Work folders: private, written and read without ever following a link that a program may have left there."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from mimetypes import guess_type

from attrs import define, field

from typedagents.core.code import Artefact, CodeLimits
from typedagents.core.errors import ExecutorError, ExecutorUnavailable

from .sandbox import SafePath

MAX_ARTEFACTS = 1000
NOBODY = 65534


def drops_to() -> int | None:
    """The user that programs run as when we are root; None where we are somebody else anyway."""
    return NOBODY if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def _prove_reachable(path: str) -> None:
    """``ExecutorUnavailable`` where a user without rights cannot come to ``path``."""
    above = os.path.dirname(os.path.realpath(path))
    while above != os.path.dirname(above):
        if not os.stat(above).st_mode & stat.S_IXOTH:
            raise ExecutorUnavailable(
                f"programs run as a user without rights, who cannot reach {path}: {above} is closed to others",
                f"use another folder, or open that one to passers-by (chmod o+x {above})",
            )
        above = os.path.dirname(above)


@define
class WorkFolder:
    """A folder for one sandbox. ``keep`` names a folder of the user's, which is not removed at the end."""

    path: str
    owner: int | None
    keep: bool = False
    _given: dict[str, str] = field(factory=dict, init=False)

    @classmethod
    def make(cls, folder: str | None = None) -> WorkFolder:
        """A new private folder, or ``folder``, handed over to the user that programs run as."""
        owner = drops_to()
        path = os.path.abspath(folder) if folder else tempfile.mkdtemp(prefix="typedagents-")
        if folder:
            os.makedirs(path, mode=0o700, exist_ok=True)
        if owner is not None:
            _prove_reachable(path)
            os.chown(path, owner, owner)
        return cls(path, owner, keep=folder is not None)

    def write(self, path: SafePath, data: bytes) -> None:
        """Put a file there, in folders of its own if need be; a link in its way is an error."""
        *folders, name = path.text.split("/")
        fd = os.open(self.path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            for folder in folders:
                fd = self._enter(fd, folder)
            self._replace(fd, name, data)
        except OSError as error:
            raise ExecutorError(f"cannot write {path} into the work folder: {error.strerror}") from error
        finally:
            os.close(fd)
        self._given[path.text] = sha256(data).hexdigest()

    def _enter(self, fd: int, folder: str) -> int:
        try:
            os.mkdir(folder, 0o700, dir_fd=fd)
            if self.owner is not None:
                os.chown(folder, self.owner, self.owner, dir_fd=fd, follow_symlinks=False)
        except FileExistsError:
            pass
        inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
        os.close(fd)
        return inner

    def _replace(self, fd: int, name: str, data: bytes) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=fd)  # a link or a pipe of this name goes; what it points to is not touched
        out = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=fd)
        with os.fdopen(out, "wb") as file:
            file.write(data)
            if self.owner is not None:
                os.fchown(file.fileno(), self.owner, self.owner)

    def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """The regular files that programs left: no links, pipes or devices; contents up to the limit in all."""
        left, found = limits.artefact_bytes, list[Artefact]()
        for path in sorted(self._regular_files()):
            if len(found) == MAX_ARTEFACTS:
                break
            artefact = self._read(path, left)
            if artefact is not None:
                found.append(artefact)
                left -= len(artefact.data)
        return tuple(found)

    def _regular_files(self) -> Iterator[str]:
        for folder, _, names, fd in os.fwalk(self.path, follow_symlinks=False):
            for name in names:
                if stat.S_ISREG(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                    yield os.path.relpath(os.path.join(folder, name), self.path)

    def _read(self, path: str, left: int) -> Artefact | None:
        try:
            fd = os.open(os.path.join(self.path, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return None
            if path in self._given and sha256(file.read()).hexdigest() == self._given[path]:
                return None  # what was put there is no artefact, unless it was changed
            file.seek(0)
            data = file.read(left) if about.st_size <= left else b""
        digest = sha256(data).hexdigest() if about.st_size <= left else ""
        return Artefact(path, about.st_size, digest, guess_type(path)[0] or "", data)

    def clear(self) -> None:
        """Remove all that is in it."""
        self._given.clear()
        for entry in os.scandir(self.path):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)

    def remove(self) -> None:
        """Remove it, unless it is the user's own."""
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)
