"""Agents and teams as tools in a run: its bounds, what stands in its trace, and how it goes on after a crash."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.policies.driving import message, view_of
from tests.policies.team_tools import (
    CLIENT,
    EXPERT,
    Asked,
    Models,
    apart,
    call,
    loop,
    ready_made,
    results,
)
from typedagents.core.decision import Reply
from typedagents.core.effect import Ok
from typedagents.core.limits import Limits
from typedagents.core.machine import Machine
from typedagents.core.message import words_of
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stop import BudgetExceeded, EffectLimit
from typedagents.core.team import Team, group
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.calling.team_tool import TeamTool, as_tool
from typedagents.testing import assert_replays
from typedagents.tools.toolset import toolset

# --- bounds -----------------------------------------------------------------------------------------------------

TWICE = (call("expert", '{"message":"a"}', "1"), call("expert", '{"message":"b"}', "2"))


def test_limits_of_the_run_around_bound_what_is_held_in_it() -> None:
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(
        loop(limits=Limits(max_decisions=1, max_model_calls=2)), "go"
    )

    assert outcome.reason == EffectLimit("max_model_calls", 2, "CallModel")


def test_limits_of_the_inner_conversation_hold_for_each_call() -> None:
    tight = group(EXPERT, limits=Limits(max_decisions=1, max_model_calls=1), name="expert")
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(loop(toolset(as_tool(tight))), "go")

    assert outcome.summary == "So: expert: b"


def test_its_own_limit_on_effects_ends_the_run() -> None:
    tight = group(EXPERT, limits=Limits(max_decisions=2, max_model_calls=1), name="expert")
    outcome = World(CallModel.by(Models(*TWICE)), store=None).run_sync(loop(toolset(as_tool(tight))), "go")

    assert outcome.reason == EffectLimit("max_model_calls", 1, "CallModel")


def test_the_budget_of_the_world_holds_within() -> None:
    world = World(CallModel.by(Models(*TWICE)), store=None, budget=Budget(max_model_calls=2))

    assert isinstance(world.run_sync(loop(), "go").reason, BudgetExceeded)


@pytest.mark.parametrize(
    ("one", "together"), [(as_tool(EXPERT), [2]), (as_tool(EXPERT, exclusive=True), [1, 1])]
)
def test_calls_of_one_message_are_held_side_by_side_unless_exclusive(
    one: TeamTool[CallModel], together: list[int]
) -> None:
    machine: Machine[Asked] = Machine(tool_reply(toolset(one))(view_of(message("you", TWICE))))
    models, seen = Models(), list[int]()
    machine.begin()
    while machine.opened:
        opened, machine.opened = machine.opened, []
        seen.append(len(opened))
        for open_one in reversed(opened):
            assert isinstance(open_one.effect, CallModel)
            machine.feed(open_one.path, Ok(models(open_one.effect)), None)

    assert seen == together
    assert machine.ended is not None
    assert isinstance(machine.ended.value, Reply)
    assert words_of(machine.ended.value.drafts[0].parts) == "expert: a\nexpert: b"


# --- traces -----------------------------------------------------------------------------------------------------

BOTH = (call("research", '{"topic":"a"}', "1"), call("expert", '{"message":"b"}', "2"))


@pytest.mark.parametrize("team", [loop(), ready_made(), apart()], ids=lambda team: team.name)
def test_replay_performs_nothing_and_every_prefix_of_the_trace_resumes(team: Team[Asked]) -> None:
    store, models = TraceMemory(), Models(*BOTH)
    world = World(CallModel.by(models), store)
    outcome = world.run_sync(team, CLIENT, name="r")
    whole, asked = bytes(store.traces["r"]), Counter(models.asked)

    assert world.replay(team, "r") == outcome
    assert models.asked == asked
    lines = whole.splitlines(keepends=True)
    for cut in range(1, len(lines)):
        store.traces["r"] = bytearray(b"".join(lines[:cut]))
        assert world.resume_sync(team, "r") == outcome


def test_what_finished_in_the_middle_of_it_is_not_asked_again() -> None:
    store, models = TraceMemory(), Models(*BOTH)

    class Crash(BaseException):
        pass

    def crashes(request: CallModel) -> ModelReply:
        if request.me == "critic":
            raise Crash
        return models(request)

    with pytest.raises(Crash):
        World(CallModel.by(crashes), store).run_sync(loop(), "go", name="r")
    outcome = World(CallModel.by(models), store).resume_sync(loop(), "r")

    assert models.asked == Counter(boss=2, expert=2, critic=1)
    assert [result.text for result in results(outcome)] == ["critic: a x1", "expert: b"]


def test_what_it_holds_stands_in_the_trace_below_the_turn_around() -> None:
    store = TraceMemory()
    World(CallModel.by(Models(*BOTH)), store).run_sync(loop(), "go", name="r")
    trace = bytes(store.traces["r"])

    for path in ("t0.0", "t0.1/0.0/c.t0.0", "t0.1/0.0/c.t1.0", "t0.1/1.0/c.t0.0"):
        assert f'"{path}"'.encode() in trace
    assert_replays(loop(), trace.splitlines(keepends=True))
