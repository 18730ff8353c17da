"""Teams of one that call an MCP server's tools, one after the other, and the servers they call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Generic

import anyio
from attrs import field, frozen
from typing_extensions import Unpack

from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import AnyEffect, E, Steps
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.structure import each
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import Watcher
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.mcp import McpServer
from typedagents.mcp.hidden import Value
from typedagents.mcp.server import ServerOptions
from typedagents.tools.toolset import Toolset

ODD = Path(__file__).with_name("odd_server.py")


def odd(
    log: Path, *habits: str, env: Mapping[str, Value] | None = None, **options: Unpack[ServerOptions]
) -> McpServer:
    """The server that does what servers should not do."""
    return McpServer.stdio(sys.executable, "-S", str(ODD), str(log), *habits, env=env, **options)


@frozen
class InTurn:
    """Calls tools one after the other, and says what each came to."""

    calls: tuple[tuple[str, str], ...]

    def __call__(self, view: View, /) -> Steps[Decision, CallTool]:
        results: list[ToolResult] = []
        for at, (name, arguments) in enumerate(self.calls):
            results.append((yield from CallTool(name, arguments, f"c{at}")))
        return Reply(tuple(results), origin="tool")


@frozen
class Answers(Generic[E]):
    """Answers calls that a model has said as the tools themselves answer them."""

    tools: Toolset[E]
    calls: tuple[ToolCall, ...]

    def __call__(self, view: View, /) -> Steps[Decision, E]:
        return Reply((yield from each([self.tools.answer(call, view) for call in self.calls])), origin="tool")


ONE = Limits(max_decisions=1, max_repeats=Unlimited)
"""One turn."""


def calling(*calls: tuple[str, str]) -> Team[CallTool]:
    """A team that calls these, by name and arguments, in its only turn."""
    return group(Agent("a", InTurn(calls)), limits=ONE)


def results_in(outcome: Outcome) -> list[ToolResult]:
    """What the calls of a run came to."""
    return [
        part for message in outcome.log.transcript for part in message.parts if isinstance(part, ToolResult)
    ]


@frozen
class Ran:
    """A run, with its trace."""

    outcome: Outcome
    store: TraceMemory = field(repr=False)

    @property
    def results(self) -> list[ToolResult]:
        return results_in(self.outcome)

    @property
    def texts(self) -> list[str]:
        return [result.text for result in self.results]


def run(way: str, team: Team[E], world: World[E], control: Control | None = None) -> Outcome:
    """Run ``team`` in one of the three ways."""
    if way == "sync":
        return world.run_sync(team, "hi", name="r", control=control)

    async def go() -> Outcome:
        return await world.run(team, "hi", name="r", control=control)

    return anyio.run(go, backend=way)


def call(
    way: str,
    tools: Toolset[AnyEffect],
    *calls: tuple[str, str],
    given: Iterable[object] = (),
    watchers: tuple[Watcher, ...] = (),
    control: Control | None = None,
) -> Ran:
    """Call these, in one of the three ways of running."""
    store = TraceMemory()
    world = World(with_tools(tools, given), store=store, watchers=watchers)
    return Ran(run(way, calling(*calls), world, control), store)


def starts(log: Path) -> list[int]:
    """The processes that were started."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith("started")]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
