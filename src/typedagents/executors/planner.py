"""From code blocks to files and commands: one pure plan for all sandboxes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from typing import TypeAlias

from attrs import frozen

from typedagents.core.code import MIB, CodeBlock, CodeLimits
from typedagents.core.errors import ConfigError

from .sandbox import Argv, SafePath

LANGUAGES: dict[str, tuple[str, Argv]] = {
    # Alone with what is installed and what lies beside it: earlier blocks are imported by their file names.
    "python": ("py", ("python3", "-B", "-s", "-u")),
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


VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def installed(path: str) -> tuple[str, ...]:
    """The languages whose command is found on ``path``."""
    return tuple(name for name, (_, argv) in LANGUAGES.items() if shutil.which(argv[0], path=path))


def bad_variable(env: Mapping[str, str]) -> str | None:
    """The first name of an environment that no system can hold, or whose value it cannot."""
    for name, value in env.items():
        if not VARIABLE.fullmatch(name) or (not value.isascii() and not _encodes(value)) or "\0" in value:
            return name
    return None


def _encodes(text: str) -> bool:
    return text.encode("utf-8", "ignore").decode() == text


def bounded(argv: Argv, limits: CodeLimits) -> tuple[Argv, int | None]:
    """The command within its memory, and the bound on its address space.

    Node reserves far more addresses than it uses, so it is told the size of its heap instead.
    """
    if argv and argv[0] == "node":
        return ("node", f"--max-old-space-size={max(1, limits.memory_bytes // MIB)}", *argv[1:]), None
    return argv, limits.memory_bytes


@frozen
class Run:
    """Write the file, then run it by its language's command."""

    language: str
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
    """What to do with one block; ``plan(CodeBlock("html", "<p>", "a.html"))`` is ``Save(SafePath("a.html"), b"<p>")``."""
    language = ALIASES.get(block.language.lower(), block.language.lower())
    ending, argv = LANGUAGES.get(language, (SAVED.get(language, ""), ()))
    if block.to == "save":
        ending, argv = ending or "txt", ()
    if not ending:
        known = ", ".join((*LANGUAGES, *SAVED))
        return Refuse(f"unknown language {block.language or '(none)'}; known are: {known}")
    data = block.code.encode("utf-8", "replace")
    try:
        path = SafePath(block.filename or f"code_{sha256(data).hexdigest()[:16]}.{ending}")
    except ConfigError as error:
        return Refuse(str(error))
    return Run(language, path, data, (*argv, path.text)) if argv else Save(path, data)
