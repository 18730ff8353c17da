"""Random flows: they end within their limits, replay, resume, and no order of arrival can be seen."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.core.driving import any_order, drive
from tests.core.programs import ORDERLY, Asked, Prog, programs
from typedagents.core.ambient import Now
from typedagents.core.errors import ConfigError
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Began, Log
from typedagents.core.message import AgentName, Message
from typedagents.core.rule import AlwaysHolds
from typedagents.core.team import Agent, Team
from typedagents.policies.fixed import says
from typedagents.policies.flows.edges import OTHERWISE, Condition, Edge, edge, taken
from typedagents.policies.flows.flow import flow
from typedagents.policies.rules.said import decision_count, mentions

LIMITS = Limits(max_decisions=6, max_repeats=Unlimited)
NAMES = "abcd"


@frozen
class Even:
    """Holds of messages of an even length."""

    def __call__(self, message: Message, /) -> bool:
        return len(message.text) % 2 == 0


WHENS: Sequence[Condition | None] = (
    None,
    None,
    "a",
    Even(),
    mentions("1"),
    ~decision_count(3),
    OTHERWISE,
    AlwaysHolds(),
)
ENDS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))


def flows(progs: st.SearchStrategy[Prog]) -> st.SearchStrategy[Team[Asked | Now]]:
    """Flows of up to four programs; what is refused is not drawn."""

    def made(
        policies: list[Prog], edges: dict[tuple[str, str], tuple[Condition | None, str]], any_of: set[str]
    ) -> Team[Asked | Now] | None:
        names = NAMES[: len(policies)]
        drawn = [
            edge(source, target, when, group=group)
            for (source, target), (when, group) in edges.items()
            if source in names and target in names
        ]
        agents = [Agent(AgentName(name), policy) for name, policy in zip(names, policies, strict=False)]
        entered = {one.target for one in drawn}
        try:
            return flow(
                *agents,
                edges=drawn,
                any_of=any_of & set(names),
                start=() if entered < set(names) else "a",
                limits=LIMITS,
            )
        except ConfigError:
            return None

    conditions = st.tuples(st.sampled_from(WHENS), st.sampled_from(["", "", "g"]))
    drawn = st.builds(
        made,
        st.lists(progs, min_size=1, max_size=4),
        st.dictionaries(ENDS, conditions, max_size=6),
        st.sets(st.sampled_from(NAMES), max_size=2),
    )
    return drawn.flatmap(lambda team: st.nothing() if team is None else st.just(team))


some = flows(programs(*ORDERLY))
seeds = st.integers(0, 7)
draws_often = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@draws_often
@given(some, seeds)
def test_a_flow_ends_and_no_order_of_arrival_can_be_seen(team: Team[Asked | Now], seed: int) -> None:
    one = drive(team, any_order(seed))
    other = drive(team, any_order(seed + 1))
    event(str(one.end.reason)[:30])

    assert other.end == one.end
    assert sorted(other.lines) == sorted(one.lines)
    assert max(one.count.values(), default=1) == 1
    assert len(floors(one.end.log)) <= 6


@draws_often
@given(some, seeds)
def test_a_flow_replays_and_resumes_from_every_line(team: Team[Asked | Now], seed: int) -> None:
    whole = drive(team, any_order(seed))
    same = drive(team, any_order(seed + 1), before=whole.lines)
    assert (same.end, same.order) == (whole.end, [])
    for cut in range(1, len(whole.lines), 3):
        other = drive(team, any_order(seed + 2), before=whole.lines[:cut])
        again = drive(team, any_order(seed + 3), before=other.lines)
        assert (again.end, again.order) == (other.end, [])


def floors(log: Log) -> list[str]:
    return [entry.agent for entry in log if isinstance(entry, Began)]


# --- against a second reading of the rules ----------------------------------------------------------------------


def spoken(
    edges: Sequence[Edge], names: str, first: Sequence[str], any_of: set[str], words: str
) -> list[str]:
    """Who speaks when each says its letter of ``words`` always, by going through the edges wave by wave."""
    found: list[str] = []
    wave, open_joins = list(first), dict[tuple[str, str], set[str]]()
    while wave and len(found) < 6:
        following: list[str] = []
        for name in wave:
            found.append(name)
            message = Message(AgentName(name), words[names.index(name)])
            for one in taken([each for each in edges if each.source == name], message, Log()):
                needed = {
                    each.source for each in edges if (each.target, each.group) == (one.target, one.group)
                }
                come = open_joins.setdefault((one.target, one.group), set()) | {name}
                done = one.target in any_of or come == needed
                open_joins[one.target, one.group] = set() if done else come
                if done and one.target not in following:
                    following.append(one.target)
        wave = following
    return found[:6]


SIMPLE: Sequence[Condition | None] = (None, None, "x", "y", Even(), OTHERWISE, AlwaysHolds())


@draws_often
@given(
    st.dictionaries(ENDS, st.tuples(st.sampled_from(SIMPLE), st.sampled_from(["", "", "g"])), max_size=7),
    st.sets(st.sampled_from(NAMES), max_size=2),
    st.text("xyz", min_size=4, max_size=4),
)
def test_who_speaks_is_as_the_rules_say(
    drawn: dict[tuple[str, str], tuple[Condition | None, str]], any_of: set[str], words: str
) -> None:
    edges = [edge(source, target, when, group=group) for (source, target), (when, group) in drawn.items()]
    agents = [Agent(AgentName(name), says(word)) for name, word in zip(NAMES, words, strict=True)]
    entered = {one.target for one in edges}
    first = [name for name in NAMES if name not in entered] or ["a"]
    try:
        team = flow(*agents, edges=edges, any_of=any_of, start=first, limits=LIMITS)
    except ConfigError as error:
        event(str(error)[:40])
        return
    end = drive(team, any_order(0)).end
    event(type(end.reason).__name__)

    assert floors(end.log) == spoken(edges, NAMES, first, any_of, words)
