"""A conversation of a thousand turns with messages of 2 kB: what is kept of it grows with its length, and no faster."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.durable.servers import TemporalServer
from tests.durable.work import TALKING
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.registry import teams
from typedagents.core.usage import Usage
from typedagents.durable.orders import Report, ordered
from typedagents.durable.site import Site
from typedagents.interpreter.world import World
from typedagents.stores.sqlite import sqlite_runs

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]
TURNS = 1000
A_TURN_BYTES = 8000


def talking(folder: Path) -> Site:
    """A world whose model says 2 kB that no compression makes smaller."""
    dice = Random(7)

    def answer(asked: CallModel) -> ModelReply:
        return ModelReply(dice.randbytes(1000).hex(), usage=Usage(fresh_input=1, output=1))

    return Site(teams(TALKING), World(CallModel.by(answer), store=None), sqlite_runs(folder / "runs.sqlite"))


def on_disk(file: Path) -> int:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*") if one.is_file())


def check(kept: list[int], folder: Path) -> None:
    """``kept``: the bytes of what the engine keeps, one thing after the other."""
    half, whole = sum(kept[: len(kept) // 2]), sum(kept)
    store = on_disk(folder / "runs.sqlite")
    print(f"a turn: {whole / TURNS:.0f} bytes in the engine's history, {store / TURNS:.0f} in the store")
    assert whole <= 2.1 * half, "linear"
    assert whole <= A_TURN_BYTES * TURNS
    assert store <= A_TURN_BYTES * TURNS


def test_on_dbos(tmp_path: Path, loop: asyncio.Runner) -> None:
    from tests.durable.test_dbos import finished, held_here

    async def go() -> None:
        async with held_here(tmp_path, talking(tmp_path)) as client:
            await finished(client, TALKING, "r")

    loop.run(go())
    with closing(sqlite3.connect(tmp_path / "dbos.sqlite")) as file:
        rows = file.execute("select length(output) from operation_outputs order by function_id").fetchall()
    assert len(rows) == TURNS
    check([row[0] for row in rows], tmp_path)
    assert on_disk(tmp_path / "dbos.sqlite") <= A_TURN_BYTES * TURNS


def test_on_temporal(temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner) -> None:
    from tests.durable.on_temporal import held_here, name_in, plan_for

    run = name_in(tmp_path)

    async def go() -> list[int]:
        """It goes on in a new history again and again."""
        found: list[int] = []
        async with held_here(
            temporal, tmp_path, talking(tmp_path), plan=plan_for(tmp_path, events=600)
        ) as client:
            await client.submit(ordered(TALKING, "go", run=run))
            first = (await client.handle(run).describe()).run_id
            await client.result(run)
            part: str | None = first
            while part:
                handle = client.client.get_workflow_handle(run, run_id=part, result_type=Report)
                history = await handle.fetch_history()
                found += [event.ByteSize() for event in history.events]
                last = history.events[-1].workflow_execution_continued_as_new_event_attributes
                part = last.new_execution_run_id
        return found

    check(loop.run(go()), tmp_path)
