"""What programs do, well or badly, on every executor: ended as configured, reported truly, nothing left behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from tests.executors.running import Watching, containers_left, processes_with, run
from typedagents import CodeBlock, CodeLimits, ExecutorUnavailable, RunCode
from typedagents.core.code import MIB, Exited, LimitHit, Refused, Saved, Signalled, TimedOut
from typedagents.core.errors import ExecutorError
from typedagents.executors import CodeOutput, CommandLineExecutor, Job, LocalExecutor, SafePath

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]

ORPHAN = """\
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '7654.25'])
    os._exit(0)
os.wait()
"""


async def test_an_exit_code_ends_the_request_and_streams_stay_apart(executor: CommandLineExecutor) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    result = await run(executor, code, "print('never')")
    (block,) = result.blocks
    assert (block.end, block.stdout.text, block.stderr.text) == (Exited(3), "out\n", "err\n")
    assert result.text == "exitcode: 3 (execution failed)\nCode output: out\nerr"


async def test_blocks_run_one_after_the_other(executor: CommandLineExecutor) -> None:
    result = await run(executor, "_ = open('x', 'w').write('7')", "print(open('x').read())")
    assert [block.stdout.text for block in result.blocks] == ["", "7\n"]
    assert result.text == "exitcode: 0 (execution succeeded)\nCode output: 7"


async def test_a_signal_is_reported_as_one(executor: CommandLineExecutor) -> None:
    result = await run(executor, "import os; os.kill(os.getpid(), 11)")
    assert result.blocks[0].end == Signalled(11)
    assert result.exit_code == 139


async def test_a_program_that_ignores_signals_is_stopped_and_its_output_kept(
    executor: CommandLineExecutor,
) -> None:
    code = (
        "import signal\nfor s in (15, 2, 1): signal.signal(s, signal.SIG_IGN)\n"
        "print('before', flush=True)\nwhile True: pass"
    )
    result = await run(executor, code, limits=CodeLimits(wall_s=0.7))
    assert result.blocks[0].end == TimedOut(0.7)
    assert result.blocks[0].stdout.text == "before\n"
    assert result.exit_code == 124


@pytest.mark.parametrize(
    "start",
    ["import subprocess; subprocess.Popen(['sleep', '7654.25'])", ORPHAN],
    ids=["child", "orphan in a session of its own"],
)
async def test_what_a_program_leaves_running_is_ended(executor: CommandLineExecutor, start: str) -> None:
    result = await run(executor, f"{start}\nprint('done')")
    assert (result.blocks[0].end, result.blocks[0].stdout.text) == (Exited(0), "done\n")
    assert processes_with("7654.25") == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="counts a whole user's processes")
async def test_forks_are_limited(executor: CommandLineExecutor) -> None:
    code = (
        "import os, time\nn = 0\ntry:\n    while n < 300:\n        if os.fork() == 0:\n"
        "            time.sleep(60)\n            os._exit(0)\n        n += 1\nexcept OSError:\n    print(n)"
    )
    result = await run(executor, code, limits=CodeLimits(processes=40))
    assert 0 < int(result.blocks[0].stdout.text) <= 40


async def test_memory_is_limited(executor: CommandLineExecutor) -> None:
    result = await run(executor, "x = bytearray(600 << 20)", limits=CodeLimits(memory_bytes=256 * MIB))
    assert "MemoryError" in result.blocks[0].stderr.text


async def test_a_flood_is_stopped_and_its_head_and_tail_are_kept(executor: CommandLineExecutor) -> None:
    code = "import sys\nsys.stdout.write('first')\nwhile True: sys.stdout.write('x' * 65536)"
    result = await run(executor, code, limits=CodeLimits(output_bytes=10_000))
    block = result.blocks[0]
    assert block.end == LimitHit("output")
    assert block.stdout.data.startswith(b"first")
    assert len(block.stdout.data) == 10_000
    assert block.stdout.dropped > 0


async def test_both_streams_may_flood(executor: CommandLineExecutor) -> None:
    code = (
        "import sys\nfor _ in range(3000):\n    sys.stdout.write('o' * 100)\n    sys.stderr.write('e' * 100)"
    )
    result = await run(executor, code, limits=CodeLimits(output_bytes=100_000))
    block = result.blocks[0]
    assert block.end == Exited(0)
    assert {block.stdout.dropped, block.stderr.dropped} == {200_000}


async def test_any_bytes_are_taken(executor: CommandLineExecutor) -> None:
    if executor.capabilities.stateful:
        pytest.skip("what a kernel writes is text")
    result = await run(executor, r"import sys; sys.stdout.buffer.write(b'\xff\xfe\x00\x80')")
    assert result.blocks[0].stdout.data == b"\xff\xfe\x00\x80"
    assert "\ufffd" in result.blocks[0].stdout.text


async def test_the_host_s_environment_is_not_there(
    executor: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    result = await run(executor, "import os; print(dict(os.environ))")
    assert "sk-very-secret" not in result.text


async def test_large_files_are_limited(executor: CommandLineExecutor) -> None:
    code = "f = open('big', 'wb')\nfor _ in range(50):\n    f.write(bytes(1 << 20)); f.flush()"
    result = await run(executor, code, limits=CodeLimits(file_bytes=10 * MIB))
    assert result.exit_code != 0
    assert all(artefact.size <= 10 * MIB for artefact in result.artefacts)


async def test_only_regular_files_are_collected(executor: CommandLineExecutor) -> None:
    code = (
        "import os\nopen('report.txt', 'w').write('fine')\nos.symlink('/etc/passwd', 'link.txt')\n"
        "os.symlink('/etc', 'folder')\nos.mkfifo('pipe')\nf = open('sparse', 'wb'); f.truncate(1 << 35)"
    )
    result = await run(executor, code, limits=CodeLimits(file_bytes=1 << 36))
    assert {artefact.path: artefact.data for artefact in result.artefacts} == {
        "report.txt": b"fine",
        "sparse": b"",
    }


async def test_what_lies_in_the_folder_is_told_by_its_kind(executor: CommandLineExecutor) -> None:
    code = (
        "import os\nopen('file', 'w').write('four')\nos.mkdir('folder')\nos.symlink('/etc', 'link')\nos.mkfifo('pipe')\n"
        "try: os.mknod('device', 0o20666, os.makedev(1, 3))\nexcept OSError: pass"
    )
    async with executor.factory.open() as sandbox:
        argv = ("python3", "-c", code)
        await sandbox.exec(Job(argv))
        found = {info.path: info.kind for info in await sandbox.list_files()}
        assert found == {"file": "file", "folder": "folder", "link": "link", "pipe": "other"}
        for path in ("folder", "link", "pipe"):
            with pytest.raises(ExecutorError) as refused:
                await sandbox.read_file(SafePath(path), 100)
            assert refused.value.kind == "path"
        assert await sandbox.read_file(SafePath("file"), 100) == b"four"


@pytest.mark.parametrize("limit", range(100, 106))
async def test_a_character_cut_at_the_limit_is_one_that_is_missing(
    executor: CommandLineExecutor, limit: int
) -> None:
    limits = CodeLimits(output_bytes=limit)
    (block,) = (await run(executor, "print('\u20ac' * 200, end='')", limits=limits)).blocks
    assert (block.end, len(block.stdout.data), block.stdout.dropped) == (Exited(0), limit, 600 - limit)
    assert (
        block.stdout.text.count("\ufffd") <= 3
    )  # of what is cut: one at the head's end, two at the tail's begin


async def test_a_file_put_there_replaces_a_link(executor: CommandLineExecutor, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    first = CodeBlock("python", f"import os; os.symlink({str(victim)!r}, 'next.py')")
    second = CodeBlock("python", "print('second')", "next.py")
    result = await executor.run(RunCode((first, second)), Watching())
    assert result.blocks[1].stdout.text == "second\n"
    assert victim.read_text() == "untouched"


@pytest.mark.parametrize(
    "name",
    ["../pwn.py", "/abs.py", "a/../../b.py", "a\0b", "x" * 300, "-c", "a//b", "~/x", "a\\b"],
    ids=["up", "absolute", "inner up", "nul", "long", "option", "empty piece", "home", "backslash"],
)
async def test_names_that_leave_the_folder_are_refused(executor: CommandLineExecutor, name: str) -> None:
    result = await executor.run(RunCode((CodeBlock("python", "print(1)", name),)), Watching())
    assert isinstance(result.blocks[0].end, Refused)
    assert result.artefacts == ()


async def test_named_files_lie_in_folders(executor: CommandLineExecutor) -> None:
    blocks = (CodeBlock("python", "X = 5", "lib/x.py"), CodeBlock("sh", "cat lib/x.py"))
    result = await executor.run(RunCode(blocks), Watching())
    assert result.blocks[1].stdout.text == "X = 5"


async def test_languages(executor: CommandLineExecutor) -> None:
    assert (await run(executor, "echo $((6 * 7))", language="bash")).blocks[0].stdout.text == "42\n"
    assert isinstance((await run(executor, "<b>x</b>", language="html")).blocks[0].end, Saved)
    unknown = await run(executor, "x", language="cobol")
    assert unknown.blocks[0].text.startswith("unknown language cobol; known are: python")


async def test_a_session_keeps_its_files(executor: CommandLineExecutor) -> None:
    await run(executor, "open('kept', 'w').write('yes')", session="s")
    assert (await run(executor, "print(open('kept').read())", session="s")).blocks[0].stdout.text == "yes\n"
    assert (await run(executor, "print(open('kept').read())")).exit_code == 1
    await executor.aclose()


async def test_output_is_shown_while_it_runs(executor: CommandLineExecutor) -> None:
    call = Watching()
    await executor.run(RunCode((CodeBlock("python", "print('seen')"),)), call)
    assert "".join(piece.text for piece in call.shown if isinstance(piece, CodeOutput)) == "seen\n"


async def test_many_at_once_do_not_mix(executor: CommandLineExecutor) -> None:
    found: dict[int, str] = {}

    async def one(number: int) -> None:
        result = await run(executor, f"import glob; print({number}, len(glob.glob('*')))")
        found[number] = result.blocks[0].stdout.text

    async with anyio.create_task_group() as group:
        for number in range(16):
            group.start_soon(one, number)
    assert found == {number: f"{number} 1\n" for number in range(16)}


async def test_cancelled_nothing_is_left(executor: CommandLineExecutor) -> None:
    started = anyio.Event()

    class Ready(Watching):
        def emit(self, observation: object, /) -> None:
            started.set()

    code = "import subprocess\nsubprocess.Popen(['sleep', '8765.5'])\nprint('up', flush=True)\nimport time; time.sleep(600)"
    async with anyio.create_task_group() as group:
        group.start_soon(executor.run, RunCode((CodeBlock("python", code),)), Ready())
        await started.wait()
        group.cancel_scope.cancel()
    assert processes_with("8765.5") == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_session_outlives_the_loop_that_it_began_in(executor: CommandLineExecutor, backend: str) -> None:
    async def writes() -> str:
        return (await run(executor, "_ = open('x', 'w').write('7')", session="s")).text

    async def reads() -> str:
        return (await run(executor, "print(open('x').read())", session="s")).text

    anyio.run(writes, backend=backend)
    assert anyio.run(reads, backend=backend).endswith("output: 7")
    anyio.run(executor.aclose, backend=backend)


async def test_a_sandbox_that_cannot_be_opened_is_told_of_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor = LocalExecutor(accept_no_isolation=True)
    with monkeypatch.context() as patched:
        patched.delattr(os, "fork")
        with pytest.raises(ExecutorUnavailable, match="POSIX"):
            await run(executor, "print(1)", session="s")
    assert (await run(executor, "print(1)", session="s")).exit_code == 0
    await executor.aclose()


@pytest.mark.parametrize("later", [0, 1, 2, 5, 20])
async def test_cancelled_again_while_it_is_ended_nothing_is_left(
    executor: CommandLineExecutor, later: int
) -> None:
    started = anyio.Event()

    class Ready(Watching):
        def emit(self, observation: object, /) -> None:
            started.set()

    code = "import subprocess, time\nprint('up', flush=True)\nsubprocess.run(['sleep', '8765.75'])"
    doomed = asyncio.create_task(executor.run(RunCode((CodeBlock("python", code),)), Ready()))
    await started.wait()
    for _ in range(2):
        doomed.cancel()
        for _ in range(later):
            await anyio.lowlevel.checkpoint()
    with pytest.raises(asyncio.CancelledError):
        await doomed
    assert processes_with("8765.75") == []
    assert containers_left(executor) == []
