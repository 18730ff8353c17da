"""Teams whose tools a world does not perform."""

from __future__ import annotations

from typedagents.core.decision import Decision, Reply
from typedagents.core.model import CallModel
from typedagents.core.team import Agent
from typedagents.core.tool import CallTool
from typedagents.core.view import View
from typedagents.interpreter.world import World
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.tools import tool, toolset


@tool
def add(a: int, b: int = 2) -> int:
    return a + b


@tool(approval=True)
def remove(path: str) -> None: ...


def echo(view: View) -> Decision:
    return Reply(view.me)


plain = toolset(add)
both = toolset(add, remove)
teller = assistant("a", tells=plain)


def performs_tools(world: World[CallModel | CallTool]) -> None:
    world.run_sync(chat(user_proxy("u", "never", code=None, runs=plain), teller))
    world.run_sync(chat(user_proxy("u", "never", code=None, runs=both), teller))  # E


def performs_none(world: World[CallModel]) -> None:
    world.run_sync(chat(user_proxy("u", "never", code=None, runs=plain), teller))  # E
    world.run_sync(chat(Agent("u", echo), assistant("a", tools=plain)))  # E
