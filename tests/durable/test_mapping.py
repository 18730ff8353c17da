"""Many conversations over an engine: held by its workers, gone on with by whoever maps, the same as in a process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio
import pytest

from tests.durable.servers import TemporalServer
from tests.durable.work import SHORT, Doing, world_of
from typedagents.durable.mapping import Submits, on_engine
from typedagents.interpreter.many import Held, in_world, map_conversations
from typedagents.interpreter.traces import TraceMemory

pytestmark = [pytest.mark.durable, pytest.mark.filterwarnings("ignore")]
ITEMS = {f"item{number}": f"go {number}" for number in range(6)}


async def mapped(client: Submits, file: Path, most: int) -> tuple[Held, ...]:
    """The first ``most`` items, then all of them, as after a crash."""
    hold = on_engine(client, SHORT, file.parent.name)
    first = dict(list(ITEMS.items())[:most])
    await map_conversations(hold, first, at_once=2, results=file, tell=lambda _: None)
    return await map_conversations(hold, ITEMS, at_once=3, results=file, tell=lambda _: None)


def in_process(name: str, folder: Path) -> tuple[Held, ...]:
    world = world_of(Doing(folder)).storing_in(TraceMemory())

    async def go() -> tuple[Held, ...]:
        return await map_conversations(in_world(world, SHORT, name), ITEMS, tell=lambda _: None)

    return anyio.run(go)


def same(found: tuple[Held, ...], folder: Path) -> None:
    (folder / "plain").mkdir()
    plain = in_process(folder.name, folder / "plain")
    assert [(held.item, held.run, held.reason, held.summary) for held in found] == [
        (held.item, held.run, held.reason, held.summary) for held in plain
    ]
    assert len((folder / "results.jsonl").read_text().splitlines()) == len(ITEMS)


def test_on_dbos(tmp_path: Path, loop: asyncio.Runner) -> None:
    from tests.durable.test_dbos import held_here

    async def go() -> tuple[Held, ...]:
        async with held_here(tmp_path) as client:
            return await mapped(client, tmp_path / "results.jsonl", 2)

    same(loop.run(go()), tmp_path)


def test_on_temporal(temporal: TemporalServer, tmp_path: Path, loop: asyncio.Runner) -> None:
    from tests.durable.on_temporal import held_here

    async def go() -> tuple[Held, ...]:
        async with held_here(temporal, tmp_path) as client:
            return await mapped(client, tmp_path / "results.jsonl", 2)

    same(loop.run(go()), tmp_path)
