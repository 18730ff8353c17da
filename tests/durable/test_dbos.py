"""Conversations on DBOS: killed anywhere, answered, paced, forked, and never lost. Seeds are printed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from tests.durable import work
from tests.durable.helping import Workers, asking, many, replayed, timeless, until
from tests.durable.servers import Postgres
from tests.durable.work import ASKING, FETCHING, PACED, PAYING, SHORT, Doing, Fetch, Pay, world_of
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import HumanError
from typedagents.core.registry import teams
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.durable.errors import EngineError
from typedagents.durable.orders import ordered
from typedagents.durable.site import Pace, Site
from typedagents.interpreter.traces import TraceMemory
from typedagents.stores.sqlite import SqliteRuns, sqlite_runs

pytest.importorskip("dbos", reason="DBOS is not installed: pip install 'typedagents[dbos]'")

import psycopg  # comes with it

from typedagents.durable.dbos import DbosClient, DbosPlan, dbos_worker

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]


def plan_in(folder: Path, executor: str = "one") -> DbosPlan:
    return DbosPlan(f"sqlite:///{folder}/dbos.sqlite", executor, polls_s=0.05)


def store_in(folder: Path) -> SqliteRuns:
    return sqlite_runs(folder / "runs.sqlite")


def in_process(team: Team[Fetch | Pay], folder: Path) -> list[bytes]:
    """The lines of the same run without any engine."""
    memory = TraceMemory()
    world_of(Doing(folder)).storing_in(memory).run_sync(team, "go", name="plain")
    return timeless(memory.read("plain"))


@asynccontextmanager
async def held_here(folder: Path, site: Site | None = None) -> AsyncIterator[DbosClient]:
    """A worker in this process, and a client."""
    site = site or Site(work.teams, world_of(Doing(folder)), store_in(folder))
    async with dbos_worker(site, plan_in(folder)), DbosClient.connected(plan_in(folder)) as client:
        yield client


@asynccontextmanager
async def workers_in(folder: Path, url: str = "") -> AsyncIterator[tuple[Workers, DbosClient]]:
    """Workers in processes of their own, to be started and killed, and a client."""
    plan = DbosPlan(url or plan_in(folder).url, polls_s=0.05)
    async with DbosClient.connected(plan) as client:
        with Workers(folder, "dbos", plan.url) as workers:
            yield workers, client


async def finished(client: DbosClient, team: Team[AnyEffect], run: str) -> None:
    await client.submit(ordered(team, "go", run=run))
    await client.result(run)


def test_the_run_is_that_of_a_process_line_for_line(tmp_path: Path, loop: asyncio.Runner) -> None:
    async def go() -> None:
        async with held_here(tmp_path) as client:
            for team in (FETCHING, PAYING):
                await finished(client, team, team.name)

    loop.run(go())
    (tmp_path / "plain").mkdir()
    for team in (FETCHING, PAYING):
        lines = store_in(tmp_path).read(team.name)
        assert timeless(lines) == in_process(team, tmp_path / "plain")
        replayed(team, lines)


PLACES = [f"t{turn}.{place}" for turn in (0, 1) for place in ("0/0.0", "0/1.0", "1")]
BOUNDARIES = [f"{when} r/{place}" for when in ("begin", "end") for place in PLACES]


@pytest.mark.parametrize("point", BOUNDARIES)
def test_dead_at_a_boundary_it_ends_as_if_it_had_not_been(
    tmp_path: Path, loop: asyncio.Runner, point: str
) -> None:
    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):
            workers.start("one", dies=point)
            await client.submit(ordered(SHORT, "go", run="r"))
            assert workers.wait("one") == 9
            workers.start("one")
            await client.result("r")

    loop.run(go())
    ended = Doing(tmp_path).counted("end")
    when, name = point.split()
    beside = {
        other for other in ended if name.count("/") == 2 and other.startswith(f"{name.rpartition('/')[0]}/")
    }
    again = {name for name, count in ended.items() if count > 1}
    assert again <= (beside | {name} if when == "end" else beside - {name})
    assert (ended[name] == 2) == (when == "end")
    assert all(count <= 2 for count in ended.values())
    (tmp_path / "plain").mkdir()
    assert timeless(store_in(tmp_path).read("r")) == in_process(SHORT, tmp_path / "plain")


@pytest.mark.parametrize("point", ["begin r/t1.0", "end r/t4.0"])
def test_what_must_not_be_repeated_is_not(tmp_path: Path, loop: asyncio.Runner, point: str) -> None:
    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):
            workers.start("one", dies=point)
            await client.submit(ordered(PAYING, "go", run="r"))
            assert workers.wait("one") == 9
            workers.start("one")
            await client.result("r")

    loop.run(go())
    assert set(Doing(tmp_path).counted("begin").values()) == {1}
    outcome = replayed(PAYING, store_in(tmp_path).read("r"))
    assert [message.text for message in outcome.transcript].count("unknown") == 1


def kill_at_random(folder: Path, url: str, names: tuple[str, ...], loop: asyncio.Runner) -> None:
    """Twelve conversations, whose workers are killed and started again until all have ended."""
    seed = random.randrange(10**6)
    print("seed", seed)  # shown when it fails
    dice = random.Random(seed)
    runs = [f"r{i}" for i in range(12)]

    async def go() -> None:
        async with workers_in(folder, url) as (workers, client):
            for name in names:
                workers.start(name, takes_s=0.02)
            for run in runs:
                await client.submit(ordered(FETCHING, "go", run=run))
            results = asyncio.gather(*[client.result(run) for run in runs])
            for _ in range(4):
                await asyncio.wait([results], timeout=dice.uniform(0.5, 2.5))
                name = dice.choice(names)
                workers.kill(name)
                workers.start(name, takes_s=0.02)
            await results

    loop.run(go())
    (folder / "plain").mkdir()
    plain = in_process(FETCHING, folder / "plain")
    for run in runs:
        assert timeless(store_in(folder).read(run)) == plain
    begun, ended = Doing(folder).counted("begin"), Doing(folder).counted("end")
    assert begun.keys() == ended.keys()
    assert len(begun) == 12 * 30


def test_one_worker_killed_at_random_loses_nothing(tmp_path: Path, loop: asyncio.Runner) -> None:
    kill_at_random(tmp_path, plan_in(tmp_path).url, ("one",), loop)


def test_two_workers_killed_at_random_lose_nothing(
    tmp_path: Path, loop: asyncio.Runner, postgres: Postgres
) -> None:
    kill_at_random(tmp_path, postgres.url, ("one", "two"), loop)


def test_an_answer_counts_once_and_a_wrong_one_is_refused(tmp_path: Path, loop: asyncio.Runner) -> None:
    async def go() -> str:
        async with held_here(tmp_path) as client:
            await client.submit(ordered(ASKING, "go", run="r"))
            await client.submit(ordered(ASKING, "go", run="r"))

            prompt = await asking(client, "r")
            with pytest.raises(HumanError, match="does not ask 'r/t7'; it waits for: r/"):
                await client.answer("r", "r/t7", "no")
            await client.answer("r", prompt.id, "first")
            with suppress(HumanError):  # where the conversation has heard the first already
                await client.answer("r", prompt.id, "second")
            report = await client.result("r")
            with pytest.raises(HumanError, match="waits for: nobody"):
                await client.answer("r", prompt.id, "third")
            return report.summary

    assert loop.run(go()) == "first"


def test_a_parked_conversation_survives_its_worker(tmp_path: Path, loop: asyncio.Runner) -> None:
    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):
            workers.start("one")
            await client.submit(ordered(ASKING, "go", run="r"))

            prompt = await asking(client, "r")
            workers.kill("one")
            await client.answer("r", prompt.id, "hello")
            workers.start("one")
            assert (await client.result("r")).summary == "hello"

    loop.run(go())


def test_a_poisoned_result_ends_the_run_and_no_endless_loop(tmp_path: Path, loop: asyncio.Runner) -> None:
    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):
            workers.start("one", dies="begin r/t1.0/0.0")
            await client.submit(ordered(SHORT, "go", run="r"))
            workers.wait("one")
            with closing(sqlite3.connect(tmp_path / "dbos.sqlite")) as file:
                poison = "update operation_outputs set output = '{' where function_name like 't0.1/%'"
                assert file.execute(poison).rowcount == 1
                file.commit()
            workers.start("one")
            with pytest.raises(EngineError, match="TraceError: DBOS holds what is no JSON"):
                await client.result("r")

    loop.run(go())


def large(effect: work.Fetch) -> str:
    return "x" * 2_200_000


def test_a_result_that_is_too_large_is_a_failure_before_dbos_sees_it(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    from typedagents.interpreter.world import World

    site = Site(teams(SHORT), World(work.Fetch.by(large), store=None), store_in(tmp_path))

    async def go() -> None:
        async with held_here(tmp_path, site) as client:
            await client.submit(ordered(SHORT, "go", run="r"))
            why = (await client.result("r")).why
            assert isinstance(why, EffectFailure)
            assert why.failure.kind == "too_large"

    loop.run(go())
    assert (tmp_path / "dbos.sqlite").stat().st_size < 1_000_000


CHANGED = {
    "arguments": work.changed_arguments,
    "kind": work.changed_kind,
    "order": work.changed_order,
    "early": work.changed_early,
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_policy_is_refused(tmp_path: Path, loop: asyncio.Runner, change: str) -> None:
    """Other effects under the names that DBOS keeps; a conversation of the old team is never gone on with."""

    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):
            workers.start("one", dies="begin r/t1.0/0.0")
            await client.submit(ordered(SHORT, "go", run="r"))
            workers.wait("one")
        site = Site(CHANGED[change], world_of(Doing(tmp_path)), store_in(tmp_path))
        async with held_here(tmp_path, site) as client:
            with pytest.raises(EngineError, match="UnexpectedStep"):
                await client.result("r")

    loop.run(go())


def test_a_conversation_waits_for_a_worker_that_has_its_team(tmp_path: Path, loop: asyncio.Runner) -> None:
    others = Site(teams(PAYING), world_of(Doing(tmp_path)), store_in(tmp_path))

    async def go() -> None:
        async with held_here(tmp_path, others) as client:
            await client.submit(ordered(SHORT, "go", run="r"))
            await finished(client, PAYING, "other")
        async with held_here(tmp_path) as client:
            assert (await client.result("r")).length

    loop.run(go())


def test_a_paced_model_is_asked_no_faster(tmp_path: Path, loop: asyncio.Runner) -> None:
    """Of any six calls the last is a second after the first: what the queue let through is in its table."""
    site = Site(teams(PACED), world_of(Doing(tmp_path)), store_in(tmp_path), {"paced": Pace(5, at_once=2)})

    async def go() -> None:
        async with held_here(tmp_path, site) as client:
            await asyncio.gather(*[finished(client, PACED, f"r{i}") for i in range(12)])

    loop.run(go())
    with closing(sqlite3.connect(tmp_path / "dbos.sqlite")) as file:
        check_pace([row[0] for row in file.execute(LET_THROUGH)])


def test_a_paced_model_is_asked_no_faster_by_two_workers(
    tmp_path: Path, loop: asyncio.Runner, postgres: Postgres
) -> None:
    async def go() -> None:
        async with workers_in(tmp_path, postgres.url) as (workers, client):
            for name in ("one", "two"):
                workers.start(name)
            await asyncio.gather(*[finished(client, PACED, f"paced{i}") for i in range(12)])

    loop.run(go())
    with closing(psycopg.connect(postgres.url)) as database:
        check_pace([row[0] for row in database.execute(LET_THROUGH.replace("from ", "from dbos."))])


LET_THROUGH = (
    "select started_at_epoch_ms from workflow_status where name = 'typedagents.turnstile' order by 1"
)


def check_pace(began: list[int]) -> None:
    assert len(began) == 12
    assert all(later - earlier >= 1000 for earlier, later in zip(began, began[5:], strict=False))


def test_a_fork_shares_what_came_before(tmp_path: Path, loop: asyncio.Runner) -> None:
    async def go() -> str:
        async with held_here(tmp_path) as client:
            await finished(client, FETCHING, "r")
            fork = await client.forked("r", "t5.0/0.0/Fetch")
            await client.result(fork)
            with pytest.raises(EngineError, match="has no effect 't99' to fork from"):
                await client.forked("r", "t99")
            return fork

    fork = loop.run(go())
    assert timeless(store_in(tmp_path).read(fork)) == timeless(store_in(tmp_path).read("r"))
    performed = [name.split("/", 1)[1] for name in Doing(tmp_path).counted("begin") if name.startswith(fork)]
    assert min(performed) == "t5.0/0.0"
    assert len(performed) == 15


@pytest.mark.usefixtures("unhurried")
def test_a_thousand_parked_conversations_cost_no_thread_and_survive_their_worker(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    runs = [f"r{i}" for i in range(1000)]
    some = random.Random(1).sample(runs, 50)

    async def go() -> None:
        async with workers_in(tmp_path) as (workers, client):

            async def parked(run: str) -> None:
                await asking(client, run)

            async def answer(run: str) -> None:
                await client.answer(run, (await asking(client, run)).id, "yes")

            workers.start("one")
            await many(runs, lambda run: client.submit(ordered(ASKING, "go", run=run)))
            await many(runs, parked)
            assert workers.threads("one") < 100
            workers.kill("one")
            workers.start("one")
            await many(some, answer)
            reports = await asyncio.gather(*[client.result(run) for run in some])
            assert {report.summary for report in reports} == {"yes"}

    loop.run(go())
    assert Counter(len(run.prompts) for run in store_in(tmp_path).runs()) == {1: 950, 0: 50}


def test_the_database_crashes_and_nothing_is_lost(
    tmp_path: Path, loop: asyncio.Runner, postgres: Postgres
) -> None:
    async def go() -> None:
        async with workers_in(tmp_path, postgres.url) as (workers, client):
            workers.start("crashing", takes_s=0.05)
            await client.submit(ordered(FETCHING, "go", run="crashing"))

            async def under_way() -> bool:
                return len(Doing(tmp_path).counted("end")) > 5

            await until(under_way)
            postgres.stop()
            postgres.start()
            workers.kill("crashing")  # as its supervisor does, when it says that it lost its database
            workers.start("crashing", takes_s=0.05)
        async with DbosClient.connected(DbosPlan(postgres.url, polls_s=0.05)) as client:
            with Workers(tmp_path, "dbos", postgres.url) as workers:
                workers.start("crashing", takes_s=0.05)
                await client.result("crashing")

    loop.run(go())
    lines = store_in(tmp_path).read("crashing")
    (tmp_path / "plain").mkdir()
    assert timeless(lines) == in_process(FETCHING, tmp_path / "plain")
