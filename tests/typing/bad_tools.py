"""What both checkers must refuse about tools: each marked line, and no other."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents import World
from typedagents.core.parts import ToolCall
from typedagents.core.team import Agent, group
from typedagents.core.tool import Approve, Approved, CallTool
from typedagents.interpreter.tools import with_tools
from typedagents.policies.calling.reply import tool_reply
from typedagents.tools import FromWorld, Toolset, raw_tool, tool, toolset, toolset_of
from typedagents.tools.tool import Tool


class Database:
    pass


@tool
def add(a: int, b: int = 2) -> int:
    return a + b


@tool
async def wait(seconds: float) -> str:
    return "waited"


@tool(approval=True)
def rm(path: str) -> None:
    return None


@tool
def search(query: str, database: FromWorld[Database]) -> str:
    return query


class Counter:
    @tool
    def step(self, n: int) -> int:
        return n


def plain(a: int) -> int:
    return a


def find(arguments: Mapping[str, object]) -> str:
    return ""


# Wrong arguments in a direct call.
add("1")  # E
add()  # E
add(1, c=2)  # E: c
add(1, 2, 3)  # E
wait("long")  # E
rm(path=1)  # E
search("x")  # E: database
search("x", "database")  # E
Counter().step("1")  # E
Counter().step(1, 2)  # E
Counter.step(1)  # E
tool(plain)("1")  # E

# Its result at a wrong type.
a: str = add(1)  # E: str
b: str = wait(1.0)  # E: str
c: str = Counter().step(1)  # E: str
d: str = add.bind(b=1)(1)  # E: str
e: int = raw_tool("find", "", "{}", find)({})  # E: int
rm("x") + 1  # E

# Less is asked for than the type allows, never more.
f: Tool[CallTool] = rm  # E: Approve
g: Tool[CallTool] = add.with_approval()  # E: Approve
h: Toolset[CallTool] = toolset(add, rm)  # E: Approve
i: Toolset[CallTool] = toolset(add) | toolset(rm)  # E: Approve
j: Toolset[CallTool] = toolset(rm).only("rm")  # E: Approve
k: Toolset[CallTool] = toolset(raw_tool("find", "", "{}", find, approval=True))  # E: Approve

# What is no tool, no option, no way to make one.
toolset(plain)  # E
toolset_of([plain])  # E
tool(plain, nam="plus")  # E
tool(plain, timeout_s="1")  # E
tool(plain, repeats="twice")  # E
tool(plain, approval="yes")  # E
raw_tool("find", "", "{}", plain)  # E
toolset(add).only(1)  # E
toolset(add).renamed("plus")  # E
toolset(add).answer(ToolCall("c", "add"))  # E

# A world that performs no tool calls, or asks nobody for approval.
quick = group(Agent("a", tool_reply(toolset(add))))
careful = group(Agent("a", tool_reply(toolset(add, rm))))
tools = with_tools(toolset(add, rm))


def run() -> None:
    World(Approve.by(lambda effect: Approved())).run_sync(quick)  # E: CallTool
    World(tools).run_sync(careful)  # E: Approve
    World(Approve.by(lambda effect: Approved())).run_sync(careful)  # E: CallTool
