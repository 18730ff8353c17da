"""Who chooses, who may follow whom, who hands over to whom: as pictures that a person understands.

The texts below were read, and the pictures looked at, once in Mermaid 11 itself; a reader of our own keeps them so.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import reduce
from operator import and_

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.diagrams.reading import drawn, pictured
from typedagents.core.context import Variable
from typedagents.core.effect import AnyEffect, Request
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.view import Policy, Selector, SharedView
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.team_tool import as_tool
from typedagents.policies.combinators import first_of, when
from typedagents.policies.diagrams.mermaid import mermaid
from typedagents.policies.fixed import passes
from typedagents.policies.flows.edges import edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.guardrails import guard_received, guard_said, judged, matching
from typedagents.policies.handing.handing import hands_to, with_handoffs
from typedagents.policies.handing.handoff import Handoff, handoff
from typedagents.policies.handing.swarm import swarm
from typedagents.policies.handing.targets import (
    Floor,
    Landing,
    Target,
    asking,
    finish,
    stay,
    to,
    to_whom,
)
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.rules.said import mentions, spoke
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.by_model import by_model
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import Candidates, everyone, not_last
from typedagents.policies.selecting.orders import at_random, in_order
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.talks import talk
from typedagents.policies.transforms.newest import last
from typedagents.policies.transforms.transformed import transformed
from typedagents.tools.toolset import toolset

GOLD = Variable("tier", str, "basic").equals("gold")


def agent(name: str, policy: Policy[AnyEffect] = passes) -> Agent[AnyEffect]:
    return Agent(AgentName(name), policy)


def three() -> Team[AnyEffect]:
    return group(agent("a"), agent("b"), agent("c"))


def lines(team: Team[AnyEffect], after: int) -> str:
    """What is drawn of ``team`` behind its first ``after`` nodes."""
    assert pictured(team).labels
    return "\n".join(line.strip() for line in mermaid(team).splitlines()[1 + after :])


# --- who chooses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "words"),
    [
        (by_model(), "a model chooses"),
        (by_model(among=not_last() & within(3)), "a model chooses among not_last() & within(3)"),
        (by_human("u"), "a human chooses"),
        (at_random(), "lots are drawn"),
        (by_policy(model_reply("m")), "chair chooses: model_reply(model='m')"),
        (in_order(among=within(3)), "in order among within(3)"),
        (transformed(by_model(), last(3)), "a model chooses"),
    ],
)
def test_who_chooses_stands_in_the_middle(select: Selector[AnyEffect], words: str) -> None:
    team = three().selected_by(select)

    assert "n3" in pictured(team).boxes
    assert pictured(team).boxes["n3"] == words
    assert lines(team, 4) == "n3 <--> n0\nn3 <--> n1\nn3 <--> n2"


def test_an_order_of_some_with_rules_is_between_them() -> None:
    assert (
        lines(three().selected_by(in_order("c", "a", among=within(3))), 3)
        == """\
n3{{"in order: c, a among within(3)"}}
n3 <--> n2
n3 <--> n0"""
    )


def test_a_graph_says_who_may_follow_and_whoever_chooses_is_tied_to_where_there_is_a_choice() -> None:
    allowed = transitions(allowed={"a": ["b"], "b": ["a", "b", "c"], "c": []})

    assert (
        lines(three().selected_by(by_model(among=allowed & within(3) & not_last())), 3)
        == """\
n3{{"a model chooses among within(3)"}}
n4(((" ")))
n0 --> n1
n1 --> n0
n1 --> n2
n3 -.- n1
n2 --> n4"""
    )


def test_where_the_graph_leaves_no_choice_nobody_chooses() -> None:
    forbidden = transitions(forbidden={"a": ["c"], "b": ["a"], "c": ["b"]})

    assert (
        lines(three().selected_by(at_random(forbidden & not_last())), 3) == "n0 --> n1\nn1 --> n2\nn2 --> n0"
    )
    assert lines(three().selected_by(transformed(in_order(among=forbidden), last(2))), 3).count("-.-") == 3


# --- handing over -----------------------------------------------------------------------------------------------

LAWYERS: Team[AnyEffect] = group(agent("lawyer"), name="lawyers")
DESK = swarm(
    group(
        agent(
            "triage",
            with_handoffs(
                model_reply(),
                handoff("billing", "It is about money."),
                handoff(to("tech").when(GOLD) | to("user"), "Broken.", name="get_help"),
                handoff(asking(LAWYERS), "It is about the law.", name="ask_lawyers"),
            ),
        ),
        agent("billing", first_of(hands_to(to("user").when(GOLD)), passes)),
        agent("tech", guard_received(passes, matching("x", "it holds a card"), to("triage"))),
        agent("user", guard_said(passes, judged("It is rude."), finish("that was rude"))),
        agent("runner"),
    ),
    first="triage",
    user="user",
    runner="runner",
    after={"billing": to("triage").when(GOLD) | stay(), "tech": finish().when(GOLD)},
)


def test_a_swarm() -> None:
    assert mermaid(DESK) == drawn(
        """
