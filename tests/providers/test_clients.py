"""Requests are spread over a few clients, so that no pool grows large."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio

from typedagents.providers.http import USERS, Clients, no_tls


async def made_for(users: int, clients: Clients) -> list[int]:
    """How many users each client has, while so many hold one."""
    async with AsyncExitStack() as held:
        found = [await held.enter_async_context(clients.client()) for _ in range(users)]
        return [found.count(client) for client in dict.fromkeys(found)]


def test_a_client_is_made_when_all_others_have_enough_users(backend: str) -> None:
    async def main() -> list[list[int]]:
        async with AsyncExitStack() as stack:
            clients = Clients(no_tls(), stack)
            return [await made_for(users, clients) for users in (1, 2 * USERS + 1, 2 * USERS + 1, 3)]

    full = [USERS, USERS, 1]
    one, first, again, few = anyio.run(main, backend=backend)
    assert (one, first, sorted(again, reverse=True), sum(few)) == ([1], full, full, 3)


def test_users_that_come_at_once_share_clients(backend: str) -> None:
    async def main() -> int:
        async with AsyncExitStack() as stack:
            clients = Clients(no_tls(), stack)
            seen: list[object] = []
            together = anyio.Event()

            async def use() -> None:
                async with clients.client() as client:
                    seen.append(client)
                    if len(seen) == 2 * USERS:
                        together.set()
                    await together.wait()

            async with anyio.create_task_group() as group:
                for _ in range(2 * USERS):
                    group.start_soon(use)
            return len(set(map(id, seen)))

    assert anyio.run(main, backend=backend) == 2
