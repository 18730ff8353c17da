"""The command line as people and scripts call it: in a process of its own, with pipes or at a terminal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

TARGETS = "tests.cli.targets_for_tests"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


def environment(**more: str) -> dict[str, str]:
    """This process's variables, without those that would change what is tested."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    odd = ("OPENAI_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_", "TYPEDAGENTS_", "OAI_", "AZURE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(odd)}
    return {
        **clean,
        "PYTHONPATH": os.pathsep.join(paths),
        "TERM": "xterm-256color",
        "XDG_CONFIG_HOME": "/nowhere",
        **more,
    }


def line(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "typedagents", *arguments]


def call(
    *arguments: str, folder: Path, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command in ``folder`` to its end, ``typed`` piped into it."""
    return subprocess.run(
        line(*arguments),
        env=environment(**variables),
        cwd=folder,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def traces(folder: Path) -> list[Path]:
    return sorted((folder / ".typedagents/runs").glob("*.jsonl"))


class AtTerminal:
    """A command at a terminal of 80 columns; ``seen`` is all it wrote there."""

    def __init__(self, *arguments: str, folder: Path, **variables: str) -> None:
        pty = pytest.importorskip("pty", reason="terminals as Unix knows them")
        import fcntl
        import termios

        self.seen = ""
        self._mine, its = pty.openpty()
        termios.tcsetwinsize(its, (50, 80))

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            # A shell starts what runs in its background deaf to Ctrl-C, and a terminal's own programs hear it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        self.process = subprocess.Popen(
            line(*arguments),
            env=environment(**variables),
            cwd=folder,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509  # only so does Ctrl-C reach it; no threads run here
        )
        os.close(its)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._mine)

    def until(self, text: str) -> None:
        """Read on until ``text`` was shown, after what was waited for before."""
        start = len(self.seen)
        while text not in self.seen[start:]:
            assert self._read(), f"it ended without {text!r}:\n{self.seen}"

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def code(self) -> int:
        """The exit code, once it has ended."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        assert select.select([self._mine], [], [], PATIENCE_S)[0], f"nothing more came:\n{self.seen}"
        try:
            found = os.read(self._mine, 4096)
        except OSError:  # how Linux says that the other side is closed
            found = b""
        self.seen += found.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(found)
