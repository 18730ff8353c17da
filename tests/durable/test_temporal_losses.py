"""Conversations on Temporal whose workers and servers are lost, or whose histories are too long. Seeds are printed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.durable.helping import Workers, asking, many, replayed, timeless
from tests.durable.on_temporal import (
    finished,
    held_here,
    in_process,
    name_in,
    parked,
    plan_for,
    store_in,
)
from tests.durable.servers import TemporalServer
from tests.durable.work import ASKING, FETCHING, PAYING, SHORT, Doing
from typedagents.durable.errors import EngineError
from typedagents.durable.orders import Report, ordered
from typedagents.durable.temporal import TemporalClient
from typedagents.durable.temporal.conversation import PERFORM

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(
    ("dies", "begun"), [("begin {run}/t2.0", 6), ("store {run} 0", 5)], ids=["in it", "before"]
)
def test_what_must_not_be_repeated_is_not(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner, dies: str, begun: int
) -> None:
    """Its worker dies while it is performed, or before it has written that it would perform it: another goes on, and the
    policy hears that nobody knows.
    """
    run = name_in(tmp_path)

    async def go() -> None:
        client = await TemporalClient.connected(temporal.address, queue=tmp_path.name)
        with Workers(tmp_path, "temporal", temporal.address) as workers:
            workers.start("one", name=tmp_path.name, dies=dies.format(run=run))
            await client.submit(ordered(PAYING, "go", run=run))
            assert workers.wait("one") == 9
            workers.start("two", name=tmp_path.name)
            await client.result(run)

    loop.run(go())
    assert list(Doing(tmp_path).counted("begin").values()) == [1] * begun
    outcome = replayed(PAYING, store_in(tmp_path).read(run))
    assert [message.text for message in outcome.transcript].count("unknown") == 1


CONVERSATIONS = 200
"""Of 30 effects each."""
KILLS = 8


async def killing(
    dice: random.Random, server: TemporalServer, workers: Workers, done: asyncio.Future[list[Report]]
) -> None:
    """While effects are performed, kill one of two workers again and again, and once the server; start it again."""
    server_at = dice.randrange(KILLS)
    for number, effects in enumerate(sorted(dice.sample(range(1, CONVERSATIONS * 30), KILLS))):
        while not done.done() and Doing(workers.folder).counted("end").total() < effects:
            await asyncio.wait([done], timeout=0.1)
        victim = "server" if number == server_at else dice.choice(("one", "two"))
        print("kill", victim, "after", effects, "effects")
        if victim == "server":
            server.kill()
            server.start()
        else:
            workers.kill(victim)
            workers.start(victim, name="q", takes_s=0.02)


async def attempts(client: TemporalClient, run: str) -> dict[str, int]:
    """How often Temporal had each effect of a run begun, until it had a result, by the id of its call."""
    names: dict[int, str] = {}
    found: dict[str, int] = {}
    async for event in client.handle(run).fetch_history_events():
        if event.HasField("activity_task_scheduled_event_attributes"):
            scheduled = event.activity_task_scheduled_event_attributes
            if scheduled.activity_type.name == PERFORM:
                names[event.event_id] = f"{run}/{scheduled.activity_id.rsplit('/', 2)[0]}"
        if event.HasField("activity_task_started_event_attributes"):
            started = event.activity_task_started_event_attributes
            if started.scheduled_event_id in names:
                found[names[started.scheduled_event_id]] = started.attempt
    return found


@pytest.mark.usefixtures("unhurried")
def test_workers_and_server_are_killed_at_random_and_nothing_is_lost(
    tmp_path: Path, loop: asyncio.Runner
) -> None:
    """Conversations of 30 effects, beside some whose effects must not be repeated; two workers on one queue.

    Each loss is taken over by the other worker; the server's by itself when it is back. An effect is repeated only where
    Temporal had no result of it.
    """
    seed = random.randrange(10**6)
    print("seed", seed)  # shown when it fails
    runs, paying = [f"r{i}" for i in range(CONVERSATIONS)], [f"p{i}" for i in range(CONVERSATIONS // 10)]
    server = TemporalServer(tmp_path)
    server.start()

    async def go() -> dict[str, int]:
        client = await TemporalClient.connected(server.address, queue="q")
        with Workers(tmp_path, "temporal", server.address) as workers:
            for label in ("one", "two"):
                workers.start(label, name="q", takes_s=0.02)
            dice = random.Random(seed)
            for run in dice.sample(runs + paying, len(runs + paying)):
                await client.submit(ordered(PAYING if run in paying else FETCHING, "go", run=run))
            results = asyncio.gather(*[client.result(run) for run in runs + paying])
            await killing(dice, server, workers, results)
            await results
        found: dict[str, int] = {}
        for run in runs + paying:
            found |= await attempts(client, run)
        return found

    try:
        attempted = loop.run(go())
    finally:
        server.kill()
    plain = in_process(FETCHING, tmp_path)
    assert {run for run in runs if timeless(store_in(tmp_path).read(run)) != plain} == set()
    begun = Doing(tmp_path).counted("begin")
    repeated = {name: count for name, count in begun.items() if count > 1}
    print(len(begun), "effects; begun more than once:", len(repeated), "; kills:", KILLS)
    assert len([name for name in begun if name.startswith("r")]) == CONVERSATIONS * 30
    assert {name for name in repeated if repeated[name] > attempted[name] or name.startswith("p")} == set()
    for run in paying:
        replayed(PAYING, store_in(tmp_path).read(run))


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


@pytest.mark.usefixtures("unhurried")
def test_a_thousand_parked_conversations_cost_no_thread_and_survive_their_worker(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    runs = [name_in(tmp_path, f"r{i}") for i in range(1000)]

    some = random.Random(1).sample(runs, 50)

    async def go() -> None:
        client = await TemporalClient.connected(temporal.address, queue=tmp_path.name)

        async def answer(run: str) -> None:
            await client.answer(run, (await asking(client, run)).id, "yes")

        with Workers(tmp_path, "temporal", temporal.address) as workers:
            workers.start("one", name=tmp_path.name)
            await many(runs, lambda run: client.submit(ordered(ASKING, "go", run=run)))
            await parked(tmp_path, runs)
            assert workers.threads("one") < 100
            workers.kill("one")
            workers.start("two", name=tmp_path.name)
            await many(some, answer)
            reports = await asyncio.gather(*[client.result(run) for run in some])
            assert {report.summary for report in reports} == {"yes"}

    loop.run(go())
    assert Counter(len(run.prompts) for run in store_in(tmp_path).runs()) == {1: 950, 0: 50}
