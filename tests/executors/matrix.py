"""What programs can do in each executor, found out by trying: `python -m tests.executors.matrix` writes the docs page.

An attempt prints `open` where it came through, and `absent` where the language has no such thing to try it with;
anything else is a sandbox that held. The column of pods is written where the programs of a cluster are
(TYPEDAGENTS_KUBERNETES).
"""

from __future__ import annotations

import os
import platform
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, TypeAlias

import anyio
import pytest
from attrs import frozen

from tests.executors.conftest import BACKENDS, Engines, on_monty, on_wasi
from tests.executors.running import run
from typedagents import CodeLimits
from typedagents.core.code import MIB
from typedagents.executors import CommandLineExecutor

PAGE = Path(__file__).resolve().parents[2] / "docs/isolation.md"
LIMITS = CodeLimits(wall_s=30, memory_bytes=256 * MIB, processes=40, file_bytes=20 * MIB, output_bytes=20_000)


Held: TypeAlias = Literal["stopped", "not stopped", "no such thing"]


@frozen
class Attempt:
    """Something a program tries. The codes may name PORT, of a listener on this machine, and SECRET, a file there."""

    what: str
    python: str
    javascript: str = "print('absent')"
    limit: str = ""
    """What a sandbox names as unenforced where it does not stop this."""

    def code(self, language: str) -> str:
        """The program. It says that it began, so that one that does not parse is not taken for one that was stopped."""
        form, text = FORMS[language], self.javascript if language == "javascript" else self.python
        return form.replace("TEXT", text.replace("\n", "\n    "))


FORMS = {
    "python": """\
print('tried')
try:
    TEXT
except (ImportError, AttributeError, NameError): print('absent')
""",
    "javascript": """\
import * as std from "qjs:std";
import * as os from "qjs:os";
const print = console.log;
const reads = path => { if (std.loadFile(path) !== null) print("open"); };
const writes = (path, size) => {
    const file = std.open(path, "w");
    if (file === null) throw new Error("refused");
    file.puts("x".repeat(size));
    file.close();
    if (os.stat(path)[0].size >= size) print("open");
};
print("tried");
try {
    TEXT
} catch (error) {
    if (!(error instanceof TypeError)) throw error;
    print("absent");
}
""",
}
CALL = "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\n"
NAMESPACES = "namespaces made by the program"
ATTEMPTS = (
    Attempt("read a file of the host", "open('SECRET').read()\nprint('open')", "reads('SECRET');"),
    Attempt("read /etc/shadow", "open('/etc/shadow').read()\nprint('open')", "reads('/etc/shadow');"),
    Attempt(
        "write to /var/tmp or /etc of the host", "open('BESIDE', 'w').write('x')", "writes('BESIDE', 1);"
    ),
    Attempt(
        "connect to a port of the host",
        "import socket\nline = socket.socket()\nline.settimeout(2)\nline.connect(('127.0.0.1', PORT))\nprint('open')",
        "os.connect('127.0.0.1', PORT); print('open');",
        "network",
    ),
    Attempt(
        "see processes of the host",
        "import os\nif len([p for p in os.listdir('/proc') if p.isdigit()]) > 5: print('open')",
        "if (os.readdir('/proc')[0].filter(name => /^\\d+$/.test(name)).length > 5) print('open');",
    ),
    Attempt(
        "become root in a namespace",
        f"{CALL}if c.unshare(0x10000000) == 0: print('open')",
        limit=NAMESPACES,
    ),
    Attempt(
        "mount a file system", f"{CALL}if c.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0: print('open')"
    ),
    Attempt(
        "take more memory than allowed",
        "held = b'x' * (600 << 20)\nprint('open')",
        "const held = new ArrayBuffer(600 << 20); print('open');",
    ),
    Attempt(
        "start more processes than allowed",
        "import os, time\nfor _ in range(200):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n"
        "print('open')",
        "for (let n = 0; n < 200; n++) os.exec(['sleep', '60'], { block: false }); print('open');",
    ),
    Attempt(
        "write a larger file than allowed",
        "open('big', 'wb').write(bytes(60 << 20))\nprint('open')",
        "writes('big', 60 << 20);",
    ),
    Attempt(
        "fill temporary memory",
        "for n in range(100): open(f'/dev/shm/MARK{n}', 'wb').write(bytes(1 << 20))\nprint('open')",
        "for (let n = 0; n < 100; n++) writes(`/dev/shm/MARK${n}`, 1 << 20);",
    ),
)


