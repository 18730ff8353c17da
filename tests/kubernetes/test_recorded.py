"""What a real cluster said is understood: recorded by `record.py`, and told again on loopback."""

from __future__ import annotations

from collections import deque

import anyio
import pytest

from tests.executors.running import Watching
from tests.kubernetes.loopback import Api, Play
from tests.kubernetes.record import FILE, LANGUAGES, recorded
from tests.kubernetes.scenarios import SCENARIOS
from typedagents import CodeResult
from typedagents.executors import CommandLineExecutor, Pods

pytest.importorskip("httpx_ws")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("version", ["v4.channel.k8s.io", "v5.channel.k8s.io"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_recorded_is_understood(name: str, version: str, backend: str) -> None:
    ran, scenario = recorded()[name], SCENARIOS[name]
    api = Api(plays=deque(Play(one.messages) for one in ran), version=version)

    async def go() -> CodeResult:
        async with api.listening() as cluster:
            executor = CommandLineExecutor(Pods(cluster, "image", LANGUAGES))
            return await executor.run(scenario.request, Watching())

    result = anyio.run(go, backend=backend)
    assert scenario.right(result), result
    assert api.scripts() == [one.script for one in ran], (
        f"other programs than those in {FILE.name}: record again"
    )
    assert [heard.method for heard in api.heard if heard.method != "EXEC"] == ["POST", "GET", "DELETE"]
