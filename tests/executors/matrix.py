"""What programs can do in each executor, found out by trying: `python -m tests.executors.matrix` writes the docs page.

An attempt prints `open` where it came through; anything else is a sandbox that held.
"""

from __future__ import annotations

import os
import platform
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest
from attrs import frozen

from tests.executors.conftest import BACKENDS, Engines
from tests.executors.running import run
from typedagents import CodeLimits
from typedagents.core.code import MIB
from typedagents.executors import CommandLineExecutor

PAGE = Path(__file__).resolve().parents[2] / "docs/isolation.md"
LIMITS = CodeLimits(wall_s=30, memory_bytes=256 * MIB, processes=40, file_bytes=20 * MIB, output_bytes=20_000)


@frozen
class Attempt:
    """Something a program tries. ``code`` may name PORT, of a listener on this machine, and SECRET, a file there."""

    what: str
    code: str
    limit: str = ""
    """What a sandbox names as unenforced where it does not stop this."""


NAMESPACES = "namespaces made by the program"

ATTEMPTS = (
    Attempt("read a file of the host", "open('SECRET').read()\nprint('open')"),
    Attempt("read /etc/shadow", "open('/etc/shadow').read()\nprint('open')"),
    Attempt("write to /var/tmp or /etc of the host", "open('BESIDE', 'w').write('x')"),
    Attempt(
        "connect to a port of the host", "socket.create_connection(('127.0.0.1', PORT), 2)\nprint('open')"
    ),
    Attempt(
        "see processes of the host",
        "if len([p for p in os.listdir('/proc') if p.isdigit()]) > 5: print('open')",
    ),
    Attempt("become root in a namespace", "if c.unshare(0x10000000) == 0: print('open')", NAMESPACES),
    Attempt("mount a file system", "if c.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0: print('open')"),
    Attempt("take more memory than allowed", "bytearray(600 << 20)\nprint('open')"),
    Attempt(
        "start more processes than allowed",
        "for _ in range(200):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\nprint('open')",
    ),
    Attempt("write a larger file than allowed", "open('big', 'wb').write(bytes(60 << 20))\nprint('open')"),
    Attempt(
        "fill temporary memory",
        "for n in range(100): open(f'/dev/shm/MARK{n}', 'wb').write(bytes(1 << 20))\nprint('open')",
    ),
)
BEGIN = "import ctypes, os, socket, time\nc = ctypes.CDLL(None, use_errno=True)\n"


def seen(executor: CommandLineExecutor) -> dict[str, bool]:
    """For each attempt, whether it was stopped."""
    found: dict[str, bool] = {}
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        secret = Path(stack.enter_context(tempfile.NamedTemporaryFile(dir="/var/tmp")).name)
        secret.chmod(0o644)
        beside = secret.with_name(f"{secret.name}-beside")
        names = {"PORT": str(listener.getsockname()[1]), "SECRET": str(secret), "BESIDE": str(beside)}
        names["MARK"] = secret.name
        for attempt in ATTEMPTS:
            code = BEGIN + attempt.code
            for name, value in names.items():
                code = code.replace(name, value)
            found[attempt.what] = not _came_through(executor, code) and not beside.exists()
            beside.unlink(missing_ok=True)
            for left in Path("/dev/shm").glob(f"{secret.name}*"):
                left.unlink()
    return found


def _came_through(executor: CommandLineExecutor, code: str) -> bool:
    async def go() -> bool:
        return "open" in (await run(executor, code, limits=LIMITS)).blocks[0].stdout.text

    return anyio.run(go)


def page(columns: dict[str, dict[str, bool]], missing: list[str]) -> str:
    """The page of the docs."""
    who = "as root" if os.geteuid() == 0 else "as a user without rights"
    lines = [
        "# What executors stop",
        "",
        "This page is written by `python -m tests.executors.matrix`, which runs each attempt in each executor that works on",
        f"the machine it is run on, here {platform.system()} on {platform.machine()}, {who}. What is not stopped by",
        "`LocalExecutor` is why it has to be asked for by `accept_no_isolation=True`. A container or a namespace shares the",
        "kernel with the machine: against those who attack the kernel itself, use a machine of its own.",
        "",
        f"| a program tries to | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for attempt in ATTEMPTS:
        cells = ("stopped" if column[attempt.what] else "**not stopped**" for column in columns.values())
        lines.append(f"| {attempt.what} | {' | '.join(cells)} |")
    lines += ["", *[f"Not there when this was written: {one}." for one in missing]]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Try everything, and write the page."""
    columns: dict[str, dict[str, bool]] = {}
    missing: list[str] = []
    engines = Engines()
    with engines.stack:
        for name, make in BACKENDS.items():
            try:
                columns[name] = seen(make(engines))
            except pytest.skip.Exception as reason:
                missing.append(f"{name}: {reason}")
    PAGE.write_text(page(columns, missing), encoding="utf-8")


if __name__ == "__main__":
    main()
