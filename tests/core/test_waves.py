"""Several agents who have the floor at once: each is shown what was there before, and the log is in the named order."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import EffectFailed, Failed, Steps
from typedagents.core.errors import PolicyError
from typedagents.core.limits import Limits
from typedagents.core.log import Began, Handed, Log
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.rule import NeverHolds, Rule
from typedagents.core.stop import DecisionLimit, EffectFailure, PolicyStopped, RuleFired
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.usage import Usage
from typedagents.core.view import Policy, SharedView, View
from typedagents.interpreter.events import EffectStarted, EntryAdded, Event
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.rules.said import decision_count


def heard(view: View, /) -> Decision:
    return Reply(f"{view.me} heard {len(view.transcript)} in turn {view.turn}")


def asks(view: View, /) -> Steps[Decision, CallModel]:
    return Reply((yield from CallModel(view.transcript, view.me, model=view.me)).text)


def fails(view: View, /) -> Steps[Decision, CallModel]:
    yield from CallModel(view.transcript, view.me, model="good")
    raise EffectFailed(Failed("boom", f"{view.me} fell"))


def fails_at_once(view: View, /) -> Decision:
    raise EffectFailed(Failed("boom", f"{view.me} fell"))


def stops(view: View, /) -> Decision:
    return Stop(f"{view.me} has enough")


def hands_on(view: View, /) -> Decision:
    return Reply(f"over to c, says {view.me}", hand_to=AgentName("c"))


def all_at_once(view: SharedView, /) -> tuple[str, ...]:
    return tuple(view.roster)


def team(until: Rule | None = None, **policies: Policy[CallModel]) -> Team[CallModel]:
    agents = [Agent(AgentName(name), policy) for name, policy in policies.items()]
    return group_of(agents, until=decision_count(len(agents)) if until is None else until).selected_by(
        all_at_once
    )


def answered(call: CallModel) -> ModelReply:
    return ModelReply(f"{call.model} {len(call.transcript)}", usage=Usage(1, output=1), model=call.model)


def held(team: Team[CallModel], store: TraceMemory | None = None) -> Outcome:
    return World(CallModel.by(answered), store=store).run_sync(team, "hi", name="r")


def floors(log: Log) -> list[str]:
    return [entry.agent for entry in log if isinstance(entry, Began)]


def test_those_named_at_once_do_not_hear_each_other() -> None:
    outcome = held(team(a=heard, b=heard, c=heard))

    assert [said.text for said in outcome.transcript] == [
        "hi",
        "a heard 1 in turn 0",
        "b heard 1 in turn 0",
        "c heard 1 in turn 0",
    ]
    assert [said.sender for said in outcome.transcript] == ["a", "a", "b", "c"]
    assert floors(outcome.log) == ["a", "b", "c"]
    assert isinstance(outcome.reason, RuleFired)


def test_what_each_asked_for_is_charged_to_each() -> None:
    store, seen = TraceMemory(), list[Event]()
    pair = team(a=asks, b=asks)
    world = World(CallModel.by(answered), store=store, watchers=(seen.append,))
    outcome = world.run_sync(pair, "hi", name="r")

    assert [said.text for said in outcome.transcript] == ["hi", "a 1", "b 1"]
    assert [(name, charges[0].model) for name, charges in outcome.bill.by_agent] == [("a", "a"), ("b", "b")]
    assert [(one.agent, one.path) for one in seen if isinstance(one, EffectStarted)] == [
        ("a", "t0.0/0.t0.0"),
        ("b", "t0.0/1.t1.0"),
    ]
    assert [one.entry for one in seen if isinstance(one, EntryAdded) and isinstance(one.entry, Began)] == [
        Began(AgentName("a")),
        Began(AgentName("b")),
    ]
    assert world.replay(pair, "r") == outcome


def test_nobody_is_named_twice_and_strangers_are_named_by_the_error() -> None:
    def doubled(view: SharedView, /) -> tuple[str, ...]:
        return ("a", "b", "a")

    def strange(view: SharedView, /) -> tuple[str, ...]:
        return ("a", "eve")

    with pytest.raises(PolicyError, match=r"doubled named somebody twice at once: a, b, a"):
        held(team(a=heard, b=heard).selected_by(doubled))
    with pytest.raises(PolicyError, match=r"strange named 'eve', who is not in the team; it has: a, b"):
        held(team(a=heard, b=heard).selected_by(strange))


def nobody(view: SharedView, /) -> tuple[str, ...]:
    return ()


def enough(view: SharedView, /) -> Stop:
    return Stop("all is said")


def asks_who(view: SharedView, /) -> Steps[tuple[str, ...] | Stop, CallModel]:
    answer = yield from CallModel(view.transcript, "selector", model="x")
    return ("b",) if len(view.transcript) < 2 else Stop(RuleFired(answer.text))


@pytest.mark.parametrize(
    ("select", "reason", "spoke"),
    [
        (nobody, PolicyStopped("", "it named nobody to speak next"), []),
        (enough, PolicyStopped("", "all is said"), []),
        (asks_who, RuleFired("x 2"), ["b"]),
    ],
)
def test_such_a_selector_names_one_or_ends_it(
    select: Callable[[SharedView], tuple[str, ...]], reason: object, spoke: list[str]
) -> None:
    outcome = held(team(NeverHolds(), a=heard, b=heard).selected_by(select))

    assert (outcome.reason, floors(outcome.log)) == (reason, spoke)


def test_the_first_who_fails_or_stops_ends_it_when_all_have_spoken() -> None:
    outcome = held(team(a=asks, b=fails, c=stops, d=fails_at_once, e=asks))

    assert outcome.reason == EffectFailure("b", Failed("boom", "b fell"))
    assert [said.text for said in outcome.transcript] == ["hi", "a 1", "e 1"]
    assert [charge.model for charge in outcome.bill.by_model] == ["a", "e", "good"]
    assert held(team(a=stops, b=fails)).reason == PolicyStopped("a", "a has enough")


def test_the_last_who_hands_on_does() -> None:
    outcome = held(team(decision_count(4), a=hands_on, b=heard, c=heard))

    assert floors(outcome.log) == ["a", "b", "c", "c"]
    assert outcome.log[-3] == Handed(AgentName("a"), AgentName("c"))


def test_limits_cut_what_is_said_at_once() -> None:
    three = team(a=heard, b=heard, c=heard)
    two = held(three.limited(Limits(max_decisions=2)))
    said = held(three.limited(Limits(max_messages=2)))

    assert (floors(two.log), two.reason) == (["a", "b"], DecisionLimit("max_decisions", 2))
    assert [message.sender for message in said.transcript] == ["a", "a"]


def test_times_are_asked_for_once_a_wave() -> None:
    class Late(Rule):
        needs_time: ClassVar[bool] = True

        def __call__(self, log: Log, /) -> bool:
            return len(floors(log)) == 2

    outcome = held(team(Late(), a=heard, b=heard))

    assert len({entry.at for entry in outcome.log if isinstance(entry, Began)}) == 1
