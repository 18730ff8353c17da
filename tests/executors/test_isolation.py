"""What only the sandbox stops."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.executors import machinery
from tests.executors.conftest import Engines
from tests.executors.matrix import NAMESPACES
from tests.executors.running import run
from typedagents import CodeLimits, ConfigError, ExecutorUnavailable
from typedagents.core.code import Exited
from typedagents.executors import (
    Bubblewrap,
    CommandLineExecutor,
    LocalExecutor,
    default_executor,
    docker_executor,
    executor_named,
    probe_bubblewrap,
    probe_engine,
)
from typedagents.executors.folder import WorkFolder, drops_to

pytestmark = pytest.mark.anyio


async def test_it_sees_the_system_and_nothing_of_ours(bubblewrap: CommandLineExecutor) -> None:
    code = (
        "import os\nprint(sorted(os.listdir('/')))\n"
        "for p in ('/etc/shadow', '/root', '/home', '/var', '/etc/passwd'): assert not os.path.exists(p), p\n"
        "assert len([p for p in os.listdir('/proc') if p.isdigit()]) <= 4"
    )
    result = await run(bubblewrap, code)
    assert result.blocks[0].end == Exited(0), result.text


async def test_it_writes_nowhere_but_in_its_folders(sandbox: CommandLineExecutor) -> None:
    code = (
        "import os\nfor p in ('/x', '/usr/x', '/etc/x', '/dev/x', '/proc/x'):\n"
        "    try: open(p, 'w')\n    except OSError: continue\n    print('wrote', p)\n"
        "_ = open('/tmp/x', 'w'), open('/workspace/y', 'w')"
    )
    result = await run(sandbox, code)
    assert (result.blocks[0].end, result.blocks[0].stdout.text) == (Exited(0), "")
    assert "x" not in os.listdir("/tmp")


async def test_it_reaches_no_network(sandbox: CommandLineExecutor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        code = (
            f"import socket\ntry:\n    socket.create_connection(('127.0.0.1', {port}), 2)\n"
            "except OSError:\n    print('refused')"
        )
        result = await run(sandbox, code)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert result.blocks[0].stdout.text == "refused\n"


async def test_it_makes_no_namespaces_of_its_own(sandbox: CommandLineExecutor) -> None:
    if NAMESPACES in sandbox.capabilities.unenforced:
        pytest.skip("this one says that it does not stop that")
    result = await run(sandbox, "unshare -Ur true && echo made", language="sh")
    assert "made" not in result.text
    assert result.exit_code != 0


async def test_temporary_folders_are_small(sandbox: CommandLineExecutor) -> None:
    code = "for i in range(200):\n    open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 20))"
    result = await run(sandbox, code)
    assert "No space left" in result.blocks[0].stderr.text


async def test_it_has_no_privileges(sandbox: CommandLineExecutor) -> None:
    result = await run(sandbox, "import os; print(os.getuid()); print(open('/proc/self/status').read())")
    text = result.blocks[0].stdout.text
    assert not text.startswith("0\n")
    assert "CapEff:\t0000000000000000" in text


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may look into: pytest's own is closed to those without rights."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_a_folder_of_the_user_s_is_kept(bubblewrap: CommandLineExecutor, open_folder: Path) -> None:
    mine = open_folder / "work"
    executor = CommandLineExecutor(Bubblewrap(str(mine)))
    await run(executor, "open('result.txt', 'w').write('kept')")
    assert (mine / "result.txt").read_text() == "kept"


@pytest.mark.skipif(drops_to() is None, reason="programs run as this very user here")
async def test_a_folder_of_the_user_s_is_lent_and_given_back(
    bubblewrap: CommandLineExecutor, open_folder: Path
) -> None:
    executor = CommandLineExecutor(Bubblewrap(str(open_folder)))
    code = "import os; print(os.stat('.').st_uid == os.getuid()); open('made', 'a').write('x')"

    async def one() -> None:
        assert (await run(executor, code)).blocks[0].stdout.text == "True\n"

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(one)
    await one()
    assert os.lstat(open_folder).st_uid == os.getuid()
    assert os.lstat(open_folder / "made").st_size == 5


@pytest.mark.skipif(drops_to() is None, reason="programs run as this very user here")
def test_a_folder_that_programs_cannot_reach_is_named(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ExecutorUnavailable, match=f"{closed} is closed to others"):
        WorkFolder.make(str(closed / "work"))


def test_trio_runs_it_too(sandbox: CommandLineExecutor) -> None:
    async def go() -> str:
        result = await run(sandbox, "print('trio')", limits=CodeLimits(wall_s=30))
        return result.blocks[0].stdout.text

    assert anyio.run(go, backend="trio") == "trio\n"


def test_no_isolation_has_to_be_accepted_in_so_many_words() -> None:
    with pytest.raises(ConfigError, match="accept_no_isolation=True"):
        LocalExecutor(accept_no_isolation=False)


@pytest.fixture
def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Docker nor Podman is found, nor an engine for WebAssembly."""
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("CONTAINER_HOST", "unix:///nowhere/podman.sock")


