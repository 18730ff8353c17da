"""A team of one that calls tools, and the three ways to run it."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import anyio.lowlevel
from attrs import frozen

from tests.policies.hand_made import Pretended
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.handler import Call
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.parts import ToolResult
from typedagents.core.structure import each
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.control import Control
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.tools.given import Given
from typedagents.tools.toolset import toolset_of

Work = Callable[[], object]
WAYS = ("sync", "asyncio", "trio")


@frozen
class Calls:
    """Calls these tools side by side, and says what they came to."""

    effects: tuple[CallTool, ...]

    def __call__(self, view: View, /) -> Steps[Decision, CallTool]:
        return Reply((yield from each(self.effects)), origin="tool")


def asking(*names: str) -> Team[CallTool]:
    """A team that calls these once."""
    effects = tuple(CallTool(name, "{}", f"c{i}") for i, name in enumerate(names))
    limits = Limits(max_decisions=1, max_repeats=Unlimited)
    return group(Agent("a", Calls(effects)), limits=limits)


def run(
    way: str, team: Team[CallTool], world: World[CallTool], *, name: str = "r", control: Control | None = None
) -> Outcome:
    """Run ``team`` in one of the ways."""
    if way == "sync":
        return world.run_sync(team, "hi", name=name, control=control)

    async def go() -> Outcome:
        return await world.run(team, "hi", name=name, control=control)

    return anyio.run(go, backend=way)


def results(outcome: Outcome) -> list[ToolResult]:
    """What the tools came to."""
    return [part for part in outcome.transcript[-1].parts if isinstance(part, ToolResult)]


def world_of(*tools: Pretended, store: TraceMemory | None = None) -> World[CallTool]:
    """A world with these tools."""
    return World(with_tools(toolset_of(tools)), TraceMemory() if store is None else store)


def came(way: str, *tools: Pretended) -> list[ToolResult]:
    """What calls of these tools come to, recorded and replayed."""
    world = world_of(*{tool.name: tool for tool in tools}.values())
    team = asking(*(tool.name for tool in tools))
    outcome = run(way, team, world)
    assert world.replay(team, "r") == outcome
    return results(outcome)


def doing(
    work: Work, name: str = "t", *, timeout_s: float | None = None, blocking: bool = False
) -> Pretended:
    """A tool that does ``work``."""

    def does(effect: CallTool, call: Call, given: Given) -> object:
        del effect, call, given
        return work()

    return Pretended(name, does, timeout_s=timeout_s, blocking=blocking)


def raising(error: BaseException) -> Work:
    def work() -> object:
        raise error

    return work


def later(work: Work) -> Work:
    """``work``, async."""

    async def after_a_while() -> object:
        await anyio.lowlevel.checkpoint()
        return work()

    return after_a_while
