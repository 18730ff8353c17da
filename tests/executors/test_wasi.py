"""WebAssembly: what programs do in it, what hostile ones try, and what goes wrong around it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.executors.running import Watching, run
from typedagents import CodeBlock, CodeLimits, ExecutorUnavailable, RunCode
from typedagents.core.code import MIB, Exited, Signalled, TimedOut
from typedagents.executors import CommandLineExecutor, Wasi

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]
EMPTY_MODULE = b"\0asm\1\0\0\0"


async def test_exits_files_and_bytes_in_wasi(wasi: CommandLineExecutor) -> None:
    code = "import sys; open('made', 'w').write('7'); print('e', file=sys.stderr); sys.stdout.buffer.write(b'\\xff\\0')"
    result = await run(wasi, code, "import sys; print(open('made').read()); sys.exit(3)")
    assert (result.blocks[0].stdout.data, result.blocks[0].stderr.text) == (b"\xff\0", "e\n")
    assert (result.blocks[1].end, result.blocks[1].stdout.text) == (Exited(3), "7\n")
    assert [(artefact.path, artefact.data) for artefact in result.artefacts] == [("made", b"7")]


async def test_blocks_import_each_other_and_read_what_is_given(wasi: CommandLineExecutor) -> None:
    blocks = (
        CodeBlock("python", "X = 5", "lib/x.py"),
        CodeBlock("python", "import os, sys, lib.x; print(lib.x.X, sys.stdin.read(), os.environ['A'])"),
    )
    result = await wasi.run(RunCode(blocks, stdin=b"given", env=(("A", "b"),)), Watching())
    assert result.blocks[1].stdout.text == "5 given b\n"


async def test_what_goes_wrong_in_wasi_is_told(wasi: CommandLineExecutor) -> None:
    assert (await run(wasi, "import os; os.abort()")).blocks[0].end == Signalled(6)
    large = "f = open('big', 'wb')\nfor _ in range(50): f.write(bytes(1 << 20)); f.flush()"
    result = await run(wasi, large, limits=CodeLimits(file_bytes=10 * MIB))
    assert "File too large" in result.text
    assert all(artefact.size <= 10 * MIB for artefact in result.artefacts)
    slept = await run(wasi, "import time\nprint('a')\ntime.sleep(600)", limits=CodeLimits(wall_s=1))
    assert (slept.blocks[0].end, slept.blocks[0].stdout.text) == (TimedOut(1), "a\n")


async def test_javascript_goes_on_to_its_end(wasi: CommandLineExecutor) -> None:
    if "javascript" not in wasi.capabilities.languages:
        pytest.skip("QuickJS is not installed")
    code = """
const late = setTimeout(() => console.log("never"), 10);
clearTimeout(late);
setTimeout(word => console.log(word), 20, "late");
(async () => { await null; console.log("soon"); })();
console.error("aside", typeof require);
"""
    (block,) = (await run(wasi, code, language="javascript")).blocks
    assert (block.end, block.stdout.text, block.stderr.text) == (
        Exited(0),
        "soon\nlate\n",
        "aside undefined\n",
    )
    deep = await run(wasi, "const f = () => f(); f();", language="javascript")
    assert deep.blocks[0].end == Signalled(11)
    assert "call stack exhausted" in deep.text


@pytest.mark.parametrize(
    "code",
    [
        "open('SECRET').read()",
        "open('../../../../../../SECRET').read()",
        "open('/etc/shadow').read()",
        "open('/../../etc/passwd').read()",
        "import os; os.symlink('/etc', 'link'); os.listdir('link/..')",
        "import os; os.symlink('../..', 'link'); print(os.listdir('link'))",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.kill(1, 0)",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import ctypes",
        "import threading; threading.Thread(target=print).start()",
        "open('/dev/mem')",
        "open('/proc/self/environ')",
        "open('/var/tmp/made-by-wasi', 'w')",
        "import os; os.environ['OPENAI_API_KEY']",
    ],
)
async def test_what_programs_try_in_wasi(
    wasi: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as secret:
        secret.write(b"very-secret")
        secret.flush()
        os.chmod(secret.name, 0o644)
        result = await run(wasi, code.replace("SECRET", secret.name))
    assert result.blocks[0].end == Exited(1), result.text
    assert "very-secret" not in result.text
    assert "made-by-wasi" not in os.listdir("/var/tmp")


async def test_a_module_that_is_none_is_told(wasi: CommandLineExecutor, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wasm"
    executor = CommandLineExecutor(Wasi(python=str(bad)))
    with pytest.raises(ExecutorUnavailable, match=r"cannot read .*bad\.wasm"):
        await run(executor, "print(1)")
    bad.write_text("no module")
    with pytest.raises(ExecutorUnavailable, match=r"cannot compile .*bad\.wasm"):
        await run(executor, "print(1)")
    bad.write_bytes(EMPTY_MODULE)
    with pytest.raises(ExecutorUnavailable, match=r"could not be started in WebAssembly .*_start"):
        await run(executor, "print(1)")


async def test_compiled_modules_lie_where_nobody_else_writes(
    wasi: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "typedagents" / "wasm"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ExecutorUnavailable, match=r"others may write to .*; make it yours alone: chmod 700"):
        await run(wasi, "print(1)")


async def test_a_damaged_module_is_not_the_program_s_fault(
    wasi: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    empty = tmp_path / "empty.wasm"
    empty.write_bytes(EMPTY_MODULE)
    factory = Wasi(python=str(empty))
    os.truncate(await factory.compiled("python3"), 9)
    with pytest.raises(ExecutorUnavailable, match="could not be started in WebAssembly"):
        await run(CommandLineExecutor(factory), "print(1)")
