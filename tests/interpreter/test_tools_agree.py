"""Laws 2, 3, 6 and 11 for tools: plain, async and blocking ones in one run, however it is run, replayed or broken off."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Literal, TypeAlias

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreter.calling import WAYS
from tests.interpreter.test_ways_agree import known
from tests.policies.hand_made import Pretended
from typedagents.core.effect import Repetition, Steps
from typedagents.core.errors import ToolError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.team import Team
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.testing import calling, scripted_model
from typedagents.tools.given import Given
from typedagents.tools.toolset import Toolset, toolset

NAMES = ("plain", "coming", "blocking", "fails", "alone")
Kind: TypeAlias = Literal["pair", "loop"]


class Tools:
    """Tools of all kinds that count how often they are called."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def work(self, effect: CallTool, call: Call, given: Given) -> object:
        self.count[effect.call_id] += 1
        if effect.name == "fails":
            raise ToolError("as ever")
        return f"{effect.name} did {effect.arguments}"

    async def coming(self, effect: CallTool, call: Call, given: Given) -> object:
        for _ in effect.call_id[-1:]:
            await anyio.lowlevel.checkpoint()
        return self.work(effect, call, given)

    @property
    def set(self) -> Toolset[CallTool]:
        return toolset(
            Pretended("plain", self.work),
            Pretended("coming", self.coming),
            Pretended("blocking", self.work, blocking=True),
            Pretended("fails", self.work),
            Pretended("alone", self.coming, alone=True),
        )


def team_of(kind: Kind, tools: Toolset[CallTool]) -> Team[CallModel | CallTool]:
    """Tools run by another agent, or by the one whose model calls them."""
    if kind == "pair":
        proxy = user_proxy("user", "never", code=None, runs=tools)
        return chat(proxy, assistant("bot", tells=tools), "hi")
    return chat(user_proxy("user", "never", code=None), assistant("bot", tools=tools), "hi")


rounds = st.lists(
    st.lists(st.builds(calling, st.sampled_from((*NAMES, "nobody")), x=st.integers(0, 1)), min_size=1, max_size=4),
    max_size=3,
)  # fmt: skip


def world_of(tools: Tools, replies: list[list[ToolCall]]) -> World[CallModel | CallTool]:
    model = scripted_model(*map(tuple, replies), "TERMINATE", "TERMINATE", "TERMINATE")
    return World(with_models(model) | with_tools(tools.set), TraceMemory(), clock=lambda: 0.0)


def run(way: str, world: World[CallModel | CallTool], team: Team[CallModel | CallTool]) -> Outcome:
    if way == "sync":
        return world.run_sync(team, name="r")
    return anyio.run(partial(world.run, team, name="r"), backend=way)


def store_of(world: World[CallModel | CallTool]) -> TraceMemory:
    assert isinstance(world.store, TraceMemory)
    return world.store


@given(rounds, st.sampled_from(["pair", "loop"]))
def test_every_way_writes_the_same_lines_and_a_replay_calls_no_tool(
    replies: list[list[ToolCall]], kind: Kind
) -> None:
    seen: list[tuple[Outcome, list[bytes]]] = []
    for way in WAYS:
        tools = Tools()
        world, team = world_of(tools, replies), team_of(kind, tools.set)
        outcome = run(way, world, team)
        seen.append((outcome, known(store_of(world).read("r"))))
        count = tools.count.copy()

        assert world.replay(team, "r") == outcome
        assert tools.count == count, "a replay calls no tool"
        assert all(times == 1 for times in count.values())
    (first, lines), *others = seen

    for other, other_lines in others:
        assert (other.log, other.reason) == (first.log, first.reason)
        assert other_lines == lines


@given(rounds, st.sampled_from(["pair", "loop"]), st.integers(0, 60))
def test_broken_off_at_any_line_no_call_is_made_twice(
    replies: list[list[ToolCall]], kind: Kind, where: int
) -> None:
    tools = Tools()
    world, team = world_of(tools, replies), team_of(kind, tools.set)
    run("sync", world, team)
    store = store_of(world)
    lines = store.read("r")
    kept = lines[: 1 + where % len(lines)]
    store.traces["r"] = bytearray(b"".join(kept))
    before = sum(b'"line":"begun"' in line and b'"CallTool"' in line for line in kept)
    tools.count.clear()
    answered = sum(b'"line":"done"' in line and b'"finish"' in line for line in kept)
    again = world_of(tools, replies[answered:])
    resumed = World(again.handler, store, clock=lambda: 0.0).resume_sync(team, "r")

    total = sum(b'"line":"begun"' in line and b'"CallTool"' in line for line in store.read("r"))
    assert sum(tools.count.values()) == total - before, "what was begun is not done again"
    assert world.replay(team, "r") == resumed


@pytest.mark.parametrize("kind", ["pair", "loop"])
@pytest.mark.parametrize("repeat", ["at_most_once", "idempotent"])
def test_after_a_crash_the_model_is_told_that_nobody_knows_unless_it_may_be_done_again(
    kind: Kind, repeat: Repetition
) -> None:
    class Once(Pretended):
        def answer(self, call: ToolCall, view: View, /) -> Steps[ToolResult, CallTool]:
            return (yield from CallTool(self.name, call.arguments, call.id, repeat))

    done: list[str] = []

    def pays(effect: CallTool, call: Call, given: Given) -> object:
        done.append(f"attempt {call.attempt}")
        return "paid"

    tools = toolset(Once("pay", pays))
    team, store = team_of(kind, tools), TraceMemory()
    model = scripted_model(calling("pay", to="ada"), "TERMINATE")
    World(with_models(model) | with_tools(tools), store).run_sync(team, name="r")
    lines = store.read("r")
    cut = next(i for i, line in enumerate(lines) if b'"line":"begun"' in line and b'"CallTool"' in line)
    store.traces["r"] = bytearray(b"".join(lines[: cut + 1]))
    last = scripted_model("I see. TERMINATE")
    world = World(with_models(last) | with_tools(tools), store)
    resumed = world.resume_sync(team, "r")
    (told,) = [
        part for message in last.asked[0].transcript for part in message.parts if isinstance(part, ToolResult)
    ]

    if repeat == "idempotent":
        assert (done, told) == (["attempt 1", "attempt 2"], ToolResult("call_1_1", "pay", (Text("paid"),)))
    else:
        assert done == ["attempt 1"]
        assert told.failed
        assert "whether it happened is not known" in told.text
    assert resumed.summary == "I see."
    assert world.replay(team, "r") == resumed