@frozen
class Column:
    """An executor, and the language that is tried in it."""

    make: Callable[[Engines], CommandLineExecutor]
    language: str = "python"


COLUMNS: Mapping[str, Column] = {
    **{name: Column(make) for name, make in BACKENDS.items()},
    "wasi python": Column(on_wasi),
    "wasi javascript": Column(on_wasi, "javascript"),
    "monty": Column(on_monty),
}


def seen(executor: CommandLineExecutor, language: str = "python") -> dict[str, Held]:
    """What came of each attempt."""
    found: dict[str, Held] = {}
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        secret = Path(stack.enter_context(tempfile.NamedTemporaryFile(dir="/var/tmp")).name)
        secret.chmod(0o644)
        beside = secret.with_name(f"{secret.name}-beside")
        names = {"PORT": str(listener.getsockname()[1]), "SECRET": str(secret), "BESIDE": str(beside)}
        names["MARK"] = secret.name
        for attempt in ATTEMPTS:
            code = attempt.code(language)
            for name, value in names.items():
                code = code.replace(name, value)
            said = _said(executor, code, language)
            assert said[:1] == ["tried"], f"{attempt.what}: the program did not begin"
            through = "open" in said or beside.exists()
            found[attempt.what] = (
                "not stopped" if through else "no such thing" if "absent" in said else "stopped"
            )
            beside.unlink(missing_ok=True)
            for left in Path("/dev/shm").glob(f"{secret.name}*"):
                left.unlink()
    return found


def _said(executor: CommandLineExecutor, code: str, language: str) -> list[str]:
    async def go() -> list[str]:
        result = await run(executor, code, language=language, limits=LIMITS)
        return result.blocks[0].stdout.text.split()

    return anyio.run(go)


def page(columns: dict[str, dict[str, Held]], missing: list[str]) -> str:
    """The page of the docs."""
    who = "as root" if os.geteuid() == 0 else "as a user without rights"
    lines = [
        "# What executors stop",
        "",
        "This page is written by `python -m tests.executors.matrix`, which runs each attempt in each executor that works on",
        f"the machine it is run on, here {platform.system()} on {platform.machine()}, {who}. What is not stopped by",
        "`LocalExecutor` is why it has to be asked for by `accept_no_isolation=True`. A container or a namespace shares the",
        "kernel with the machine: against those who attack the kernel itself, use a machine of its own. `no such thing`:",
        "the language has nothing to try that with there.",
        "",
        f"| a program tries to | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for attempt in ATTEMPTS:
        cells = (
            column[attempt.what].replace("not stopped", "**not stopped**") for column in columns.values()
        )
        lines.append(f"| {attempt.what} | {' | '.join(cells)} |")
    if "kubernetes" in columns:
        lines += [
            "",
            "What pods reach in the network is the cluster's to say: the one that was tried leads nowhere.",
        ]
    lines += ["", *[f"Not there when this was written: {one}." for one in missing]]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Try everything, and write the page."""
    columns: dict[str, dict[str, Held]] = {}
    missing: list[str] = []
    engines = Engines()
    with engines.stack:
        for name, column in COLUMNS.items():
            try:
                columns[name] = seen(column.make(engines), column.language)
            except pytest.skip.Exception as reason:
                missing.append(f"{name}: {reason}")
    PAGE.write_text(page(columns, missing), encoding="utf-8")


if __name__ == "__main__":
    main()
