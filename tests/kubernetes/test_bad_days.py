"""What goes wrong between us and a cluster, and what a pod is asked to be."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from tests.executors.running import Watching, run
from tests.kubernetes.loopback import SUCCESS, Api, Play, Refusal, ended
from typedagents import CodeBlock, CodeLimits, ExecutorError, ExecutorUnavailable, RunCode
from typedagents.core.code import Exited, LimitHit, Refused, TimedOut
from typedagents.executors import Cluster, CommandLineExecutor, Job, Pods, SafePath
from typedagents.executors.containers.container import KILL_ALL
from typedagents.executors.kubernetes.pods import listed

pytest.importorskip("httpx_ws")
pytestmark = pytest.mark.anyio
FOLDER = Play((b"\x0112 5 now\n", SUCCESS))
"""What is said of a block that was written."""


@asynccontextmanager
async def executor_over(api: Api) -> AsyncIterator[CommandLineExecutor]:
    """An executor over the interface."""
    async with api.listening() as cluster:
        yield CommandLineExecutor(Pods(cluster, "image", start_s=30))


async def unavailable(api: Api) -> str:
    """Why a program could not be run."""
    async with executor_over(api) as executor:
        with pytest.raises(ExecutorUnavailable) as caught:
            await run(executor, "print(1)")
    assert [heard.method for heard in api.heard][-1] == "DELETE" or "POST" in api.refusals
    return str(caught.value)


def waiting(reason: str) -> dict[str, object]:
    """The status of a pod whose container does not start."""
    return {
        "phase": "Pending",
        "containerStatuses": [{"state": {"waiting": {"reason": reason, "message": "because"}}}],
    }


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (waiting("ErrImagePull"), "the pod does not start: ErrImagePull: because"),
        (waiting("ImagePullBackOff"), "the pod does not start: ImagePullBackOff: because"),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "no room"},
            "the pod does not start: Evicted: no room",
        ),
        ({"phase": "Succeeded"}, "the pod does not start: nobody said why"),
    ],
)
async def test_a_pod_that_does_not_start_says_why(status: dict[str, object], said: str) -> None:
    starting = waiting("ContainerCreating")
    assert said in await unavailable(Api(statuses=deque([{}, starting, status])))


async def test_a_pod_that_nobody_has_room_for_is_given_up() -> None:
    condition = {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes"}
    api = Api(statuses=deque([{"phase": "Pending", "conditions": [condition]}]))
    async with api.listening() as cluster:
        executor = CommandLineExecutor(Pods(cluster, "image", start_s=0.2))
        with pytest.raises(ExecutorUnavailable, match="does not start: Unschedulable: 0/1 nodes"):
            await run(executor, "print(1)")
    assert api.heard[-1].method == "DELETE"


@pytest.mark.parametrize(
    ("method", "said"), [("POST", "make a pod"), ("GET", "look at a pod"), ("EXEC", "run in a pod")]
)
async def test_a_cluster_that_refuses_is_heard(method: str, said: str) -> None:
    refusals = {method: Refusal(403, "tester may not do that")}
    assert f"could not {said}: tester may not do that" in await unavailable(Api(refusals=refusals))


@pytest.mark.parametrize(
    ("play", "status", "said"),
    [
        (
            Play((b"\x01half",), "break"),
            {"phase": "Failed", "reason": "Evicted", "message": "disk"},
            "Evicted: disk",
        ),
        (Play((b"\x01half",), "close"), {"phase": "Running"}, "it did not say how the program ended"),
        (Play((b"",), "close"), {"phase": "Running"}, "it did not say how the program ended"),
        (
            Play((b'\x03{"status":"Failure","message":"no such container"}',)),
            {"phase": "Running"},
            "could not be run in the pod: no such container",
        ),
    ],
)
async def test_a_pod_that_is_lost_is_not_the_program_s_fault(
    play: Play, status: dict[str, object], said: str
) -> None:
    api = Api(statuses=deque([{"phase": "Running"}, status]), plays=deque([FOLDER, play]))
    assert said in await unavailable(api)


async def test_a_cluster_that_is_not_there_is_named() -> None:
    async with Api().listening() as cluster:
        gone = cluster
    with pytest.raises(ExecutorUnavailable, match=r"the cluster at http://127\.0\.0\.1:\d+ does not answer"):
        await run(CommandLineExecutor(Pods(gone, "image")), "print(1)")
    with pytest.raises(ExecutorUnavailable, match="does not answer"):
        gone.ping()


async def test_programs_that_take_too_long_are_ended_in_the_pod() -> None:
    api = Api(plays=deque([FOLDER, Play((b"\x01said\n",), "hang")]))
    async with executor_over(api) as executor:
        result = await run(executor, "while True: pass", limits=CodeLimits(wall_s=0.3))
    assert (result.blocks[0].end, result.blocks[0].stdout.text) == (TimedOut(0.3), "said\n")
    assert api.scripts()[2].endswith(KILL_ALL)


async def test_programs_that_say_too_much_are_ended_in_the_pod() -> None:
    api = Api(plays=deque([FOLDER, Play((b"\x02" + b"x" * 70_000,), "hang")]))
    async with executor_over(api) as executor:
        result = await run(executor, "x", limits=CodeLimits(output_bytes=100))
    assert (result.blocks[0].end, len(result.blocks[0].stderr.data)) == (LimitHit("output"), 100)
    assert api.scripts()[2].endswith(KILL_ALL)


@pytest.mark.parametrize("when", range(1, 5))
async def test_cancelled_the_pod_is_removed(when: int) -> None:
    """Cancelled when so many things were asked."""
    api = Api(plays=deque([FOLDER, Play((), "hang")]))
    async with executor_over(api) as executor:
        with anyio.CancelScope() as scope:
            api.hears = lambda number: scope.cancel() if number == when else None
            await run(executor, "while True: pass")
    assert scope.cancelled_caught
    assert [heard.method for heard in api.heard].count("DELETE") == 1


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("times", [1, 2])
async def test_cancelled_while_the_pod_is_made_it_is_removed_once_it_is(times: int) -> None:
    """By asyncio's own means, which come through a shield."""
    told, asked = anyio.Event(), anyio.Event()
    api = Api(held={"POST": told}, hears=lambda number: asked.set())
    async with executor_over(api) as executor:
        doomed = asyncio.create_task(run(executor, "print(1)"))
        await asked.wait()
        for _ in range(times):
            doomed.cancel()
            await anyio.wait_all_tasks_blocked()
        assert [heard.method for heard in api.heard] == ["POST"]
        told.set()
        with pytest.raises(asyncio.CancelledError):
            await doomed
    assert [heard.method for heard in api.heard][:3] == ["POST", "POST heeded", "DELETE"]


