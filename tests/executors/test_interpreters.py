"""Interpreters without a system: what all of them do, in each of their languages; and how they are chosen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import anyio
import pytest
from attrs import frozen

from tests.executors.running import Watching, processes_with, run
from typedagents import CodeBlock, CodeLimits, ExecutorUnavailable, RunCode
from typedagents.core.code import MIB, Exited, LimitHit, Refused, RunEnd, Saved, TimedOut
from typedagents.executors import (
    CodeOutput,
    CommandLineExecutor,
    default_executor,
    executor_named,
    monty_executor,
    probe_monty,
    probe_wasi,
    wasi_executor,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]


@frozen
class Tongue:
    """A language of an interpreter, and how things are said in it."""

    make: Callable[[], CommandLineExecutor]
    language: str
    say: str
    fail: str
    why: str
    flood: str
    hoard: str
    loop: str = "while True: pass"
    number: str = "print(NUMBER)"


PYTHON = "while True: print('x' * 10000)"
TONGUES: Mapping[str, Tongue] = {
    "monty": Tongue(
        monty_executor,
        "python",
        "print('héllo')",
        "1 / 0",
        "ZeroDivisionError: division by zero",
        PYTHON,
        "x = 'a' * (600 << 20)",
    ),
    "wasi python": Tongue(
        wasi_executor,
        "python",
        "print('héllo')",
        "1 / 0",
        "ZeroDivisionError: division by zero",
        PYTHON,
        "bytearray(600 << 20)",
    ),
    "wasi javascript": Tongue(
        wasi_executor,
        "javascript",
        "console.log('héllo')",
        "throw new Error('bad')",
        "Error: bad",
        "while (true) console.log('x'.repeat(10000))",
        "const a = []; while (true) a.push(new Array(100000).fill(1))",
        "while (true);",
        "console.log(NUMBER)",
    ),
}


@pytest.fixture(params=TONGUES)
def tongue(request: pytest.FixtureRequest) -> Tongue:
    """Each language of each interpreter."""
    found = TONGUES[str(request.param)]
    try:
        executor = found.make()
    except ExecutorUnavailable as error:
        pytest.skip(str(error))
    if found.language not in executor.capabilities.languages:
        pytest.skip(f"{found.language} is not installed there")
    return found


async def end_of(tongue: Tongue, code: str, limits: CodeLimits) -> RunEnd:
    """How a program ended."""
    return (await run(tongue.make(), code, language=tongue.language, limits=limits)).blocks[0].end


async def test_it_says_what_it_says_while_it_runs(tongue: Tongue) -> None:
    call = Watching()
    result = await tongue.make().run(RunCode((CodeBlock(tongue.language, tongue.say),)), call)
    assert (result.blocks[0].end, result.blocks[0].stdout.text) == (Exited(0), "héllo\n")
    assert "".join(piece.text for piece in call.shown if isinstance(piece, CodeOutput)) == "héllo\n"
    assert result.artefacts == ()


async def test_an_error_ends_the_request_and_is_shown(tongue: Tongue) -> None:
    result = await run(tongue.make(), tongue.say, tongue.fail, tongue.say, language=tongue.language)
    assert [block.end for block in result.blocks] == [Exited(0), Exited(1)]
    assert tongue.why in result.blocks[1].stderr.text
    assert result.blocks[1].stdout.text == ""


async def test_a_loop_is_stopped(tongue: Tongue) -> None:
    assert await end_of(tongue, tongue.loop, CodeLimits(wall_s=0.7)) == TimedOut(0.7)
    assert await end_of(tongue, tongue.loop, CodeLimits(wall_s=60, cpu_s=1)) == LimitHit("cpu")


async def test_a_flood_is_stopped_and_its_head_and_tail_are_kept(tongue: Tongue) -> None:
    limits = CodeLimits(output_bytes=10_000)
    (block,) = (await run(tongue.make(), tongue.flood, language=tongue.language, limits=limits)).blocks
    assert block.end == LimitHit("output")
    assert len(block.stdout.data) == 10_000
    assert block.stdout.dropped > 0


async def test_memory_is_bounded(tongue: Tongue) -> None:
    limits = CodeLimits(memory_bytes=256 * MIB)
    (block,) = (await run(tongue.make(), tongue.hoard, language=tongue.language, limits=limits)).blocks
    assert block.end == Exited(1)
    assert "memory" in block.stderr.text.lower()


async def test_other_languages_are_refused_and_pages_are_kept(tongue: Tongue) -> None:
    refused = (await run(tongue.make(), "ls", language="sh")).blocks[0].end
    assert isinstance(refused, Refused)
    assert "sh is not installed here; there are: python" in refused.reason
    assert isinstance((await run(tongue.make(), "<p>", language="html")).blocks[0].end, Saved)


async def test_names_that_leave_the_folder_are_refused(tongue: Tongue) -> None:
    block = CodeBlock(tongue.language, tongue.say, "../pwn")
    result = await tongue.make().run(RunCode((block,)), Watching())
    assert isinstance(result.blocks[0].end, Refused)


async def test_many_at_once_do_not_mix(tongue: Tongue) -> None:
    executor, found = tongue.make(), dict[int, str]()

    async def one(number: int) -> None:
        code = tongue.number.replace("NUMBER", str(number))
        found[number] = (await run(executor, code, language=tongue.language)).blocks[0].stdout.text

    async with anyio.create_task_group() as group:
        for number in range(16):
            group.start_soon(one, number)
    assert found == {number: f"{number}\n" for number in range(16)}


async def test_cancelled_it_ends(tongue: Tongue) -> None:
    executor, started = tongue.make(), anyio.Event()
    mark = f"{tongue.number.replace('NUMBER', '8765.5')}\n{tongue.loop}"

    class Ready(Watching):
        def emit(self, observation: object, /) -> None:
            started.set()

    async with anyio.create_task_group() as group:
        block = CodeBlock(tongue.language, mark, "cancelled-8765")
        group.start_soon(executor.run, RunCode((block,)), Ready())
        await started.wait()
        group.cancel_scope.cancel()
    assert processes_with("cancelled-8765") == []
    assert (await run(executor, tongue.say, language=tongue.language)).exit_code == 0


def test_trio_runs_it_too(tongue: Tongue) -> None:
    async def go() -> RunEnd:
        return await end_of(tongue, tongue.say, CodeLimits())

    assert anyio.run(go, backend="trio") == Exited(0)


async def test_it_says_that_it_interprets(tongue: Tongue) -> None:
    about = tongue.make().capabilities
    assert (about.isolation, about.network, about.unenforced) == ("interpreter", False, ())


# --- where they are chosen --------------------------------------------------------------------------------------


def test_where_nothing_else_isolates_webassembly_does(
    wasi: CommandLineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("CONTAINER_HOST", "unix:///nowhere/podman.sock")
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_executor().capabilities.isolation == "interpreter"
    assert probe_wasi().works


def test_what_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    for probe, extra in ((probe_wasi(), "wasi"), (probe_monty(), "monty")):
        assert not probe.works
        assert probe.text.endswith(f"pip install 'typedagents[{extra}]'")


@pytest.mark.parametrize("name", ["wasi", "monty"])
async def test_they_are_had_by_name(name: str, wasi: CommandLineExecutor, monty: CommandLineExecutor) -> None:
    executor = executor_named("wasi" if name == "wasi" else "monty")
    assert (await run(executor, "print(6 * 7)")).blocks[0].stdout.text == "42\n"
