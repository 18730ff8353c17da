"""One conversation however it is run: at once, later, again, elsewhere. For the numbers see ``ledger``."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import anyio
import pytest

from tests.policies.driving import run, scripted
from typedagents import (
    Agent,
    AskHuman,
    CallModel,
    CallTool,
    CodeResult,
    ConfigError,
    Control,
    Handler,
    HumanAnswer,
    Limits,
    Message,
    ModelReply,
    Outcome,
    RunCode,
    Suspended,
    Team,
    ToolCall,
    TraceMemory,
    Unlimited,
    World,
    chat,
    code_reply,
    first_of,
    group,
    last,
    mentions,
    model_reply,
    passes,
    says,
    tool_reply,
    transformed,
    user_proxy,
    with_human,
    with_models,
    with_tools,
)
from typedagents.core.code import BlockResult, Captured, Exited
from typedagents.core.effect import AnyEffect
from typedagents.core.view import SharedView
from typedagents.testing import scripted_human, scripted_model
from typedagents.tools import tool, toolset

WAYS = ("sync", "asyncio", "trio")


@tool(repeats="pure")
def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


ADD = toolset(add)


def held(way: str, team: Team[CallModel | CallTool], world: World[CallModel | CallTool]) -> Outcome:
    return (
        world.run_sync(team, "hi")
        if way == "sync"
        else anyio.run(partial(world.run, team, "hi"), backend=way)
    )


# --- one way for all --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_transforms_work_however_a_chat_is_run(way: str) -> None:
    """Defect 9, row 119: in the original an async chat leaves out the hooks of others; ours is sane."""
    model = scripted_model("x", "y")
    team: Team[CallModel | CallTool] = group(
        Agent("a", says("b")), Agent("b", transformed(model_reply(), last(1))), limits=Limits(max_messages=4)
    )
    outcome = held(way, team, World(with_models(model) | with_tools(ADD), store=None))

    assert [[said.text for said in asked.transcript] for asked in model.asked] == [["hi"], ["b"]]
    assert len(outcome.transcript) == 4


def test_a_call_without_an_id_and_a_message_that_ends_are_the_same_in_every_way() -> None:
    """Defect 10: in the original the one fails and the other is not told in async chats; ours is sane."""
    caller = Agent("a", says(ToolCall("", "add", '{"a": 1, "b": 2}')))
    runner = Agent("b", tool_reply(ADD))
    enders = Agent("c", says("STOP"))
    team: Team[CallModel | CallTool] = group(caller, runner, enders, until=mentions("STOP"))
    world = World(with_models(scripted_model()) | with_tools(ADD), store=None)
    sync, asyncio, trio = (held(way, team.selected_by(order), world) for way in WAYS)

    assert [said.text for said in sync.transcript] == ["hi", "", "3", "STOP"]
    assert sync == asyncio == trio


def order(view: object, /) -> str:
    """A calls, b runs it, c ends."""
    assert isinstance(view, SharedView)
    return "abc"[view.turn]


# --- values -----------------------------------------------------------------------------------------------------


def test_what_is_given_is_copied_and_what_is_said_is_frozen() -> None:
    """Defect 6: in the original both agents and the caller share a list; ours is sane."""
    calls = [ToolCall("1", "add")]
    message = Message("a", calls)
    calls.append(ToolCall("2", "add"))

    assert [part.part for part in message.parts] == ["tool_call"]
    with pytest.raises(AttributeError, match="can't set"):
        message.parts = ()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # the point


def test_a_message_is_made_of_what_can_be_said() -> None:
    """Defect 11: in the original a function may be a message's content, and the check for the end fails on it."""
    for content in (lambda: "x", 3, None, {"content": "x"}):
        with pytest.raises((ConfigError, TypeError)):
            Message("a", content)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the point


# --- later, and elsewhere ---------------------------------------------------------------------------------------


