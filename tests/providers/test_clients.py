"""Requests are spread over a few clients, so that no pool grows large."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import pytest

from tests.providers.asking import ask
from tests.providers.loopback import said, serving, whole
from typedagents.providers import OpenAIChat
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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_not_asked_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as nobody, serving(whole(said("direct"))) as server:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{nobody.port}")
        provider = OpenAIChat(model="m", base_url=f"http://{host}:{server.port}/v1")
        assert ask(provider).text == "direct"
        assert nobody.asked == []