async def test_what_stands_in_a_block_s_way_refuses_it() -> None:
    api = Api(plays=deque([Play((ended(3),))]))
    async with executor_over(api) as executor:
        async with executor.factory.open() as sandbox:
            await sandbox.write_file(SafePath("first"), b"1")
            assert [one.path for one in await sandbox.list_files()] == ["first"]
            assert await sandbox.read_file(SafePath("first"), 5) == b"1"
            assert await sandbox.collect(CodeLimits()) == ()
            with pytest.raises(ExecutorError, match="cannot read second"):
                await sandbox.read_file(SafePath("second"), 5)
            await sandbox.reset()
            assert await sandbox.list_files() == ()
        assert api.heard == []
        blocks = (CodeBlock("sh", "true"), CodeBlock("sh", "true", "folder"))
        api.plays = deque([FOLDER, Play(), Play(), Play((ended(3),))])
        result = await executor.run(RunCode(blocks), Watching())
    assert [type(block.end) for block in result.blocks] == [Exited, Refused]
    assert "a folder or a link is in its way" in result.text


async def test_files_of_a_pod_are_listed_and_read() -> None:
    listing = (
        b"81a4 7 5 t1\n./new.txt\0"
        b"81a4 8 5 t2\n./old\0"
        b"41ed 9 0 t\n./d\0"
        b"a1ff 9 9 t\n./l\0"
        b"11a4 9 0 t\n./p\0"
        b"81a4 6 99999999999 t\n./sparse\0"
        b"81a4 5 2 t\n./two\nlines\xff\0"
        b"rubbish\0"
        b"81a4 7 5 t\n./cut"
    )
    assert [(one.info.path, one.info.kind, one.info.size) for one in listed(listing)] == [
        ("new.txt", "file", 5),
        ("old", "file", 5),
        ("d", "folder", 0),
        ("l", "link", 9),
        ("p", "other", 0),
        ("sparse", "file", 99999999999),
        ("two\nlines\ufffd", "file", 2),
    ]
    api = Api()
    async with api.listening() as cluster, Pods(cluster, "image").open() as sandbox:
        api.plays = deque([Play(), Play()])
        watched: list[object] = []
        await sandbox.exec(Job(("true",), watch=watched.append))
        api.plays = deque(
            [Play((b"\x01" + listing, SUCCESS)), Play((b"\x01hello", b"\x01again", b"\x0112", SUCCESS))]
        )
        found = await sandbox.collect(CodeLimits())
        assert [(one.path, one.size, one.data) for one in found] == [
            ("new.txt", 5, b"hello"),
            ("old", 5, b"again"),
            ("sparse", 99999999999, b""),
            ("two\nlines\ufffd", 2, b"12"),
        ]
        api.plays = deque([Play((b"\x01" + listing, SUCCESS))])
        assert await sandbox.collect(CodeLimits()) == ()
        api.plays = deque([Play((b"\x01" + listing, SUCCESS)), Play((b"\x01hello", SUCCESS))])
        assert len(await sandbox.list_files()) == 7
        assert await sandbox.read_file(SafePath("new.txt"), 5) == b"hello"
        api.plays = deque([Play((ended(3),))])
        with pytest.raises(ExecutorError, match=r"cannot read new\.txt"):
            await sandbox.read_file(SafePath("new.txt"), 5)
        await sandbox.reset()
        assert "-delete" in api.scripts()[-1]


async def test_a_pod_has_no_rights_and_no_name_of_ours() -> None:
    api = Api()
    async with executor_over(api) as executor:
        await run(executor, "print(1)", limits=CodeLimits(memory_bytes=1 << 28))
    pod = json.loads(api.heard[0].body)
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert pod["metadata"]["labels"] == {"typedagents": "sandbox"}
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] >= 1_000_000
    assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
    assert spec["activeDeadlineSeconds"] == 3600
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"] == str(1 << 28)
    assert api.heard[2].offered == ("v5.channel.k8s.io", "v4.channel.k8s.io")
    assert "print" not in api.heard[2].path


def test_what_is_not_promised_is_said() -> None:
    cluster = Cluster("http://127.0.0.1:1")
    assert Pods(cluster).capabilities.unenforced == ("network",)
    assert Pods(cluster, user=1234).capabilities.unenforced == ("network", "processes")
    assert "secret" not in repr(Cluster("http://x", headers={"Authorization": "Bearer secret"}))
