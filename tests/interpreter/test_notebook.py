"""``run_sync`` in a notebook: its cells run inside an event loop that never ends."""

from __future__ import annotations

import pytest

from tests.docs.kernel import printed_by

CELL = """
import asyncio
from typedagents import CallModel, ModelReply, World, assistant, group, Limits

async def slow(request):
    await asyncio.sleep(0)
    return ModelReply("from a cell")

asyncio.get_running_loop()
team = group(assistant("a", instructions=None), assistant("b"), limits=Limits(max_messages=2))
plain = World(CallModel.by(lambda request: ModelReply("from a cell")), store=None).run_sync(team, "hi")
portal = World(CallModel.by(slow), store=None).run_sync(team, "hi")
awaited = await World(CallModel.by(slow), store=None).run(team, "hi")
assert plain == portal == awaited
print(plain.summary)
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the client's own
def test_run_sync_works_in_a_notebook_s_kernel() -> None:
    assert "from a cell" in printed_by([CELL])