def test_a_human_may_answer_tomorrow_in_another_process() -> None:
    """Defect 27: in the original input blocks, and the process has to live; ours is sane: the run waits in its trace."""
    control, store = Control(), TraceMemory()

    async def away(question: AskHuman) -> HumanAnswer:
        control.suspend()
        await anyio.sleep_forever()
        raise AssertionError

    team = chat(Agent("a", says("may I?")), user_proxy("u", code=None), max_turns=1)
    with pytest.raises(Suspended):
        World(AskHuman.by(away), store).run_sync(team, "hi", name="r", control=control)
    human = scripted_human("you may")
    outcome = World(with_human(human), store).resume_sync(team, "r")

    assert [said.text for said in outcome.transcript] == ["hi", "you may"]
    assert len(human.asked) == 1


def test_a_run_goes_on_from_any_line_of_its_trace_tools_included() -> None:
    """Defect 13, row 80: state is the log, and to resume is to go on with it."""
    team = group(
        Agent("a", model_reply(tools=ADD)),
        Agent("b", first_of(tool_reply(ADD), passes)),
        limits=Limits(max_messages=4),
    )
    store = TraceMemory()
    whole = World(CallModel.by(sums) | with_tools(ADD), store).run_sync(team, Message("b", "1+2?"), name="r")
    lines = bytes(store.traces["r"]).splitlines(keepends=True)

    assert [said.text for said in whole.transcript] == ["1+2?", "", "3", "It is 3."]
    for end in range(1, len(lines)):
        part = TraceMemory({"r": bytearray(b"".join(lines[:end]))})
        assert World(CallModel.by(sums) | with_tools(ADD), part).resume_sync(team, "r") == whole


def sums(asked: CallModel) -> ModelReply:
    """A model that calls a tool, and says what it came to."""
    last = asked.transcript.last
    added = last is not None and last.origin == "tool"
    return ModelReply("It is 3." if added else ToolCall("1", "add", '{"a": 1, "b": 2}'))


# --- code -------------------------------------------------------------------------------------------------------

PRINT = "```python\nprint(1)\n```"
FINE = CodeResult((BlockResult(Exited(0), Captured(b"1\n")),))


def test_code_that_was_run_is_not_run_again() -> None:
    """Defect 25: in the original old code is run again; ours is sane, however far back it is looked for."""
    runner = Agent("r", first_of(code_reply(last_n=Unlimited), says("nothing to run")))
    team = group(Agent("a", says("well")), runner, limits=Limits(max_messages=4))
    ended = run(team, Message("a", PRINT), scripted(FINE))

    assert [type(asked) for asked in ended.asked] == [RunCode]
    assert ended.texts[1:] == ["exitcode: 0 (execution succeeded)\nCode output: 1", "well", "nothing to run"]


def test_who_runs_code_needs_nothing_until_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect 26: the original wants a container when an agent is made; ours is sane: what runs code is the world's."""
    monkeypatch.setenv("PATH", "")
    team = chat(Agent("a", says(PRINT)), user_proxy("u", "never"), "hi")
    nobody: Handler[AnyEffect] = Handler({})

    with pytest.raises(ConfigError, match="RunCode"):
        World(nobody, store=None).run_sync(team)


# --- costs ------------------------------------------------------------------------------------------------------


def test_costs_are_known_for_each_agent_and_each_model_and_add_up() -> None:
    """Case 54; rows 47 and 104."""
    spent = [("gpt-35-turbo", ".1"), ("gpt-35-turbo", ".2"), ("gpt-4", ".3")]
    replies = [ModelReply("x", model=model, cost_usd=Decimal(usd)) for model, usd in spent]
    team = group(*(Agent(name, model_reply()) for name in "abc"), limits=Limits(max_decisions=3))
    outcome = World(with_models(scripted_model(*replies)), store=None).run_sync(team)

    assert outcome.cost_usd == Decimal("0.6")
    assert {charge.model: charge.cost_usd for charge in outcome.bill.by_model} == {
        "gpt-35-turbo": Decimal("0.3"),
        "gpt-4": Decimal("0.3"),
    }
