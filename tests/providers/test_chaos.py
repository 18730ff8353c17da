"""A server on a very bad day: every call ends with an answer or a typed error, and none is paid for in silence.

`nox -s chaos` does the same with 10,000 calls and a latency, and measures.
"""

from __future__ import annotations

import anyio
import pytest

from tests.providers.chaos.conversations import Account, bad_model, check_end, expected, hold
from tests.providers.chaos.server import DEEDS, Chaos
from tests.providers.loopback import running
from typedagents.core.model import ModelReply
from typedagents.interpreter.outcome import Outcome
from typedagents.providers import Limiter
from typedagents.providers.service import Delivery
from typedagents.testing import VirtualClock

CONVERSATIONS, CALLS = 30, 4


@pytest.mark.parametrize("delivery", ["whole", "streamed"])
def test_on_a_very_bad_day_nothing_is_lost_and_nothing_paid_in_silence(
    delivery: Delivery, backend: str
) -> None:
    clock = VirtualClock()
    limiter = Limiter(concurrency=8, clock=clock)
    with running(Chaos([], seed=7, rate=0.6)) as server:
        model = bad_model(server.url, delivery, read_s=0.25, limiter=limiter, clock=clock, drawn=0.5)
        account = Account(model)

        async def main() -> list[Outcome]:
            return await hold((account,), CONVERSATIONS, CALLS)

        outcomes = anyio.run(main, backend=backend)

    kept = [outcome for outcome in outcomes if check_end(outcome, CALLS)]
    assert len(outcomes) == CONVERSATIONS
    assert 0 < len(kept) < CONVERSATIONS, "some were held to their end, some were not"
    assert set(server.done) == {*DEEDS, "well"}, "everything went wrong at least once"
    assert sorted(account.begun) == sorted(account.ended) == sorted(server.asked_for)
    for name, came in account.ended.items():
        assert server.worked[name] <= account.owned_up(name), (name, came)
        if isinstance(came, ModelReply) and server.last[name].well:
            assert came.text.strip() == expected(name)