@pytest.mark.usefixtures("no_engines")
def test_a_missing_binary_names_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with pytest.raises(
        ExecutorUnavailable, match=r"not installed.*wasmtime.*LocalExecutor\(accept_no_isolation=True\)"
    ):
        default_executor()


@pytest.mark.usefixtures("no_engines")
def test_another_system_names_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(
        ExecutorUnavailable,
        match=r"this is darwin.*docker does not answer.*podman does not answer.*wasmtime.*LocalExecutor",
    ):
        default_executor()
    assert not probe_bubblewrap().works


def test_a_system_without_namespaces_is_recognised(
    monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    refusing = open_folder / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: Creating new namespace failed: No space left on device' >&2\nexit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{open_folder}:{os.environ['PATH']}")
    probe = probe_bubblewrap()
    assert not probe.works
    assert "Creating new namespace failed" in probe.text
    assert "unprivileged_userns_clone" in probe.text


async def test_a_sandbox_that_fails_is_not_the_program_s_fault(bubblewrap: CommandLineExecutor) -> None:
    executor = CommandLineExecutor(Bubblewrap(bwrap="/bin/false"))
    with pytest.raises(ExecutorUnavailable, match="could not start the program"):
        await run(executor, "print(1)")


def test_an_engine_that_is_not_there_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{open_folder}/none.sock")
    executor = docker_executor()

    async def go() -> None:
        await run(executor, "print(1)")

    with pytest.raises(ExecutorUnavailable, match=r"docker does not answer at .*none\.sock.*; start it"):
        anyio.run(go)


def test_an_engine_elsewhere_cannot_share_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    with pytest.raises(ExecutorUnavailable, match=r"tcp://10\.0\.0\.1.*this machine only"):
        docker_executor()


@pytest.mark.engines
def test_where_bubblewrap_is_missing_an_engine_serves(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_path = engines.get("docker", machinery.docker)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{socket_path}")
    assert probe_engine("docker", machinery.IMAGE).works
    assert probe_engine("docker").text.startswith("docker has no image python:3-slim; docker pull")
    assert executor_named("docker").capabilities.isolation == "container"


@pytest.mark.engines
async def test_a_missing_image_is_named(engines: Engines) -> None:
    socket_path = engines.get("docker", machinery.docker)
    with pytest.raises(ExecutorUnavailable, match="docker has no image nobody/nothing:1; docker pull"):
        await run(docker_executor("nobody/nothing:1", socket=socket_path), "print(1)")


async def test_two_event_loops_use_one_executor(sandbox: CommandLineExecutor) -> None:
    async def go(number: int) -> str:
        return (await run(sandbox, f"print({number})")).blocks[0].stdout.text

    def loop(number: int) -> str:
        return anyio.run(go, number)

    found: list[str] = []

    async def one(number: int) -> None:
        found.append(await anyio.to_thread.run_sync(loop, number))

    async with anyio.create_task_group() as group:
        group.start_soon(one, 1)
        group.start_soon(one, 2)
    assert sorted(found) == ["1\n", "2\n"]
