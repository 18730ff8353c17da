"""Monty: what is particular to it, and what hostile programs try in it."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from tests.executors.running import Watching, run
from typedagents import CodeBlock, CodeLimits, ExecutorError, RunCode
from typedagents.core.code import Exited
from typedagents.executors import CodeOutput, CommandLineExecutor, SafePath

pytestmark = pytest.mark.anyio


async def test_variables_go_on_in_a_session_of_monty(monty: CommandLineExecutor) -> None:
    await run(monty, "x = 5", session="s")
    assert (await run(monty, "x += 1", "print(x)", session="s")).blocks[1].stdout.text == "6\n"
    assert "NameError" in (await run(monty, "print(x)")).text
    await monty.aclose()
    assert "NameError" in (await run(monty, "print(x)", session="s")).text
    await monty.aclose()


async def test_a_flood_ends_the_session_s_variables_and_says_so(monty: CommandLineExecutor) -> None:
    await run(monty, "x = 5", session="s")
    flooded = await run(
        monty, "while True: print('x' * 10000)", session="s", limits=CodeLimits(output_bytes=1000)
    )
    assert "its variables with it" in flooded.text
    assert "NameError" in (await run(monty, "print(x)", session="s")).text
    await monty.aclose()


async def test_monty_sleeps_no_time_and_sends_no_values(monty: CommandLineExecutor) -> None:
    code = "import time\ntime.sleep(600)\nprint('awake')\n'a' * (100 << 20)"
    result = await run(monty, code, limits=CodeLimits(wall_s=5))
    assert (result.blocks[0].end, result.blocks[0].stdout.text) == (Exited(0), "awake\n")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('/etc/shadow').read()", "PermissionError"),
        ("open('made', 'w').write('x')", "PermissionError"),
        ("import subprocess", "ModuleNotFoundError"),
        ("import socket", "ModuleNotFoundError"),
        ("import ctypes", "ModuleNotFoundError"),
        ("import os\nos.fork()", "AttributeError"),
        ("import os\nprint(os.environ)\n1 / 0", "{'A': 'b'}"),
        ("import os\nprint(os.getenv('OPENAI_API_KEY', 'none'))\n1 / 0", "none"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError"),
        ("eval('(' * 10000)", "SyntaxError"),
        ("x = [", "SyntaxError"),
        ("raise SystemExit('why')", ""),
    ],
)
async def test_what_programs_try_in_monty(
    monty: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    result = await monty.run(RunCode((CodeBlock("python", code),), env=(("A", "b"),)), Watching())
    assert result.blocks[0].end == Exited(1)
    assert said in result.text
    assert "secret" not in result.text


async def test_a_quiet_exit_is_one_in_monty(monty: CommandLineExecutor) -> None:
    assert (await run(monty, "print(1)\nraise SystemExit")).blocks[0].end == Exited(0)


async def test_a_session_of_monty_keeps_its_blocks(monty: CommandLineExecutor) -> None:
    async with monty.factory.open() as sandbox:
        await sandbox.write_file(SafePath("a.html"), b"<p>")
        assert [file.path for file in await sandbox.list_files()] == ["a.html"]
        assert await sandbox.read_file(SafePath("a.html"), 3) == b"<p>"
        with pytest.raises(ExecutorError, match="at most 2 bytes"):
            await sandbox.read_file(SafePath("a.html"), 2)
        await sandbox.reset()
        assert await sandbox.list_files() == ()


async def test_what_a_program_prints_is_shown_while_it_goes_on(monty: CommandLineExecutor) -> None:
    shown = Watching()
    code = "print('begun')\nwhile True: pass"
    request = RunCode((CodeBlock("python", code),), CodeLimits(wall_s=20))
    async with anyio.create_task_group() as group:
        group.start_soon(monty.run, request, shown)
        while not shown.shown:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert shown.shown == [CodeOutput("stdout", "begun\n")]


async def test_more_programs_at_once_than_there_are_interpreters(monty: CommandLineExecutor) -> None:
    said = dict[int, str]()

    async def say(number: int) -> None:
        code = f"x = 0\nfor i in range(100000): x += {number}\nprint(x)"
        result = await run(monty, code, limits=CodeLimits(wall_s=60))
        said[number] = result.blocks[0].stdout.text

    async with anyio.create_task_group() as group:
        for number in range(80):
            group.start_soon(say, number)
    assert said == {number: f"{number * 100_000}\n" for number in range(80)}
