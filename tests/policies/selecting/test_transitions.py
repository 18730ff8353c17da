"""Who may follow whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import message, turns
from tests.policies.selecting.groups import ended, group_named, shared, spoke
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName
from typedagents.core.stop import DecisionLimit, PolicyStopped
from typedagents.core.view import Roster
from typedagents.policies.selecting.candidates import not_last
from typedagents.policies.selecting.orders import in_order
from typedagents.policies.selecting.transitions import Graph, Transitions, transitions

ABC = Roster({AgentName(name): "" for name in "abc"})


def test_after_the_last_speaker_only_those_allowed_may_speak() -> None:
    rule = transitions(allowed={"a": ["b"], "b": ["c", "a"], "c": ["c"]})

    assert rule(shared(*turns("a"))) == ("b",)
    assert rule(shared(*turns("b"))) == ("a", "c")
    assert rule(shared(*turns("c"))) == ("c",)


def test_after_the_last_speaker_all_but_those_forbidden_may_speak() -> None:
    rule = transitions(forbidden={"a": ["b"], "b": []})

    assert rule(shared(*turns("a"))) == ("a", "c")
    assert rule(shared(*turns("b"))) == ("a", "b", "c")
    assert rule(shared(*turns("c"))) == ("a", "b", "c")


def test_whoever_begins_follows_nobody() -> None:
    rule = transitions(allowed={"a": ["b"], "b": [], "c": []})

    assert rule(shared()) == ("a", "b", "c")
    assert rule(shared(message("somebody else", "hi"))) == ("a", "b", "c")


def test_an_empty_list_ends_the_conversation_and_says_so() -> None:
    """The original let everyone speak after an agent with an empty list, and ended after one without any."""
    team = group_named("1", "2", "3", messages=10).selected_by(
        in_order(among=transitions(allowed={"1": ["2"], "2": ["3"], "3": []}))
    )

    came = ended(team)

    assert spoke(came) == "123"
    assert came.reason == PolicyStopped("", "nobody may speak next: the transitions let nobody follow '3'")


def test_an_agent_may_follow_itself_until_it_may_not() -> None:
    looping = transitions(allowed={"a": ["a"], "b": ["a"]})

    assert spoke(ended(group_named("a", "b", messages=3).selected_by(in_order(among=looping)))) == "aaa"
    came = ended(group_named("a", "b").selected_by(in_order(among=looping & not_last())))
    assert spoke(came) == "a"
    assert str(came.reason).endswith("only 'a' could, who had the floor last (not_last)")


def test_a_group_of_one_may_have_transitions() -> None:
    rule = transitions(allowed={"a": ["a"]})

    came = ended(group_named("a", messages=2).selected_by(in_order(among=rule)))

    assert came.reason == DecisionLimit("max_messages", 2)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            transitions(allowed={"a": ["b"], "b": ["zoe"], "c": ["a"], "tom": []}),
            "the graph of allowed transitions names 'zoe', 'tom', not in the team; it has: 'a', 'b', 'c'",
        ),
        (
            transitions(allowed={"a": ["b", "c"]}),
            "do not say who may follow 'b', 'c'; write a list for each, and an empty one ('b': [])",
        ),
        (
            transitions(allowed={"a": ["b"], "b": ["a"], "c": []}),
            "by the transitions 'c' can neither follow another agent nor be followed by one",
        ),
        (
            transitions(allowed={"a": ["b"], "b": ["a"], "c": ["c"]}),
            "by the transitions 'c' can neither follow another agent nor be followed by one",
        ),
        (
            transitions(forbidden={"zoe": ["a"]}),
            "the graph of forbidden transitions names 'zoe', not in the team",
        ),
        (
            transitions(forbidden={"a": ["a", "b", "c"]}),
            "the forbidden transitions let nobody follow 'a'; where the conversation is to end there, write",
        ),
        (
            transitions(forbidden={"a": ["b", "c"], "b": ["a"], "c": ["a"]}),
            "by the transitions 'a' can neither follow another agent nor be followed by one",
        ),
    ],
)
def test_what_does_not_fit_the_team_is_found_when_it_is_built(rule: Transitions, text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(text)):
        group_named("a", "b", "c").selected_by(in_order(among=rule))


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        ({"a": "bob"}, "who may or may not follow 'a' is written as a list of names; found 'bob'"),
        ({"a": 3}, "is written as a list of names; found 3"),
        ({"a": ["b", 3]}, "transitions are between names of agents; found int: 3"),
        ({3: ["b"]}, "transitions are between names of agents; found int: 3"),
        ({"a": ["b", "c", "b"]}, "the transitions of 'a' name 'b' more than once"),
        ({"a": [" b"]}, "an agent's name is 1 to 64"),
        (["a"], "transitions are a mapping from a name to a list of names; found list"),
    ],
)
def test_what_is_no_graph_is_refused_at_once(graph: Graph, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        transitions(allowed=graph)


def test_transitions_are_allowed_or_forbidden() -> None:
    with pytest.raises(ConfigError, match="either allowed or forbidden; found neither"):
        transitions()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # the point of this test
    with pytest.raises(ConfigError, match="either allowed or forbidden; found both"):
        transitions(allowed={}, forbidden={})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # as above


Named: TypeAlias = Mapping[str, Collection[str]]
GRAPHS: st.SearchStrategy[Named] = st.fixed_dictionaries(
    {name: st.sets(st.sampled_from("abc")).map(sorted) for name in "abc"}
)


@given(GRAPHS, st.sampled_from("abc"))
def test_what_is_forbidden_is_the_inverse_of_what_is_allowed(graph: Named, last: str) -> None:
    view = shared(*turns(last))
    allowed = set(transitions(allowed=graph)(view))
    inverse = {name: [other for other in "abc" if other not in graph[name]] for name in "abc"}

    assert allowed == set(graph[last])
    assert set(transitions(forbidden=inverse)(view)) == allowed
    assert set(transitions(forbidden={})(view)) == set("abc")


def fits(rule: Transitions) -> bool:
    try:
        rule.check_roster(ABC)
    except ConfigError:
        return False
    return True


@given(GRAPHS)
def test_a_graph_fits_exactly_where_everybody_is_connected(graph: Named) -> None:
    def connected(name: str) -> bool:
        return any(other != name and (other in graph[name] or name in graph[other]) for other in "abc")

    everybody = all(map(connected, "abc"))
    inverse = {name: [other for other in "abc" if other not in graph[name]] for name in "abc"}

    assert fits(transitions(allowed=graph)) == everybody
    assert fits(transitions(forbidden=inverse)) == (everybody and all(graph.values()))
