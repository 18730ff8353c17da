"""Groups that hand over: who speaks where nobody did, AG2's patterns, and laws over random graphs of hand-overs."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from enum import Enum

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import run, scripted
from typedagents.core.ambient import Draw
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Draft, Pass, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Handler
from typedagents.core.human import Skipped, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Began, Handed, Opened
from typedagents.core.model import ModelReply
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.rule import NeverHolds
from typedagents.core.stop import DecisionLimit, PolicyStopped
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.view import View
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.calling.settling import Several
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.policies.handing.handing import hands_to, with_handoffs
from typedagents.policies.handing.handoff import handoff
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import Target, asking, finish, stay, to, to_whom
from typedagents.policies.human import human_reply
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.testing import assert_replays

COUNT = Variable("count", int, 0)
A, B, C = (Agent(name, says(name.upper())) for name in "abc")
ABC = group(A, B, C, limits=Limits(max_messages=6))


def speakers(team: Team[Draw], said: str = "go", *answers: object) -> list[str]:
    return [one.sender for one in run(team, said, scripted(*answers)).messages[1:]]


# --- case 33, and AG2's patterns ------------------------------------------------------------------------------------


def test_by_default_a_conversation_is_over_where_nobody_was_handed_to() -> None:
    ran = run(swarm(ABC), "start")

    assert ran.texts == ["start", "A"]
    assert ran.reason == PolicyStopped("", "there is nothing left to do")


def test_after_its_work_an_agent_can_pass_the_floor_on() -> None:
    assert run(swarm(ABC, after={"a": to("b")}), "start").texts == ["start", "A", "B"]


def test_conditions_after_work_are_looked_at_in_order_with_what_the_agent_changed() -> None:
    def counts(view: View) -> Reply:
        return Reply("A", changes=(COUNT.to(view.context[COUNT] + 1),))

    team = group(Agent("a", counts), B, C, limits=Limits(max_messages=5))
    plan = to("b").when(COUNT.equals(1)) | to("c").when(COUNT.equals(2)) | to("a").when(COUNT > 5)

    assert speakers(swarm(team, after={"a": plan, "b": to("a")}, otherwise=stay())) == ["a", "b", "a", "c"]


def test_what_applies_to_nothing_ends_and_says_so() -> None:
    ran = run(swarm(ABC, otherwise=to("b").when(NeverHolds())), "go")

    assert ran.reason == PolicyStopped("", "to('b').when(never) names nobody here, and nobody was handed to")


def test_round_robin_begins_with_the_first_and_the_user_comes_last() -> None:
    order = to_whom(in_order("b", "a", "c"))

    assert speakers(swarm(ABC, first="b", otherwise=order)) == ["b", "a", "c", "b", "a"]


def test_a_model_dice_or_a_human_can_choose_where_nobody_handed_over() -> None:
    short = ABC.limited(Limits(max_messages=3))
    auto = run(swarm(short, otherwise=to_whom(by_model())), "go", scripted(ModelReply('{"next": "c"}')))
    manual = run(swarm(short, otherwise=to_whom(by_human("a"))), "go", scripted(Typed("b")))

    assert [one.kind for one in auto.asked] == ["CallModel"]
    assert [one.kind for one in manual.asked] == ["AskHuman"]
    assert manual.texts == ["go", "A", "B"]
    assert speakers(swarm(short, otherwise=to_whom(at_random())), "go", 2) == ["a", "c"]


def test_a_selectors_note_is_kept() -> None:
    ran = run(
        swarm(ABC.limited(Limits(max_messages=3)), otherwise=to_whom(by_human("a", tries=1))),
        "go",
        scripted(Typed("nobody")),
    )

    assert ran.texts == ["go", "A", "B"]


def test_after_the_user_the_agent_before_it_goes_on() -> None:
    user = Agent("u", human_reply("always"))
    team = group(A, B, user, limits=Limits(max_messages=6))
    to_user = swarm(team, first="b", user="u", otherwise=to("u"))

    answers = scripted(Typed("one"), Typed("two"), Skipped())
    assert run(to_user, "go", answers).texts == ["go", "B", "one", "B", "two", "B"]
    only = run(swarm(team, first="u", user="u"), "go", scripted(Typed("hi")))
    assert (only.texts, only.reason) == (["go", "hi"], PolicyStopped("", "there is nothing left to do"))


def test_calls_go_to_the_runner_and_its_results_to_the_caller() -> None:
    def asks(view: View) -> Reply:
        return Reply("done") if len(view.transcript) > 1 else Reply(ToolCall("1", "add"))

    def adds(view: View) -> Reply:
        return Reply(ToolResult("1", "add", (Text("3"),)), origin="tool")

    team = group(A, Agent("b", asks), Agent("r", adds))

    assert speakers(swarm(team, first="b", runner="r", after={"b": finish("x")})) == ["b", "r", "b"]


def test_what_a_decision_hands_comes_before_all_else() -> None:
    team = group(Agent("a", hands_to(to("c"), "A")), B, C)

    assert speakers(swarm(team, after={"a": to("b")})) == ["a", "c"]


def test_bad_plans_are_refused() -> None:
    with pytest.raises(ConfigError, match="a swarm names 'ghost', not in the team; it has: 'a', 'b', 'c'"):
        swarm(ABC, user="ghost")
    with pytest.raises(ConfigError, match="a swarm names 'x', 'y', not in the team"):
        swarm(ABC, first="x", after={"y": stay()})
    with pytest.raises(ConfigError, match=r"to\('ghost'\) names 'ghost'"):
        swarm(ABC, after={"a": to("ghost")})
    with pytest.raises(ConfigError, match="in_order"):
        swarm(ABC, otherwise=to_whom(in_order("ghost")))
    with pytest.raises(ConfigError, match=r"asking\('conversation'\) cannot say after 'a'"):
        swarm(ABC, after={"a": asking(group(A))})
    with pytest.raises(ConfigError, match=r"cannot say otherwise who speaks next"):
        swarm(ABC, otherwise=asking(group(A)).when(NeverHolds()) | stay())


def test_a_swarm_compares_and_pickles() -> None:
    team = swarm(ABC, after={"a": to("b").when(COUNT > 1)}, otherwise=to_whom(in_order("a", "b")))

    assert (
        team.select
        == swarm(ABC, after={"a": to("b").when(COUNT > 1)}, otherwise=to_whom(in_order("a", "b"))).select
    )
    assert hash(team.select) == hash(team.select)
    plan = to("b").when(COUNT > 1)
    assert pickle.loads(pickle.dumps(plan)) == plan


# --- laws -----------------------------------------------------------------------------------------------------------

NAMES: tuple[str, ...] = ("a", "b", "c", "d")


@frozen
class Calls:
    """Says a word, or calls these handoffs, as the die falls; and counts."""

    names: tuple[str, ...]

    def __call__(self, view: View, /) -> Steps[Decision, Draw]:
        drawn = yield from Draw(len(self.names) + 2)
        count = COUNT.to(view.context[COUNT] + 1)
        if drawn == 0:
            return Pass()
        said = [Draft(f"{view.me} {view.turn}")]
        wanted = self.names[: drawn - 1]
        if wanted:
            said.append(Draft([ToolCall(f"{view.turn}-{i}", name) for i, name in enumerate(wanted)]))
        return Reply(said, changes=(count,))


def targets(names: Sequence[str]) -> st.SearchStrategy[Target[Draw]]:
    plain: st.SearchStrategy[Target[Draw]] = st.one_of(
        st.sampled_from(names).map(to),
        st.just(stay()),
        st.just(finish()),
        st.just(to_whom(at_random())),
        st.just(to_whom(in_order())),
    )
    conditional = st.tuples(plain, st.integers(0, 4)).map(lambda pair: pair[0].when(pair[1] < COUNT))
    return st.one_of(plain, conditional, st.tuples(conditional, plain).map(lambda pair: pair[0] | pair[1]))


@st.composite
def members(draw: st.DrawFn, name: str, names: Sequence[str]) -> Agent[Draw]:
    several: Several = draw(st.sampled_from(("first", "last", "error")))
    wheres = draw(st.lists(targets(names), min_size=1, max_size=3))
    handoffs = [handoff(where, "", name=f"go_{i}") for i, where in enumerate(wheres)]
    called = tuple(
        draw(st.lists(st.sampled_from([*(one.spec.name for one in handoffs), "other"]), max_size=3))
    )
    policy = with_handoffs(Calls(called), *handoffs, several=several)
    if draw(st.booleans()):
        return Agent(name, first_of(hands_to(draw(targets(names)).when(COUNT.equals(2))), policy))
    return Agent(name, policy)


@st.composite
def swarms(draw: st.DrawFn) -> Team[Draw]:
    names = NAMES[: draw(st.integers(1, 4))]
    agents = [draw(members(name, names)) for name in names]
    limits = Limits(max_decisions=draw(st.integers(0, 12)), max_messages=draw(st.integers(0, 12)))
    after = draw(st.dictionaries(st.sampled_from(names), targets(names), max_size=3))
    return swarm(
        group_of(agents, limits=limits),
        first=draw(st.sampled_from(names)),
        after=after,
        otherwise=draw(targets(names)),
    )


@given(swarms(), st.integers(0, 1000))
def test_the_floor_is_always_a_members_runs_end_and_replay_as_they_were(team: Team[Draw], seed: int) -> None:
    nobody: Handler[Draw] = Handler({})
    store = TraceMemory()
    world = World(nobody, store, dice=lambda sides: (seed * 7919 + sides * 31) % sides)

    outcome = world.run_sync(team, "go", name="r")

    floors = [entry.agent for entry in outcome.log if isinstance(entry, Began)]
    handed = [entry.to for entry in outcome.log if isinstance(entry, Handed)]
    assert set(floors) | set(handed) <= set(team.agents)
    assert not isinstance(team.limits.max_decisions, Enum)
    assert not isinstance(team.limits.max_messages, Enum)
    assert len(floors) <= team.limits.max_decisions
    assert len(outcome.log.transcript) <= team.limits.max_messages
    again = assert_replays(team, bytes(store.traces["r"]).splitlines(keepends=True))
    assert (again.log, again.reason) == (outcome.log, outcome.reason)


@given(swarms(), st.integers(0, 1000))
def test_whoever_was_handed_to_has_the_next_floor_and_every_handoff_is_answered(
    team: Team[Draw], seed: int
) -> None:
    world: World[Draw] = World(Handler({}), None, dice=lambda sides: (seed + sides) % sides)
    entries = list(world.run_sync(team, "go").log)

    for place, entry in enumerate(entries):
        if isinstance(entry, Handed):
            following = [one.agent for one in entries[place:] if isinstance(one, Began)]
            assert following[:1] in ([], [entry.to])
    assert isinstance(entries[0], Opened)


def test_what_stays_refused_ends_by_its_limit() -> None:
    never = with_handoffs(says(ToolCall("1", "transfer_to_b")), handoff(to("b").when(NeverHolds()), ""))
    ran = run(group(Agent("a", never), B, limits=Limits(max_decisions=4)), None)

    assert ran.reason == DecisionLimit("max_decisions", 4)
    assert {one.sender for one in ran.messages} == {"a"}
