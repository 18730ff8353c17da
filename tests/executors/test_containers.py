"""What only containers have: one that stays for a session, and an engine that may be gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Protocol

import anyio
import anyio.lowlevel
import pytest

from tests.executors import machinery
from tests.executors.conftest import Engines
from tests.executors.running import Watching, containers_left, processes_with, run
from typedagents import CodeBlock, CodeLimits, ExecutorUnavailable, RunCode
from typedagents.core.code import Exited, LimitHit, Signalled, TimedOut
from typedagents.executors import CommandLineExecutor, docker_executor, podman_executor
from typedagents.executors.lifeline import lifeline

pytestmark = [pytest.mark.engines, pytest.mark.anyio, pytest.mark.usefixtures("no_folder_left")]


@pytest.fixture(params=["docker", "podman"])
def live(request: pytest.FixtureRequest, engines: Engines) -> CommandLineExecutor:
    """An executor whose containers stay, over each engine."""
    if request.param == "docker":
        return docker_executor(machinery.IMAGE, socket=engines.get("docker", machinery.docker), live=True)
    return podman_executor(machinery.IMAGE, socket=engines.get("podman", machinery.podman), live=True)


class Maker(Protocol):
    """``docker_executor`` and its like."""

    def __call__(self, image: str = ..., *, socket: str, live: bool) -> CommandLineExecutor: ...


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
            found = await sandbox.exec(argv, stdin=b"", env={}, limits=CodeLimits(), watch=lambda chunk: None)
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


@pytest.mark.parametrize("stays", [False, True], ids=["fresh", "live"])
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
