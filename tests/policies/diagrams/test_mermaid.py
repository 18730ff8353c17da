"""Teams as Mermaid text. The texts below were read once by Mermaid 11 itself; a reader of our own keeps them so."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.policies.diagrams.reading import TEXT, drawn, meant, pictured
from typedagents.core.ambient import Now
from typedagents.core.decision import Decision, Pass
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, agent_name
from typedagents.core.team import Agent, Team, group, group_of
from typedagents.core.view import SharedView, View
from typedagents.policies.combinators import first_of, when
from typedagents.policies.diagrams.mermaid import escaped, mermaid
from typedagents.policies.fixed import passes
from typedagents.policies.flows.edges import OTHERWISE, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.flows.graph import Along, FlowGraph
from typedagents.policies.nesting import nested, society
from typedagents.policies.rules.said import mentions
from typedagents.policies.selecting.orders import in_order
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.talks import talk


def agent(name: str) -> Agent:
    return Agent(agent_name(name), passes)


def picks(view: SharedView, /) -> str:
    return next(iter(view.roster))


PAIR = group(agent("x"), agent("y"), name="pair")
REVIEW = flow(
    agent("writer"),
    agent("reviewer"),
    PAIR,
    agent("z"),
    edges=[
        edge("writer", "reviewer"),
        edge("reviewer", "writer", 'RE"V#1;ISE'),
        edge("reviewer", "pair", mentions("OK")),
        edge("reviewer", "z", OTHERWISE),
    ],
    start=["writer"],
)


# --- as they are written ----------------------------------------------------------------------------------------


def test_a_flow_with_a_team_in_it() -> None:
    assert mermaid(REVIEW) == drawn("""
n0["writer"]
n1["reviewer"]
subgraph n2["pair"]
    n3["x"]
    n4["y"]
    n3 --> n4
    n4 --> n3
end
n5["z"]
n6((" "))
n6 --> n0
n0 --> n1
n1 -->|"says 'RE#34;V#35;1#59;ISE'"| n0
n1 -->|"the last message mentions 'OK'"| n2
n1 -->|"otherwise"| n5
""")


def test_edges_of_which_one_is_enough_are_dotted() -> None:
    fork = [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")]
    nodes = [agent(name) for name in "abcd"]

    assert [line.strip() for line in mermaid(flow(*nodes, edges=fork)).splitlines()][-2:] == [
        "n1 --> n3",
        "n2 --> n3",
    ]
    assert [line.strip() for line in mermaid(flow(*nodes, edges=fork, any_of="d")).splitlines()][-2:] == [
        "n1 -.-> n3",
        "n2 -.-> n3",
    ]


def test_plans_and_sequences_are_drawn_with_what_they_hold() -> None:
    one = group(agent("x"), name="alone")
    both = plan(
        talk(one, name="one"), talk(one, name="two", after=["one"]), talk(sequence(one), name="three")
    )

    assert mermaid(both) == drawn("""
subgraph n0["plan"]
    subgraph n1["one"]
        n2["x"]
    end
    subgraph n3["two"]
        n4["x"]
    end
    subgraph n5["three"]
        subgraph n6["alone"]
            n7["x"]
        end
        n8((" "))
        n8 --> n6
    end
    n9((" "))
    n9 --> n1
    n9 --> n5
    n1 --> n3
end
""")
    assert mermaid(talk(PAIR, "hi")) == mermaid(PAIR)


def early(view: View, /) -> bool:
    return view.turn < 3


def test_what_agents_hold_is_found_behind_conditions_too() -> None:
    inner = group(agent("x"), name="inner")
    holds = first_of(when(early, nested(inner, talk(inner, name="again"))), nested(talk(inner, name="last")))
    team = group(Agent("a", holds), society("all", inner), agent("b"))

    assert mermaid(team) == drawn("""
subgraph n0["a"]
    subgraph n1["inner"]
        n2["x"]
    end
    subgraph n3["again"]
        n4["x"]
    end
    n5((" "))
    n5 --> n1
    n1 --> n3
    subgraph n6["last"]
        n7["x"]
    end
    n8((" "))
    n8 --> n6
end
subgraph n9["all"]
    n10["x"]
end
n11["b"]
n0 --> n9
n9 --> n11
n11 --> n0
""")


def test_orders_are_drawn_and_selectors_that_do_not_tell_stand_in_the_middle() -> None:
    three = group(agent("a"), agent("b"), agent("c"))

    assert mermaid(three.selected_by(in_order("b", "a"))) == drawn("""
n0["a"]
n1["b"]
n2["c"]
n1 --> n0
n0 --> n1
""")
    assert mermaid(group(agent("a"), agent("b")).selected_by(picks)) == drawn("""
n0["a"]
n1["b"]
n2{{"picks"}}
n2 <--> n0
n2 <--> n1
""")


def test_a_selector_is_drawn_alone_where_it_knows_its_agents() -> None:
    a, b = AgentName("a"), AgentName("b")

    assert mermaid(Along(FlowGraph((a, b), (edge("a", "b", "go"),), (a,)))) == drawn("""
n0["a"]
n1["b"]
n2((" "))
n2 --> n0
n0 -->|"says 'go'"| n1
""")


def test_deep_nests_are_drawn() -> None:
    team: Team[Now] = group(agent("x"))
    for _ in range(60):
        team = group(society("s", team))

    assert mermaid(team).count("subgraph") == 60


# --- whatever the names -----------------------------------------------------------------------------------------


def is_name(text: str) -> bool:
    try:
        agent_name(text)
    except ConfigError:
        return False
    return True


awkward = st.sampled_from(
    [
        "end",
        '"',
        "#34;",
        "a#b",
        "]",
        "`md`",
        "1. x",
        "- x",
        "<b>",
        "a|b",
        "a;b",
        "graph",
        "\\n",
        "é\u0301",
        "_x_",
        "%%",
    ]
)
names = st.one_of(awkward, st.text(max_size=12).filter(is_name))


@given(st.lists(names, min_size=1, max_size=4, unique=True), st.text(min_size=1, max_size=9))
def test_whatever_the_names_and_conditions_the_text_says_them(given_names: list[str], words: str) -> None:
    agents = [agent(name) for name in given_names]
    inner = group_of(agents)
    edges = [edge(given_names[0], name, words) for name in given_names[1:]]
    outer = flow(*agents[:-1], society(given_names[-1], inner), edges=edges)
    picture = pictured(outer)

    assert sorted(picture.boxes.values()) == sorted([*given_names, *given_names[:-1]])
    assert list(picture.frames.values()) == given_names[-1:]
    labelled = [
        (picture.labels[one], label, picture.labels[two]) for one, label, two in picture.arrows if label
    ]
    shown = edge("a", "b", words).label
    assert labelled == [(given_names[0], shown, name) for name in given_names[1:]]


@given(st.text())
def test_any_text_can_be_escaped(text: str) -> None:
    assert re.fullmatch(TEXT, f'"{escaped(text)}"')
    assert meant(escaped(text)) == "".join(letter if letter.isprintable() else " " for letter in text)


def decides(view: View, /) -> Decision:
    return Pass()


def test_a_middle_that_is_no_word_reads_too() -> None:
    assert "picks" in pictured(group(Agent("a", decides)).selected_by(picks)).boxes.values()
