"""Sandboxes: somewhere to put files and run programs, behind one protocol; and the values it speaks in.

A sandbox knows nothing of code blocks or languages: ``CommandLineExecutor`` plans those and drives any sandbox. Trouble
of the sandbox itself raises ``ExecutorUnavailable``; what a program does is an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, TypeAlias

from attrs import field, frozen

from typedagents.core.code import Artefact, CodeLimits, RunEnd
from typedagents.core.errors import ConfigError

MAX_PATH = 200
MAX_NAME_BYTES = 255
Isolation: TypeAlias = Literal["none", "process", "interpreter", "namespace", "container"]
Argv: TypeAlias = tuple[str, ...]


def _checked(path: str) -> str:
    """``path``, when it stays inside a work folder and cannot be taken for an option."""
    pieces = path.split("/")
    if (
        not path
        or len(path) > MAX_PATH
        or "\0" in path
        or "\\" in path
        or path.startswith(("/", "-", "~"))
        or not path.isprintable()
        or any(piece in ("", ".", "..") or piece.startswith("-") for piece in pieces)
        or any(len(piece.encode()) > MAX_NAME_BYTES for piece in pieces)
    ):
        raise ConfigError(
            f"a file's name is a relative path inside the work folder, up to {MAX_PATH} characters; found {path[:80]!r}"
        )
    return path


@frozen
class SafePath:
    """A relative path that cannot leave the work folder by its own words; links are the sandbox's concern."""

    text: str = field(converter=_checked)

    def __str__(self) -> str:
        return self.text


@frozen
class Capabilities:
    """What a sandbox promises. ``unenforced`` names limits it cannot impose; ``stateful``: files last between runs."""

    isolation: Isolation
    network: bool
    languages: tuple[str, ...]
    stateful: bool = False
    unenforced: tuple[str, ...] = ()


@frozen
class FileInfo:
    """Something in a work folder. ``other``: a pipe, a socket, a device; never opened, as links are not."""

    path: str
    size: int
    kind: Literal["file", "folder", "link", "other"]


@frozen
class Chunk:
    """Bytes a program wrote, as they came."""

    stream: Literal["stdout", "stderr"]
    data: bytes


@frozen
class Job:
    """A program to run: its command, what it reads and finds in its environment, its limits, and who watches its output."""

    argv: Argv
    stdin: bytes = field(default=b"", kw_only=True)
    env: Mapping[str, str] = field(factory=dict, kw_only=True)
    limits: CodeLimits = field(factory=CodeLimits, kw_only=True)
    watch: Callable[[Chunk], None] = field(default=lambda chunk: None, kw_only=True)


@frozen
class Display:
    """Something that a program showed and that is no text: a picture, a table in HTML."""

    mime: str
    data: bytes = field(repr=lambda data: f"<{len(data)} bytes>")


@frozen
class Interpreted:
    """How a block ended in an interpreter that goes on; ``note``: what became of the interpreter, where that matters."""

    end: RunEnd
    note: str = ""
    displays: tuple[Display, ...] = ()


class Sandbox(Protocol):
    """One work folder, and programs that run in it."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def exec(self, job: Job) -> RunEnd:
        """Run a program, show its output as it comes, and say how it ended.

        Nothing it started is left then, nor when the call is cancelled. (A callback and not an iterator: an iterator
        that is dropped half-way would leave the program to the garbage collector.)
        """
        ...

    async def interpret(self, language: str, code: str, job: Job) -> Interpreted | None:
        """Run a block in an interpreter that keeps its variables; None where there is none for this language.

        ``job`` is how the block would be run without one: its limits, its environment and who watches are the same.
        """
        ...

    async def write_file(self, path: SafePath, data: bytes) -> None:
        """Put a file into the work folder, never through a link.

        ``ExecutorError`` of kind ``path`` where what is there already stands in the way.
        """
        ...

    async def read_file(self, path: SafePath, max_bytes: int) -> bytes:
        """A regular file, not through a link; ``ExecutorError`` where it is none or larger than ``max_bytes``."""
        ...

    async def list_files(self) -> tuple[FileInfo, ...]:
        """What is in the work folder, whatever kind it is of."""
        ...

    async def collect(self, limits: CodeLimits) -> tuple[Artefact, ...]:
        """The regular files that programs made or changed since the last time: not what was put there."""
        ...

    async def reset(self) -> None:
        """Empty the work folder, unless it is one of the user's own."""
        ...


class SandboxFactory(Protocol):
    """Opens sandboxes; leaving the context leaves no process and no folder behind.

    A session's sandbox is left in another task than it was entered in, perhaps in another loop: hold no task group
    and no cancel scope open over the ``yield``.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def open(self) -> AbstractAsyncContextManager[Sandbox]: ...
