"""What the types of tools say, as users write them."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Annotated, Never, assert_type

from typedagents import World
from typedagents.core.code import RunCode
from typedagents.core.context import Variable
from typedagents.core.handler import Call
from typedagents.core.team import Agent, group
from typedagents.core.tool import Approve, Approved, CallTool
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.tools import with_tools
from typedagents.policies.calling.reply import ToolPolicy, tool_reply
from typedagents.testing import scripted_model
from typedagents.tools import Depends, FromWorld, Toolset, raw_tool, tool, toolset, toolset_of
from typedagents.tools.tool import Tool

USER = Variable("user", str)


class Database:
    def find(self, query: str) -> list[str]:
        return [query]


@tool
def add(a: int, b: int = 2) -> int:
    return a + b


@tool
async def wait(seconds: float) -> str:
    return "waited"


@tool(name="remove", approval=True, timeout_s=5, repeats="idempotent", exclusive=True)
def rm(path: str, *, force: bool = False) -> None:
    return None


@tool(description="Searches.", render=lambda found: f"found {found}", max_chars=1000)
def search(query: str, database: FromWorld[Database], user: Annotated[str, USER], call: Call) -> list[str]:
    return database.find(query)


@tool
def lookup(query: str, database: Annotated[Database, Depends()], call: Call | None = None) -> list[str]:
    return database.find(query)


# A tool stays the function that it was made of.
assert_type(add(1), int)
assert_type(add(1, b=3), int)
pending: Coroutine[object, object, str] = wait(1.5)
assert_type(rm("x", force=True), None)
assert_type(lookup("x", Database()), list[str])


async def main() -> None:
    assert_type(await wait(1), str)


# What a call of it asks of the world is in its type.
a: Tool[CallTool] = add
b: Tool[CallTool] = wait
c: Tool[CallTool | Approve] = rm
d: Tool[CallTool | Approve] = add.with_approval()
e: Tool[CallTool | Approve] = tool(add.function, approval=True)
assert_type(tool(add.function, name="plus")(1, 2), int)
assert_type(tool(len, name="length")("x"), int)

# What is filled cannot be taken off the parameters' types; what comes back is still known.
assert_type(add.bind(b=3)(1), int)
f: Tool[CallTool] = add.bind(b=3).bind(a=1)


# Methods are bound as those of any class.
class Counter:
    count = 0

    @tool
    def step(self, n: int) -> int:
        self.count += n
        return self.count

    @tool(approval=True)
    async def reset(self) -> str:
        return "reset"


counter = Counter()
assert_type(counter.step(1), int)
assert_type(Counter.step(counter, 1), int)
assert_type(toolset(counter.step), Toolset[CallTool])
assert_type(toolset(counter.reset, counter.step), Toolset[CallTool | Approve])


def find(arguments: Mapping[str, object]) -> str:
    return str(arguments["word"])


# Tools of a schema.
raw = raw_tool("find", "Finds.", {"type": "object"}, find)
assert_type(raw({"word": "x"}), str)
assert_type(toolset(raw), Toolset[CallTool])
assert_type(toolset(raw_tool("find", "", "{}", find, approval=True)), Toolset[CallTool | Approve])

# Several tools ask for what all of them ask for.
assert_type(toolset(), Toolset[Never])
assert_type(toolset(add), Toolset[CallTool])
assert_type(toolset(add, wait, rm), Toolset[CallTool | Approve])
assert_type(toolset(add) | toolset(rm), Toolset[CallTool | Approve])
assert_type(toolset(add) | toolset(), Toolset[CallTool])
assert_type(toolset(add, rm).only("add").prefixed("x_"), Toolset[CallTool | Approve])
assert_type(toolset(add).without(lambda one: one.exclusive).renamed({"add": "plus"}), Toolset[CallTool])
assert_type(toolset_of([add, add]), Toolset[CallTool])
assert_type(toolset_of([rm, rm]), Toolset[CallTool | Approve])
assert_type(toolset(add, add, add, add, add, add, add, rm), Toolset[CallTool | Approve])
assert_type(toolset(add, add, add, add, add, add, add, add, add), Toolset[CallTool])
assert_type(toolset(add)["add"], Tool[CallTool])
more: Toolset[CallTool | Approve | RunCode] = toolset(add, rm)

# A policy asks for what its tools ask for, and a world that performs it runs the team.
assert_type(tool_reply(toolset(add)), ToolPolicy[CallTool])
assert_type(tool_reply(toolset(add, rm)), ToolPolicy[CallTool | Approve])
models = with_models(scripted_model())
tools = with_tools(toolset(add, rm))
one = group(Agent("a", tool_reply(toolset(add))))
two = group(Agent("a", tool_reply(toolset(add, rm))))


def run() -> None:
    World(tools).run_sync(one)
    World(models | tools).run_sync(one)
    World(tools | Approve.by(lambda effect: Approved())).run_sync(two)
