"""What only containers have: one that stays for a session, and an engine that may be gone."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketStream
from attrs import define, field

from tests.executors import machinery
from tests.executors.conftest import Engines
from tests.executors.running import Watching, containers_left, processes_with, run
from typedagents import CodeBlock, CodeLimits, ExecutorUnavailable, RunCode
from typedagents.core.code import Exited, LimitHit, Signalled, TimedOut
from typedagents.executors import CommandLineExecutor, Job, docker_executor, podman_executor
from typedagents.executors.containers.lifeline import lifeline

pytestmark = [pytest.mark.engines, pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]


class Maker(Protocol):
    """``docker_executor`` and its like."""

    def __call__(self, image: str = ..., *, socket: str, live: bool) -> CommandLineExecutor: ...


@pytest.fixture(params=["docker", "podman"])
def made_by(request: pytest.FixtureRequest, engines: Engines) -> tuple[str, Maker]:
    """Each engine's socket, and what makes an executor over it."""
    if request.param == "docker":
        return engines.get("docker", machinery.docker), docker_executor
    return engines.get("podman", machinery.podman), podman_executor


@pytest.fixture
def live(made_by: tuple[str, Maker]) -> CommandLineExecutor:
    """An executor whose containers stay, over each engine."""
    socket, maker = made_by
    return maker(machinery.IMAGE, socket=socket, live=True)


async def container_of(executor: CommandLineExecutor) -> str:
    """Which container a session of this executor runs in."""
    result = await run(executor, "import os; print(os.uname().nodename)", session="s")
    return result.blocks[0].stdout.text.strip()


async def test_the_programs_of_a_session_share_a_container(live: CommandLineExecutor) -> None:
    async with live:
        first = await container_of(live)
        await run(live, "open('/tmp/kept', 'w').write('yes')", session="s")
        assert (await run(live, "print(open('/tmp/kept').read())", session="s")).blocks[
            0
        ].stdout.text == "yes\n"
        assert await container_of(live) == first
        assert len(containers_left(live)) == 1
        assert "No such file" in (await run(live, "open('/tmp/kept')")).text
        await run(live, "1", session="s", limits=CodeLimits(processes=10))
        assert await container_of(live) != first
    assert containers_left(live) == []


async def test_a_reset_ends_the_container_and_empties_the_folder(live: CommandLineExecutor) -> None:
    async with live.factory.open() as sandbox:
        for code, end in (("touch /tmp/x here", 0), ("ls /tmp/x here", 0), ("ls /tmp/x", 1), ("ls here", 1)):
            if end == 1:
                await sandbox.reset()
                assert containers_left(live) == []
            argv = ("sh", "-c", code)
            found = await sandbox.exec(Job(argv))
            assert found == Exited(end)


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("while True: pass", TimedOut(1.0)),
        ("while True: print('x' * 1000)", LimitHit("output")),
        (
            "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nos.kill(os.getppid(), 9)",
            Signalled(9),
        ),
    ],
    ids=["late", "flood", "deserter"],
)
async def test_what_had_to_be_stopped_or_leaves_something_takes_its_container_along(
    live: CommandLineExecutor, code: str, end: object
) -> None:
    async with live:
        first = await container_of(live)
        limits = CodeLimits(wall_s=1.0 if isinstance(end, TimedOut) else 60.0, output_bytes=10_000)
        assert (await run(live, code, session="s", limits=limits)).blocks[0].end == end
        assert containers_left(live) == []
        assert await container_of(live) != first


async def test_no_program_touches_the_first_process(live: CommandLineExecutor) -> None:
    code = (
        "import os, signal\nfor n in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):\n"
        "    try: os.kill(1, n)\n    except PermissionError: print('refused')\n"
        "try: open('/proc/1/mem', 'rb')\nexcept PermissionError: print('closed')"
    )
    async with live:
        first = await container_of(live)
        told = (await run(live, code, session="s")).blocks[0].stdout.text
        assert told == "refused\n" * 3 + "closed\n"
        assert await container_of(live) == first


@pytest.fixture(params=["docker", "podman"])
def mortal(request: pytest.FixtureRequest) -> Iterator[tuple[machinery.Service, Maker]]:
    """An engine that a test may end, and what makes an executor over it."""
    docker = request.param == "docker"
    try:
        with (machinery.docker if docker else machinery.podman)() as service:
            yield service, docker_executor if docker else podman_executor
    except machinery.CannotStart as error:
        pytest.skip(str(error))


