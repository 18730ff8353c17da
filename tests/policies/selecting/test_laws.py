"""What holds of every group, whoever may speak, whoever chooses, and whatever the world answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import cycle

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.ambient import Draw
from typedagents.core.human import AskHuman, HumanAnswer, Skipped, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Began, Log, Noted
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stop import DecisionLimit, PolicyStopped, Silence
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.view import Roster, Selector, SharedView
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.fixed import passes, says
from typedagents.policies.model import model_reply
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import Candidates, everyone, not_last
from typedagents.policies.selecting.introductions import introduced
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import hand_on, within

NAMES = tuple(AgentName(name) for name in ("ann", "bob", "cy", "d_e"))
ROSTER = Roster(dict.fromkeys(NAMES, ""))
WHO = st.sampled_from(NAMES)
RETRIES = 1
TURNS = 8
Asks = CallModel | AskHuman | Draw


@st.composite
def connected(draw: st.DrawFn) -> Candidates:
    """Transitions that fit: a ring, some more, and perhaps an agent behind which it ends."""
    graph = {name: {after} for name, after in zip(NAMES, (*NAMES[1:], NAMES[0]), strict=True)}
    for name in NAMES:
        graph[name] |= draw(st.sets(WHO))
    end = draw(st.none() | WHO)
    if end is not None:
        graph[end] = set()
    forbidden = {name: sorted(set(NAMES) - others) for name, others in graph.items() if others}
    if draw(st.booleans()) and end is None:
        return transitions(forbidden=forbidden)
    return transitions(allowed={name: sorted(others) for name, others in graph.items()})


LIMITS = st.integers(0, 3) | st.dictionaries(WHO, st.integers(0, 3), max_size=3)
RULES: st.SearchStrategy[Candidates] = st.one_of(
    st.just(everyone()),
    st.just(not_last()),
    connected(),
    st.builds(within, LIMITS),
    st.builds(within, LIMITS, st.just("stop")),
    st.builds(within, LIMITS, st.builds(hand_on, WHO)),
)


@frozen
class Plan:
    """A group, who may speak, and what the world answers."""

    among: Candidates
    how: str
    silent: frozenset[AgentName]
    texts: tuple[str, ...]
    humans: tuple[HumanAnswer, ...]
    dice: tuple[int, ...]

    def selector(self) -> Selector[Asks]:
        match self.how:
            case "model":
                return by_model(among=self.among, retries=RETRIES)
            case "text":
                return by_model(among=self.among, retries=RETRIES, answer="text")
            case "human":
                return by_human(among=self.among)
            case "policy":
                return by_policy(model_reply(), among=self.among)
            case "lot":
                return at_random(self.among)
            case _:
                return in_order(among=self.among)

    def team(self) -> Team[Asks]:
        agents = [Agent(name, passes if name in self.silent else says(f"I am {name}")) for name in NAMES]
        plain = group_of(agents, limits=Limits(max_decisions=TURNS, max_messages=6))
        return introduced(plain).selected_by(self.selector())

    def world(self, store: TraceMemory) -> World[CallModel | AskHuman]:
        """A world that gives the same answers, in order, every time."""
        texts, humans, dice = cycle(self.texts), cycle(self.humans), cycle(self.dice)
        return World(
            CallModel.by(lambda effect: ModelReply(next(texts), model="m"))
            | AskHuman.by(lambda effect: next(humans)),
            store,
            dice=lambda sides: next(dice) % sides,
        )


def joined(rules: Iterable[Candidates]) -> Candidates:
    every: Candidates = everyone()
    for rule in rules:
        every &= rule
    return every


TEXTS = st.sampled_from(
    ["ann", '{"speaker": "bob"}', '{"speaker": "zoe"}', "cy or ann", "d e", "zoe", "", "d\\_e!"]
)
PLANS = st.builds(
    Plan,
    st.lists(RULES, max_size=3).map(joined),
    st.sampled_from(["model", "text", "human", "policy", "lot", "order"]),
    st.frozensets(WHO, max_size=3),
    st.lists(TEXTS, min_size=1, max_size=5).map(tuple),
    st.lists(
        st.one_of(st.just(Skipped()), st.builds(Typed, TEXTS | st.sampled_from(["1", "2", "9"]))), min_size=1
    ).map(tuple),
    st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple),
)


def choices(log: Log) -> list[tuple[SharedView, AgentName]]:
    """What each choice was made from, and who spoke."""
    found: list[tuple[SharedView, AgentName]] = []
    for place, entry in enumerate(log):
        if isinstance(entry, Began):
            explained = isinstance(log[place - 1], Noted)
            found.append((SharedView(log.prefix(place - explained), ROSTER, "test"), entry.agent))
    return found


def held(plan: Plan) -> Outcome:
    return plan.world(TraceMemory()).run_sync(plan.team(), "Begin.")


@given(PLANS)
def test_whoever_speaks_is_a_candidate_or_whom_a_candidate_hands_on_to(plan: Plan) -> None:
    for view, speaker in choices(held(plan).log):
        candidates = plan.among(view)
        assert speaker in {plan.among.settled(view, name) for name in candidates}


@given(PLANS)
def test_every_group_ends_within_its_limits_and_says_why(plan: Plan) -> None:
    outcome = held(plan)
    turns = len(choices(outcome.log))

    assert turns <= TURNS
    assert len(outcome.transcript) <= 6
    assert outcome.bill.calls <= (1 + RETRIES) * (turns + 1)
    assert isinstance(outcome.reason, DecisionLimit | PolicyStopped | Silence)
    if isinstance(outcome.reason, PolicyStopped):
        assert outcome.reason.reason.startswith("nobody may speak next: ")
        assert not plan.among(SharedView(outcome.log, ROSTER, "test"))


@given(PLANS)
def test_a_group_goes_the_same_way_in_sync_async_and_replay(plan: Plan) -> None:
    store = TraceMemory()

    sync = plan.world(store).run_sync(plan.team(), "Begin.", name="one")
    other = asyncio.run(plan.world(TraceMemory()).run(plan.team(), "Begin.", name="one"))
    again = plan.world(store).replay(plan.team(), "one")

    assert sync.log == other.log == again.log
    assert sync.reason == other.reason == again.reason
    assert sync == again
