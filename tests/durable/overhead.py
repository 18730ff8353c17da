"""What an adapter costs beside a loop written by hand on the same engine, in the same run: `python -m tests.durable.overhead`."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from attrs import Factory, frozen

from tests.durable import work
from tests.durable.servers import TemporalServer
from tests.durable.work import ONE_BY_ONE
from typedagents.core.registry import teams
from typedagents.durable.orders import ordered
from typedagents.durable.site import Site
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import sqlite_runs

EFFECTS = 200
ROUNDS = 12


Hold = Callable[[str], Awaitable[object]]


@frozen
class Took:
    """Milliseconds an effect, by hand and here, in each round."""

    plain: list[float] = Factory(list)
    ours: list[float] = Factory(list)

    def __str__(self) -> str:
        return ", ".join(
            f"{name} {of(self.plain):.2f} and {of(self.ours):.2f} ms: {of(self.ours) / of(self.plain):.2f}x"
            for name, of in (("best", min), ("median", median))
        )


async def by_turns(plain: Hold, ours: Hold) -> Took:
    """Both in each round, so that what else the machine does strikes both."""
    took = Took()
    for i in range(ROUNDS):
        for label, hold, times in (("plain", plain, took.plain), ("ours", ours, took.ours)):
            began = time.perf_counter()
            await hold(f"{label}-{i}")
            times.append((time.perf_counter() - began) / EFFECTS * 1000)
    return took


def fetched(effect: work.Fetch) -> str:
    return "x" * 20


def site_in(folder: Path) -> Site:
    world = World(work.Fetch.by(fetched), store=None)
    return Site(teams(ONE_BY_ONE), world, sqlite_runs(folder / "runs.sqlite"))


async def on_dbos(folder: Path) -> Took:
    from dbos import DBOS, SetWorkflowID

    from typedagents.durable.dbos import DbosClient, DbosPlan, dbos_worker
    from typedagents.durable.dbos.plan import CONVERSATIONS

    async def step() -> str:
        return "x" * 20

    @DBOS.workflow(name="by_hand")
    async def by_hand(text: str) -> str:
        for i in range(EFFECTS):
            text = await DBOS.run_step_async({"name": f"step{i}"}, step)
        return text

    plan = DbosPlan(f"sqlite:///{folder}/dbos.sqlite", polls_s=0.02)
    async with dbos_worker(site_in(folder), plan), DbosClient.connected(plan) as client:

        async def plain(name: str) -> None:
            with SetWorkflowID(name):
                await DBOS.enqueue_workflow_async(CONVERSATIONS, by_hand, "go")
            handle = await client.client.retrieve_workflow_async(name)
            await handle.get_result(polling_interval_sec=plan.polls_s)

        async def ours(name: str) -> None:
            await client.submit(ordered(ONE_BY_ONE, "go", run=name))
            await client.result(name)

        return await by_turns(plain, ours)


async def on_temporal(folder: Path) -> Took:
    from temporalio.worker import Worker

    from tests.durable.by_hand import ByHand, step
    from typedagents.durable.temporal import TemporalClient, TemporalPlan, temporal_worker

    server = TemporalServer(folder)
    server.start()
    try:
        client = await TemporalClient.connected(server.address, queue="q")
        hand = Worker(client.client, task_queue="hand", workflows=[ByHand], activities=[step])
        async with (
            hand,
            temporal_worker(site_in(folder), TemporalPlan("tests.durable.work", queue="q"), client.client),
        ):

            async def plain(name: str) -> None:
                await (
                    await client.client.start_workflow(
                        "by_hand", EFFECTS, id=name, task_queue="hand", result_type=str
                    )
                ).result()

            async def ours(name: str) -> None:
                await client.submit(ordered(ONE_BY_ONE, "go", run=name))
                await client.result(name)

            return await by_turns(plain, ours)
    finally:
        server.kill()


async def main() -> None:
    for engine, measured in (("dbos", on_dbos), ("temporal", on_temporal)):
        if engine in sys.argv or (engine == "temporal" and shutil.which("temporal") is None):
            continue
        with tempfile.TemporaryDirectory() as folder:
            took = await measured(Path(folder))
        print(f"{engine:9} an effect by hand, and here: {took}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