subgraph n0["triage"]
    n1["lawyer"]
end
n2["billing"]
n3["tech"]
n4["user"]
n5["runner"]
n6(((" ")))
n7{{"whoever had the floor before"}}
n8((" "))
n8 --> n0
n0 -->|"transfer_to_billing"| n2
n0 -->|"get_help if tier == 'gold'"| n3
n0 -->|"get_help else"| n4
n2 -->|"if tier == 'gold'"| n4
n3 -->|"receives: it holds a card"| n0
n4 -->|"says: It is rude. (that was rude)"| n6
n0 -->|"calls tools"| n5
n0 -->|"otherwise"| n6
n2 -->|"calls tools"| n5
n2 -->|"when done if tier == 'gold'"| n0
n2 -->|"when done else"| n2
n3 -->|"calls tools"| n5
n3 -->|"when done if tier == 'gold'"| n6
n3 -->|"otherwise"| n6
n4 --> n7
n5 --> n7
"""
    )


@frozen(repr=False)
class Elsewhere(Target[AnyEffect]):
    def land(self, view: SharedView, /) -> Generator[Request[AnyEffect], object, Landing]:
        yield from ()
        return Floor(AgentName("a"))

    def __repr__(self) -> str:
        return "elsewhere"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (to_whom(in_order("a", "b")), ["n0 otherwise n1", "n1 otherwise n0", "n2 otherwise n3"]),
        (to_whom(in_order()), ["n0 otherwise n1", "n1 otherwise n2", "n2 otherwise n0"]),
        (
            to_whom(by_model()),
            ["n0 otherwise n3", "n3  n0", "n3  n1", "n3  n2", "n1 otherwise n3", "n2 otherwise n3"],
        ),
        (Elsewhere(), ["n0 otherwise n3", "n1 otherwise n3", "n2 otherwise n3"]),
    ],
)
def test_what_happens_otherwise(target: Target[AnyEffect], expected: list[str]) -> None:
    picture = pictured(swarm(three(), otherwise=target))

    assert [" ".join(arrow) for arrow in picture.arrows if arrow[0] not in picture.starts] == expected


def rude(text: str, /) -> str:
    return text


def test_what_a_guard_that_does_not_tell_finds_goes_by_its_name() -> None:
    team = group(agent("a", guard_said(passes, rude, finish())), agent("b"))

    assert lines(team, 3).startswith('n0 -->|"says: rude"| n2\n')


def test_teams_behind_tools_are_held() -> None:
    tools = toolset(as_tool(LAWYERS, name="ask", description="Knows the law."))

    assert (
        lines(group(agent("a", tool_loop(model_reply(tools=tools), tools))), 0)
        == """\
subgraph n0["a"]
n1["lawyer"]
end"""
    )


def test_handoffs_among_the_tools_of_a_loop_and_in_any_team_are_drawn_once() -> None:
    over: Handoff[AnyEffect] = handoff("b", "Now b.")
    tools = toolset(over)
    loop = tool_loop(model_reply(tools=tools), tools)
    team = group(agent("a", first_of(loop, with_handoffs(model_reply(), over))), agent("b"))

    assert lines(team, 2) == 'n0 -->|"transfer_to_b"| n1\nn0 --> n1\nn1 --> n0'


@frozen
class Holding:
    """A policy of somebody's own."""

    teams: tuple[object, ...]


