"""What a turn costs in a group: to that of two parties, and as the number of agents grows.

Ratios of CPU time a round (one turn of one agent) within one run. Who speaks next, who may, and what others are shown of
hand-overs is found out in every turn; what is said is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.bench_turns import HANDLER, cpu_s, speak
from tests.bench.conftest import Measured
from typedagents import (
    Agent,
    CallModel,
    Decision,
    DecisionLimit,
    Draw,
    Limits,
    Reply,
    Steps,
    Team,
    Unlimited,
    View,
    World,
    at_random,
    everyone,
    group_of,
    handoff,
    in_order,
    introduced,
    not_last,
    swarm,
    to,
    to_whom,
    transitions,
    with_handoffs,
    with_limit,
    within,
)
from typedagents.core.parts import ToolCall

ROUNDS = 200
MANY = 1000
MOST = 1.5
Asks = CallModel | Draw
WORLD = World(HANDLER, store=None)


def limits(rounds: int) -> Limits:
    return Limits(max_decisions=rounds, max_model_calls=Unlimited, max_effects=Unlimited)


def of(agents: int, rounds: int) -> Team[CallModel]:
    return group_of([Agent(f"a{i}", speak) for i in range(agents)], limits=limits(rounds))


def ring(agents: int) -> dict[str, list[str]]:
    """Who may follow whom: the next two."""
    return {f"a{i}": [f"a{(i + k) % agents}" for k in (1, 2)] for i in range(agents)}


def limited(agents: int, rounds: int) -> Team[CallModel]:
    members = [Agent(f"a{i}", with_limit(speak, max_auto_replies=rounds)) for i in range(agents)]
    return group_of(members, limits=limits(rounds))


def calls(view: View) -> Steps[Decision, CallModel]:
    """Asks its model, and hands over to the next by a call."""
    yield from CallModel(view.transcript, view.me)
    following = view.roster.after(view.me)
    return Reply(ToolCall(f"c{view.turn}", f"transfer_to_{following}"), "model")


def handing(agents: int, rounds: int) -> Team[CallModel]:
    """A swarm whose members hand over in each turn."""
    members = [
        Agent(f"a{i}", with_handoffs(calls, handoff(to(f"a{(i + 1) % agents}"), "Go on.")))
        for i in range(agents)
    ]
    return swarm(group_of(members, limits=limits(rounds)))


PATTERNS: dict[str, Callable[[int, int], Team[Asks]]] = {
    "in order": of,
    "not_last": lambda agents, rounds: of(agents, rounds).selected_by(in_order(among=not_last())),
    "transitions": lambda agents, rounds: of(agents, rounds).selected_by(
        in_order(among=transitions(allowed=ring(agents)))
    ),
    "all of them, within": lambda agents, rounds: of(agents, rounds).selected_by(
        in_order(among=not_last() & transitions(allowed=ring(agents)) & within(rounds))
    ),
    "introduced": lambda agents, rounds: introduced(of(agents, rounds)),
    "swarm": lambda agents, rounds: swarm(of(agents, rounds), otherwise=to_whom(in_order())),
    "automatic replies counted": limited,
}
"""The agents of each are those of the plain one, and say the same."""

OTHERS: dict[str, Callable[[int, int], Team[Asks]]] = {
    "at random": lambda agents, rounds: of(agents, rounds).selected_by(at_random(everyone() & not_last())),
    "swarm with handoffs": handing,
}
"""These ask for more in a turn, or say more: they are compared with two parties that do the same."""


def ratio(work: Callable[[], object], anchor: Callable[[], object]) -> float:
    """How much more CPU time ``work`` takes; they alternate, so that load strikes both."""
    rounds = [(cpu_s(work, 1), cpu_s(anchor, 1)) for _ in range(15)]
    return min(took for took, _ in rounds) / min(took for _, took in rounds)


def run(team: Team[Asks]) -> Callable[[], object]:
    """Run it, and see that it had all its turns."""

    def work() -> None:
        outcome = WORLD.run_sync(team, "hi")
        assert isinstance(outcome.reason, DecisionLimit), outcome.reason

    return work


def test_a_group_of_five(measured: Measured) -> None:
    two = run(of(2, ROUNDS))
    for name, pattern in PATTERNS.items():
        measured(f"5 agents to 2: {name}", ratio(run(pattern(5, ROUNDS)), two), "x", at_most=MOST)
    for name, pattern in OTHERS.items():
        cost = ratio(run(pattern(5, ROUNDS)), run(pattern(2, ROUNDS)))
        measured(f"5 agents to 2: {name}", cost, "x", at_most=MOST)


def test_a_thousand_agents(measured: Measured) -> None:
    """As many rounds as there are agents, of a thousand and of ten."""
    for name, pattern in PATTERNS.items():
        cost = ratio(run(pattern(MANY, MANY)), run(pattern(10, MANY)))
        measured(f"1,000 agents to 10: {name}", cost, "x", at_most=MOST)
