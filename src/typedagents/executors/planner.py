"""From code blocks to files and commands: one pure plan for all sandboxes."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeAlias

from attrs import frozen

from typedagents.core.code import MIB, CodeBlock, CodeLimits
from typedagents.core.errors import ConfigError

from .sandbox import Argv, SafePath

LANGUAGES: dict[str, tuple[str, Argv]] = {
    "python": ("py", ("python3", "-I", "-u")),
    "bash": ("sh", ("bash",)),
    "sh": ("sh", ("sh",)),
    "javascript": ("js", ("node",)),
    "pwsh": ("ps1", ("pwsh", "-NoProfile", "-NonInteractive", "-File")),
}
"""Languages that run: the ending of their files, and the command that takes one."""

ALIASES = {
    "py": "python",
    "python3": "python",
    "shell": "sh",
    "console": "sh",
    "js": "javascript",
    "node": "javascript",
    "powershell": "pwsh",
    "ps1": "pwsh",
}
SAVED = {"html": "html", "css": "css"}
"""Languages that are kept as files and not run."""


SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where the system keeps its programs."""


def bounded(argv: Argv, limits: CodeLimits) -> tuple[Argv, int | None]:
    """The command within its memory, and the bound on its address space.

    Node reserves far more addresses than it uses, so it is told the size of its heap instead.
    """
    if argv and argv[0] == "node":
        return ("node", f"--max-old-space-size={max(1, limits.memory_bytes // MIB)}", *argv[1:]), None
    return argv, limits.memory_bytes


@frozen
class Run:
    """Write the file, then run it."""

    path: SafePath
    data: bytes
    argv: Argv


@frozen
class Save:
    """Write the file, and that is all."""

    path: SafePath
    data: bytes


@frozen
class Refuse:
    """Do neither, for this reason."""

    reason: str


Step: TypeAlias = Run | Save | Refuse


def plan(block: CodeBlock) -> Step:
    """What to do with one block."""
    language = ALIASES.get(block.language.lower(), block.language.lower())
    ending, argv = LANGUAGES.get(language, (SAVED.get(language, ""), ()))
    if not ending:
        known = ", ".join((*LANGUAGES, *SAVED))
        return Refuse(f"unknown language {block.language or '(none)'}; known are: {known}")
    data = block.code.encode("utf-8", "replace")
    try:
        path = SafePath(block.filename or f"code_{sha256(data).hexdigest()[:16]}.{ending}")
    except ConfigError as error:
        return Refuse(str(error))
    return Run(path, data, (*argv, path.text)) if argv else Save(path, data)
