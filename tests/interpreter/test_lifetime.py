"""Async resources are made once a loop, when first needed, and closed by the last who leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from tests.interpreter.effects import Fetch, FetchesAll, one
from typedagents.interpreter.lifetime import Shelf, keeping
from typedagents.interpreter.world import World


class Clients:
    """Counts how many are made and closed."""

    def __init__(self) -> None:
        self.made = self.closed = 0
        self.shelf = Shelf(self.client)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[int]:
        self.made += 1
        await anyio.lowlevel.checkpoint()
        yield self.made
        self.closed += 1

    async def fetch(self, effect: Fetch) -> str:
        async with self.shelf.get() as client:
            await anyio.lowlevel.checkpoint()
            return f"{effect.what}{client}"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_client_serves_all_effects_of_a_run(backend: str) -> None:
    clients = Clients()
    world = World(Fetch.by(clients.fetch), None)
    team = one(FetchesAll(("a", "b", "c")), 2)

    outcome = anyio.run(world.run, team, backend=backend)
    assert outcome.summary == "a1,b1,c1"
    assert (clients.made, clients.closed) == (1, 1)
    world.run_sync(team)
    assert (clients.made, clients.closed) == (2, 2)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_clients_are_kept_between_runs_where_somebody_asks_for_it(backend: str) -> None:
    clients = Clients()
    world = World(Fetch.by(clients.fetch), None)

    async def main() -> None:
        async with keeping():
            await world.run(one(FetchesAll(("a", "b"))))
            await world.run(one(FetchesAll(("a", "b"))))
            assert (clients.made, clients.closed) == (1, 0)

    anyio.run(main, backend=backend)
    assert (clients.made, clients.closed) == (1, 1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_alone_a_client_lives_as_long_as_its_use(backend: str) -> None:
    clients = Clients()

    async def main() -> None:
        assert await clients.fetch(Fetch("a")) == "a1"
        assert clients.closed == 1

    anyio.run(main, backend=backend)
