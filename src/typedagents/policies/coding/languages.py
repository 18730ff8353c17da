"""What language a block of code is in: by its label, or from its looks where it has none.

Looks are judged line by line, by patterns that do not change with the version of Python that runs them: a stored run
must find the same blocks wherever it is replayed. They are compiled when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "py": "python",
        "py3": "python",
        "python3": "python",
        "ipython": "python",
        "shell": "sh",
        "js": "javascript",
        "ts": "typescript",
    }
)
"""Other words for the same language."""

LONGEST = 400
"""So many characters of a line are looked at: matching can take the square of that."""

_VERSION = "0123456789."

# Programs by which a shell script is known; what follows the name is no assignment to a variable of that name.
_COMMAND = r"""
    (?: apt | apt-get | awk | bash | brew | cat | cd | chmod | chown | cp | curl | cut | date | df | docker | du
      | echo | env | export | find | git | grep | head | jq | kill | ln | ls | make | mkdir | mv | node | npm | npx
      | pip | printf | ps | pwd | python | rm | rmdir | rsync | sed | set | sh | sort | source | sudo | tail | tar
      | tee | touch | tree | uname | uniq | unzip | uv | wc | wget | which | whoami | xargs | zip
    )[\d.]*(?:\s+(?!\S{0,2}=\s)|$)
    """
_SHELL = r"\./\S | (?:for|while|until|if)\b.*;\s*(?:do|then)\b"
_PYTHON = r"""
      import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*\s*(?:\#.*)?$
    | from\s+[\w.]+\s+import\s+[\w(*]
    | (?:async\s+)?def\s+\w+\s*\(
    | class\s+\w+\s*(?:\(.*\))?\s*:
    | (?:async\s+)?(?:for|while|if|with)\b.*:\s*(?:\#.*)?$
    | try\s*:
    | @\w[\w.]*
    | [rbfRBF]?(?:"{3}|'{3})
    | (?:await\s+|assert\s+|raise\s+)?[A-Za-z_][\w.]*\((?:.*[)(\[{,])?\s*(?:\#.*)?$
    | [A-Za-z_][\w.]*(?:\[.*\])?(?:\s*,\s*\w+)*\s+(?:[-+*/%|&^@]|//|\*\*|<<|>>)?=\s+\S
    | [A-Za-z_]\w*\s*:[^=]*\s=\s+\S
    | [a-z_]\w*=[\[({"'\d]
    """


def language_of(label: str, code: str) -> str:
    """The language of ``code``: that of its label, or what it looks like; empty where nobody can tell."""
    return ALIASES.get(label, label) if label else looks_like(code)


def looks_like(code: str) -> str:
    """``python``, ``sh`` or the interpreter it calls for, judged by its first line that is no comment.

    Empty where that tells nothing, or where a line ends in a semicolon, as in many other languages. ``ls -l`` is a
    command, though Python would take it for a difference.
    """
    lines = [line.rstrip() for line in code.split("\n") if line.strip()]
    if lines and lines[0].startswith("#!"):
        return _interpreter(lines[0][2:])
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    if not lines or any(line.endswith(";") for line in lines):
        return ""
    if _matches(_COMMAND, lines[0]) or _matches(_SHELL, lines[0]):
        return "sh"
    return "python" if _matches(_PYTHON, lines[0]) else ""


def _matches(pattern: str, line: str) -> bool:
    return re.match(pattern, line[:LONGEST], re.VERBOSE) is not None


def _interpreter(shebang: str) -> str:
    """The program that ``#!/usr/bin/env python3`` or ``#!/bin/bash -e`` names."""
    words = [word for word in shebang.split() if not word.startswith("-")]
    programs = [word.rpartition("/")[2].rstrip(_VERSION) for word in words]
    found = next((program for program in programs if program != "env"), "")
    return ALIASES.get(found, found)
