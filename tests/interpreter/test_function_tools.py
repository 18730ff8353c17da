"""Functions made tools, from the model's call to its answer: in a loop and by another agent, in every way to run."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import anyio
import anyio.lowlevel
import pytest

from tests.interpreter.calling import WAYS
from typedagents.core.handler import Handler
from typedagents.core.model import CallModel
from typedagents.core.parts import ToolResult
from typedagents.core.team import Team
from typedagents.core.tool import Approve, Approved, CallTool, Denied
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.recipes import assistant, chat, user_proxy
from typedagents.testing import ScriptedModel, calling, scripted_model
from typedagents.tools.functions.decorator import tool
from typedagents.tools.toolset import toolset


@tool
def add(a: int, b: Annotated[int, "How much more"] = 1) -> int:
    """Adds."""
    return a + b


@tool
async def wait(turns: int) -> str:
    """Waits."""
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
    return "waited"


@tool(blocking=True)
def count(words: str) -> int:
    """Counts."""
    return len(words.split())


@tool(timeout_s=0.01)
async def forever() -> None:
    """Never ends."""
    await anyio.sleep_forever()


@tool
def flood() -> str:
    """Says 100 MB."""
    return "x" * 100_000_000


@tool(approval=True)
def remove(path: str) -> str:
    """Removes."""
    return f"{path} is gone"


TOOLS = toolset(add, wait, count, forever, flood)
DANGEROUS = toolset(remove)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def script() -> ScriptedModel:
    calls = (
        calling("add", a=2),
        calling("wait", turns=3),
        calling("count", words="one two three"),
        calling("forever"),
        calling("flood"),
        calling("add", a="two"),
        calling("add", a=1, c=3),
        calling("ad", a=1),
    )
    return scripted_model(calls, "TERMINATE")


def run(
    way: str, handler: Handler[CallModel | CallTool | Approve], team: Team[CallModel | CallTool | Approve]
) -> Outcome:
    world = World(handler, TraceMemory())
    outcome = (
        world.run_sync(team, name="r")
        if way == "sync"
        else anyio.run(partial(world.run, team, name="r"), backend=way)
    )
    assert world.replay(team, "r") == outcome
    return outcome


def results(outcome: Outcome) -> list[ToolResult]:
    return [part for message in outcome.transcript for part in message.parts if isinstance(part, ToolResult)]


def nobody(asked: Approve) -> Denied:
    return Denied(f"nobody is asked about {asked.name}")


PAIR = chat(user_proxy("user", "never", code=None, runs=TOOLS), assistant("bot", tells=TOOLS), "go")
LOOP = chat(user_proxy("user", "never", code=None), assistant("bot", tools=TOOLS), "go")


@pytest.mark.parametrize("team", [PAIR, LOOP], ids=["pair", "loop"])
def test_whatever_is_called_the_model_is_told_what_came_of_it(
    way: str, team: Team[CallModel | CallTool]
) -> None:
    handler = with_models(script()) | with_tools(TOOLS) | Approve.by(nobody)
    three, waited, words, late, much, wrong, unknown, missing = results(run(way, handler, team))

    assert (three.text, waited.text, words.text, late.text) == ("3", "waited", "3", "timed out after 0.01 s")
    assert len(much.text) < 1_000_000
    assert not much.failed
    assert (wrong.failed, unknown.failed, missing.failed) == (True, True, True)
    assert "a" in wrong.text
    assert "c" in unknown.text
    assert "add" in missing.text


@pytest.mark.parametrize("kind", ["pair", "loop"])
def test_a_dangerous_tool_is_called_when_that_is_approved(way: str, kind: str) -> None:
    pair = chat(
        user_proxy("user", "never", code=None, runs=DANGEROUS), assistant("bot", tells=DANGEROUS), "go"
    )
    loop = chat(user_proxy("user", "never", code=None), assistant("bot", tools=DANGEROUS), "go")

    def come(rule: Handler[Approve]) -> ToolResult:
        model = scripted_model(calling("remove", path="/x"), "TERMINATE")
        handler = with_models(model) | with_tools(DANGEROUS) | rule
        return results(run(way, handler, pair if kind == "pair" else loop))[0]

    assert come(Approve.by(lambda asked: Approved())).text == "/x is gone"
    denied = come(Approve.by(lambda asked: Denied("it is mine")))
    assert denied.failed
    assert "it is mine" in denied.text


def test_after_a_crash_the_model_is_told_that_nobody_knows() -> None:
    done: list[str] = []

    @tool
    def pay(to: str) -> str:
        """Pays."""
        done.append(to)
        return "paid"

    @tool(repeats="idempotent")
    def look(at: str) -> str:
        """Looks."""
        done.append(at)
        return f"saw {at}"

    tools, store = toolset(pay, look), TraceMemory()
    team = chat(user_proxy("user", "never", code=None), assistant("bot", tools=tools), "go")

    def world(model: ScriptedModel) -> World[CallModel | CallTool]:
        return World(with_models(model) | with_tools(tools), store)

    both = (calling("pay", to="ada"), calling("look", at="it"))
    world(scripted_model(both, "TERMINATE")).run_sync(team, name="r")
    lines = store.read("r")
    cut = max(i for i, line in enumerate(lines) if b'"line":"begun"' in line and b'"CallTool"' in line)
    kept = [
        line
        for line in lines[: cut + 1]
        if b'"line":"done"' not in line or b'"CallTool"' in line or b"finish" in line
    ]
    store.traces["r"] = bytearray(b"".join(kept))
    resumed = world(scripted_model("I see. TERMINATE")).resume_sync(team, "r")
    paid, looked = results(resumed)

    assert paid.failed
    assert "nobody can say" in paid.text
    assert looked.text == "saw it"
    assert done.count("ada") == 1
    assert done.count("it") == 2