def test_what_any_policy_holds_is_drawn() -> None:
    class Own(Holding):
        __call__ = passes.__call__

    assert lines(group(agent("a", Own((LAWYERS, three(), "none"))), agent("b")), 0).startswith("""\
subgraph n0["a"]
subgraph n1["lawyers"]
n2["lawyer"]
end
subgraph n3["conversation"]
n4["a"]""")


# --- any team ---------------------------------------------------------------------------------------------------

NAMES = [AgentName(name) for name in "abcd"]


def graph_of(more: list[list[AgentName]]) -> Candidates:
    """A graph that leads from each to the next, and to ``more``; the last may lead nowhere."""
    following = [[after] for after in NAMES[1:]] + [[]]
    every = zip(NAMES, following, more, strict=True)
    return transitions(allowed={name: list(dict.fromkeys(own + others)) for name, own, others in every})


def candidates() -> st.SearchStrategy[Candidates]:
    followers = st.lists(st.sampled_from(NAMES), max_size=3)
    rules = st.one_of(
        st.sampled_from([everyone(), not_last(), within(2)]),
        st.lists(followers, min_size=4, max_size=4).map(graph_of),
    )
    return st.lists(rules, max_size=3).map(lambda several: reduce(and_, several, everyone()))


def selectors() -> st.SearchStrategy[Selector[AnyEffect]]:
    some = candidates()
    return st.one_of(
        some.map(lambda among: by_model(among=among)),
        some.map(lambda among: by_human(among=among)),
        some.map(at_random),
        some.map(lambda among: in_order(among=among)),
        some.map(lambda among: in_order("b", "a", among=among)),
        some.map(lambda among: transformed(by_policy(passes, among=among), last(2))),
    )


def targets(selects: st.SearchStrategy[Selector[AnyEffect]]) -> st.SearchStrategy[Target[AnyEffect]]:
    one: st.SearchStrategy[Target[AnyEffect]] = st.one_of(
        st.sampled_from(NAMES).map(to), st.sampled_from([stay(), finish(), Elsewhere()]), selects.map(to_whom)
    )
    return st.one_of(one, one.map(lambda target: target.when(GOLD)), st.tuples(one, one).map(_either))


def _either(pair: tuple[Target[AnyEffect], Target[AnyEffect]]) -> Target[AnyEffect]:
    return pair[0].when(GOLD) | pair[1]


def policies(teams: st.SearchStrategy[Team[AnyEffect]]) -> st.SearchStrategy[Policy[AnyEffect]]:
    going = targets(selectors())
    return st.one_of(
        st.just(passes),
        going.map(lambda target: with_handoffs(model_reply(), handoff(target, "Go.", name="go"))),
        going.map(lambda target: when(spoke("a"), hands_to(target))),
        going.map(lambda target: guard_said(passes, matching("x"), target)),
        teams.map(lambda team: society("s", team).policy),
        teams.map(lambda team: nested(team, talk(team, name="again"))),
        teams.map(lambda team: hands_to(asking(team))),
    )


def of_teams(teams: st.SearchStrategy[Team[AnyEffect]]) -> st.SearchStrategy[Team[AnyEffect]]:
    groups = st.lists(policies(teams), min_size=4, max_size=4).map(
        lambda own: group_of([Agent(name, policy) for name, policy in zip(NAMES, own, strict=True)])
    )
    chosen = st.tuples(groups, selectors()).map(lambda pair: pair[0].selected_by(pair[1]))
    swarms = st.tuples(groups, targets(selectors())).map(lambda pair: swarm(pair[0], otherwise=pair[1]))
    flows = st.tuples(teams, teams).map(
        lambda pair: flow(
            talk(pair[0], name="x"), talk(pair[1], name="y"), edges=[edge("x", "y", mentions("ok"))]
        )
    )
    rows = teams.map(lambda team: sequence(team, talk(team, name="again")))
    plans = teams.map(lambda team: plan(talk(team, name="1"), talk(team, name="2", after=["1"])))
    return st.one_of(groups, chosen, swarms, flows, rows, plans)


TEAMS = st.recursive(st.just(three()), of_teams, max_leaves=4)


@given(TEAMS)
def test_any_team_is_drawn_and_all_that_are_named_are_there(team: Team[AnyEffect]) -> None:
    picture = pictured(team)

    assert set(team.agents) <= set(picture.labels.values())