stays_or_not = pytest.mark.parametrize("stays", [False, True], ids=["fresh", "live"])


@stays_or_not
async def test_an_engine_that_dies_under_a_program_is_told_and_nothing_is_left(
    mortal: tuple[machinery.Service, Maker], *, stays: bool
) -> None:
    service, maker = mortal
    executor = maker(machinery.IMAGE, socket=service.socket, live=stays)

    class Killer(Watching):
        def emit(self, observation: object, /) -> None:
            os.kill(service.pid, signal.SIGKILL)

    block = CodeBlock("python", "print('up', flush=True)\nimport time\ntime.sleep(600)", "doomed.py")
    with pytest.raises(ExecutorUnavailable, match=r"does not answer at .*; start it"):
        await executor.run(RunCode((block,)), Killer())
    with anyio.fail_after(20):
        while processes_with("doomed.py"):  # our end of it is closed, and its shell hears of that
            await anyio.lowlevel.checkpoint()


@define
class Slow:
    """What stands between us and an engine: it holds requests for a container back until told, and then has it made.

    Whoever asked may be gone by then. An engine that has much to do is like that, at moments that no test can choose.
    """

    engine: str
    asked: anyio.Event = field(factory=anyio.Event)
    told: anyio.Event = field(factory=anyio.Event)
    made: anyio.Event = field(factory=anyio.Event)
    removed_before: bool = False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve, and say where."""
        with tempfile.TemporaryDirectory(prefix="slow-", dir="/tmp") as folder:
            path = f"{folder}/s.sock"
            async with await anyio.create_unix_listener(path) as listener, anyio.create_task_group() as group:
                group.start_soon(listener.serve, self._pass_on)
                yield path
                group.cancel_scope.cancel()

    async def _pass_on(self, client: SocketStream) -> None:
        async with (
            client,
            await anyio.connect_unix(self.engine) as engine,
            anyio.create_task_group() as group,
        ):
            makes = anyio.Event()
            group.start_soon(self._answer, engine, client, makes)
            async for piece in client:
                if piece.startswith(b"DELETE"):
                    self.removed_before = self.removed_before or not self.made.is_set()
                if piece.startswith(b"POST /containers/create"):
                    self.asked.set()
                    await self.told.wait()
                    makes.set()
                await engine.send(piece)
            if makes.is_set():
                await self.made.wait()
            group.cancel_scope.cancel()

    async def _answer(self, engine: SocketStream, client: SocketStream, makes: anyio.Event) -> None:
        async for piece in engine:
            if makes.is_set():
                self.made.set()
            with suppress(anyio.BrokenResourceError):
                await client.send(piece)


@stays_or_not
@pytest.mark.parametrize("times", [1, 2])
async def test_cancelled_while_its_container_is_made_it_is_removed_once_it_is(
    made_by: tuple[str, Maker], times: int, *, stays: bool
) -> None:
    """By asyncio's own means, which come through a shield."""
    socket, maker = made_by
    slow = Slow(socket)
    async with slow.listening() as between:
        doomed = asyncio.create_task(run(maker(machinery.IMAGE, socket=between, live=stays), "print(1)"))
        await slow.asked.wait()
        for _ in range(times):
            doomed.cancel()
            await anyio.wait_all_tasks_blocked()
        slow.told.set()
        with pytest.raises(asyncio.CancelledError):
            await doomed
        await slow.made.wait()
    assert not slow.removed_before
    assert machinery.Service(socket).containers() == []


async def test_a_container_ends_with_the_one_who_made_it(engines: Engines) -> None:
    socket = engines.get("docker", machinery.docker)
    config: dict[str, object] = {
        "Image": machinery.IMAGE,
        "Cmd": ["sh", "-c", "(read -r _ </run/typedagents/alive); exit 7"],
    }
    service = machinery.Service(socket)
    with lifeline() as line, service.client() as client:
        config = {**config, "HostConfig": {"NetworkMode": "none", "Binds": [line.bind]}}
        client.post("/containers/create", params={"name": "tied"}, json=config).raise_for_status()
        client.post("/containers/tied/start").raise_for_status()
        assert client.get("/containers/tied/json").json()["State"]["Running"]
    with service.client() as client:
        assert client.post("/containers/tied/wait").json()["StatusCode"] == 7
        client.delete("/containers/tied").raise_for_status()
