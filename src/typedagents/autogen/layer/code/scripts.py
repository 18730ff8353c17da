"""Scripts as a model writes them: what is changed in them before they run, and what is not run."""

from __future__ import annotations

import re

_SHELLS = frozenset({"bash", "shell", "sh", "pwsh", "powershell", "ps1"})
_INSTALLS_IN_PYTHON = re.compile(r"^(! ?pip install)(?! -qqq)", re.MULTILINE)
_INSTALLS = re.compile(r"^(pip install)(?! -qqq)", re.MULTILINE)


def silence_pip(code: str, lang: str) -> str:
    """``code``, in which installing packages says little."""
    if lang == "python":
        return _INSTALLS_IN_PYTHON.sub(r"\1 -qqq", code)
    return _INSTALLS.sub(r"\1 -qqq", code) if lang in _SHELLS else code


_DANGERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\brm\s+-rf\b"), "'rm -rf' is not run"),
    (re.compile(r"\bmv\b.*?\s+/dev/null"), "moving files to /dev/null is not run"),
    (re.compile(r"\bdd\b.*\bof=/dev/"), "'dd' onto a device is not run"),
    (re.compile(r">\s*/dev/sd[a-z][1-9]?"), "writing onto a disk is not run"),
    (re.compile(r":\(\)\{\s*:\|:&\s*\};:"), "fork bombs are not run"),
)


def danger_in(lang: str, code: str) -> str | None:
    """Why this shell script is not run. That a script is run does not mean that it is safe: the sandbox bounds it."""
    if lang.lower() not in _SHELLS:
        return None
    return next((why for pattern, why in _DANGERS if pattern.search(code)), None)
