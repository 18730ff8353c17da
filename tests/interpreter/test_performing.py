"""One effect performed by itself: what a worker of a durable engine does with what the driver asked for."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest
from attrs import evolve

from tests.interpreter.effects import Fetch, Send
from typedagents.core.ambient import Now
from typedagents.core.effect import Failed, Ok, Path
from typedagents.core.errors import ConfigError, ToolError
from typedagents.core.handler import Call
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.usage import Usage
from typedagents.interpreter.driver import Start
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.prices import prices_of
from typedagents.interpreter.world import World
from typedagents.testing import scripted_model


def fetch(effect: Fetch, call: Call) -> str:
    if effect.what == "fail":
        raise ToolError("no such page", kind="missing")
    call.emit("half")
    return f"{effect.what} {call.id} {call.agent} {call.attempt}"


async def send(effect: Send) -> str:
    await anyio.lowlevel.checkpoint()
    return effect.what


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("in_thread", [False, True])
def test_an_effect_is_performed_by_itself_and_a_failure_is_a_value(backend: str, *, in_thread: bool) -> None:
    seen: list[Event] = []
    world = World(Fetch.by(fetch) | Send.by(send), store=None, watchers=(seen.append,), clock=lambda: 7.0)

    async def outcomes() -> list[object]:
        asked = (Fetch("a"), Send("b"), Fetch("fail"), Now())
        starts = [Start(Path(f"t0.{i}"), effect, "worker", 2) for i, effect in enumerate(asked)]
        return [await world.perform(start, run="r", in_thread=in_thread) for start in starts]

    assert anyio.run(outcomes, backend=backend) == [
        Ok("a r/t0.0 worker 2"),
        Ok("b"),
        Failed("tool.missing", "no such page"),
        Ok(7.0),
    ]
    assert seen == [Observed(Path("t0.0"), "worker", "half")]


def test_what_nobody_performs_is_named() -> None:
    world = World(Send.by(send), store=None)
    with pytest.raises(ConfigError, match=r"nobody in this world performs Fetch; it performs: Send;"):
        anyio.run(lambda: world.perform(Start(Path("t0.0"), Fetch("a"), ""), run="r"))


def test_a_reply_costs_what_the_prices_of_the_world_say() -> None:
    table = prices_of("""
[[price]]
provider = "here"
models = ["large"]
checked = 2026-11-21
source = "our contract"
input = 2
output = 10
""")
    reply = ModelReply("Yes.", usage=Usage(fresh_input=500_000), provider="here", model="large")
    world = World(with_models(scripted_model(reply)), store=None, prices=table)
    start = Start(Path("t0.0"), CallModel(Transcript(), AgentName("a")), "a")

    assert anyio.run(lambda: world.perform(start, run="r")) == Ok(evolve(reply, cost_usd=Decimal(1)))
