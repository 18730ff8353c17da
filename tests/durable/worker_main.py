"""A worker in a process of its own: `python -m tests.durable.worker_main FOLDER ENGINE WHERE NAME [DIES [TAKES]]`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from tests.durable import work
from tests.durable.work import Doing, world_of
from typedagents.durable.site import Pace, Site
from typedagents.stores.sqlite import SqliteRuns

HEARTBEAT_S = 5.0
"""Short, for the loss of a worker to be noticed soon; longer than a machine with much else to do lets a living one wait."""


@frozen
class NotingRuns(SqliteRuns):
    """Notes what it is about to store."""

    doing: Doing = field(kw_only=True)

    def extend(self, run: str, at: int, lines: Sequence[bytes], /) -> int:
        self.doing.note(f"store {run} {at}")
        return SqliteRuns.extend(self, run, at, lines)


async def serve(folder: Path, engine: str, where: str, name: str, dies: str, takes: str) -> None:
    doing = Doing(folder, float(takes), dies)
    paces = {"paced": Pace(5, at_once=2)}
    site = Site(work.teams, world_of(doing), NotingRuns(folder / "runs.sqlite", doing=doing), paces)
    if engine == "dbos":
        from typedagents.durable.dbos import DbosPlan, dbos_worker

        async with dbos_worker(site, DbosPlan(where, executor=name, polls_s=0.05)):
            (folder / f"ready-{name}").touch()
            await asyncio.Event().wait()
    else:
        from typedagents.durable.temporal import TemporalClient, TemporalPlan, temporal_worker

        plan = TemporalPlan("tests.durable.work", queue=name, heartbeat_s=HEARTBEAT_S)
        client = await TemporalClient.connected(where, queue=name)
        async with temporal_worker(site, plan, client.client):
            (folder / f"ready-{name}").touch()
            await asyncio.Event().wait()


if __name__ == "__main__":
    folder, engine, where, name, dies, takes = (*sys.argv[1:], "", "0")[:6]
    try:
        asyncio.run(serve(Path(folder), engine, where, name, dies, takes))
    finally:
        os._exit(1)
