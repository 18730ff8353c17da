"""The run behind ``fixtures/format_1.jsonl``: a bit of everything. Never change it: a released format opens for ever.

A new format gets a fixture of its own, made by ``python -m tests.trace.recorded FILE``.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

from typedagents.core.ambient import Draw, Now
from typedagents.core.code import (
    Artefact,
    BlockResult,
    Captured,
    CodeBlock,
    CodeResult,
    Exited,
    RunCode,
    TimedOut,
)
from typedagents.core.context import Change
from typedagents.core.decision import Decision, Draft, Reply, Stop
from typedagents.core.effect import Failed, Steps
from typedagents.core.errors import ToolError
from typedagents.core.human import AskHuman, Typed
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Prompt, Settings, ToolSpec
from typedagents.core.parts import (
    Data,
    Image,
    Inline,
    Link,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from typedagents.core.structure import attempt, both, race
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.usage import Usage
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

FIXTURE = Path(__file__).parent / "fixtures" / "format_1.jsonl"
Asked = CallModel | CallTool | RunCode | AskHuman | Draw | Now

PARTS = (
    Reasoning("hm", Opaque("acme", "signature", '{"s":1}')),
    Text("Grüße \u2028 \U0001f600 \u007f"),
    ToolCall("c1", "sum", '{"a":1}', complete=False),
    ToolResult("c1", "sum", (Text("3"), Image(Inline(b"\x00\xff", "image/png"), "low")), failed=True),
    ToolResult("c2", "file", (Text("filed"),), changes=(Change("mood", '"busy"'),), hand_to="worker"),
    Data('{"x":[1,2.5,null]}'),
    Image(Link("https://example.org/a.png")),
    Unknown("hologram", '{"depth":3,"part":"hologram"}'),
)


def thinks(view: View, /) -> Steps[Decision, Asked]:
    """Calls a model, twice at once, and says all that came."""
    spec = ToolSpec("sum", "adds", '{"type":"object"}')
    first = CallModel(
        view.transcript,
        view.me,
        "big",
        Prompt("Be brief.", "house", "3"),
        (spec,),
        OutputSpec("answer", "{}"),
        Settings(temperature=0.0, max_tokens=5, stop=("END",), extra=(("top_k", "3"),)),
    )
    one, other = yield from both(first, CallModel(view.transcript, view.me))
    return Reply((Draft(one.parts), Draft(other.parts)), origin="model", changes=(Change("mood", '"calm"'),))


def drew() -> Steps[str, Asked]:
    return str((yield from Draw(6)))


def asked(view: View) -> Steps[str, Asked]:
    answer = yield from AskHuman("So?", view.me, view.transcript)
    return answer.text if isinstance(answer, Typed) else ""


def works(view: View, /) -> Steps[Decision, Asked]:
    """Uses a tool that fails, runs code, lets two race, holds a conversation of its own."""
    tool = yield from attempt(CallTool("sum", '{"a":1}', "c1"))
    failed = tool.kind if isinstance(tool, Failed) else "done"
    ran = yield from RunCode((CodeBlock("python", "print(3)", "a.py"),))
    won = yield from race([asked(view), drew()])
    inner: Team[Asked] = group(Agent(AgentName("inner"), stops), limits=Limits(max_decisions=2))
    ended = yield from converse(inner, "inside")
    return Reply(
        (ran, Text(f"{failed} {won} {ended.reason}")), origin="code", hand_to="thinker", notes=("noted",)
    )


def stops(view: View, /) -> Steps[Decision, Asked]:
    """Looks at the clock and stops."""
    now = yield from Now()
    return Stop(f"at {now}")


def reply_of(effect: CallModel) -> ModelReply:
    if effect.model == "big":
        return ModelReply(
            PARTS, "tool_calls", "tool_use", Usage(10, 2, 1, 5, 3), Decimal("0.001250"), model="big-1"
        )
    return ModelReply("plain", provider="acme", id="r1")


def fails(effect: CallTool) -> ToolResult:
    raise ToolError("it broke", kind="broke", facts={"where": "inside"})


def result_of(effect: RunCode) -> CodeResult:
    block = BlockResult(Exited(0), Captured(b"3\n"), Captured(b"\xff", 7))
    return CodeResult(
        (block, BlockResult(TimedOut(2.5))), (Artefact("a.txt", 3, "ab", "text/plain", b"abc"),), ("cpu",)
    )


TEAM: Team[Asked] = group(
    Agent(AgentName("thinker"), thinks, "thinks"),
    Agent(AgentName("worker"), works),
    limits=Limits(max_decisions=3),
)


def record() -> bytes:
    """A new trace of ``TEAM``."""
    store = TraceMemory()
    handler = (
        CallModel.by(reply_of)
        | CallTool.by(fails)
        | RunCode.by(result_of)
        | AskHuman.by(lambda effect: Typed("yes"))
    )
    world = World(handler, store, clock=lambda: 1_700_000_000.25, dice=lambda sides: 4)
    world.run_sync(TEAM, Message(AgentName("user"), "Hello \u00e9"), name="format_1")
    return bytes(store.traces["format_1"])


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(record())
