"""Flows that cannot be are refused when they are made, by name."""

from __future__ import annotations

import pytest

from typedagents.core.ambient import Now
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel
from typedagents.core.rule import AlwaysHolds
from typedagents.core.team import Agent, Team
from typedagents.policies.flows.edges import OTHERWISE, Condition, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.model import model_reply

SOMETIMES = "x"


@pytest.mark.parametrize(
    ("names", "edges", "options", "why"),
    [
        ("", "", {}, r"the flow 'flow' needs at least one node; found none"),
        ("aba", "ab", {}, r"two nodes of the flow 'flow' are named 'a'; give each a name"),
        ("ab", "ab bc", {}, r"edge\('b', 'c'\) names 'c', who is not in the flow 'flow'; it has: a, b"),
        (
            "ab",
            "ab",
            {"start": "z"},
            r"'z' is to begin or to join, but is not in the flow 'flow'; it has: a, b",
        ),
        ("ab", "ab", {"any_of": "z"}, r"'z' is to begin or to join, but is not in"),
        ("ab", "ab ab", {}, r"has 2 edges from 'a' to 'b'; give one edge a condition"),
        (
            "ab",
            "ab ba?",
            {},
            r"has no node to begin with: an edge leads to each of 'a', 'b'; name who begins",
        ),
        ("abcd", "ab cd dc?", {}, r"no edges lead from 'a' to 'c', 'd'; add an edge"),
        (
            "abc",
            "ab ac?",
            {},
            r"'a' has edges with a condition and edge\('a', 'b'\) without one; write when=OTHER",
        ),
        ("ab", "ab!", {}, r"edge\('a', 'b', when=OTHERWISE\) is never more than an edge without 'when'"),
        (
            "abc",
            "ab! ac*",
            {},
            r"edge\('a', 'b', when=OTHERWISE\) is never more .* or never taken: 'a' has no edge",
        ),
        ("abc", "ab bc cb?", {}, r"'b' never speaks: it waits for all that lead to it, of whom 'c' can only"),
        ("aa", "", {"name": "f"}, r"the flow 'f'"),
        ("ab", "ab ba", {"start": "a"}, r"goes round for ever: 'a' -> 'b' -> 'a'; give one of these edges"),
        ("a", "aa", {"start": "a"}, r"goes round for ever: 'a' -> 'a'"),
        ("abc", "ab bc cb", {"any_of": "b"}, r"for ever: 'b' -> 'c' -> 'b'"),
        ("abc", "ab ac ba", {"start": "a"}, r"for ever: 'a' -> 'b' -> 'a'"),
        ("abc", "ab* ac? ba", {"start": "a"}, r"for ever: 'a' -> 'b' -> 'a'"),
        ("abc", "ab? ac! ba ca", {"start": "a", "any_of": "a"}, r"for ever: 'a' -> 'b' -> 'a'"),
        ("abc", "ab ba? ac?", {"start": "a"}, r"'a' has edges with a condition"),
    ],
)
def test_what_cannot_be_is_refused_by_name(names: str, edges: str, options: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        flow_of(names, edges, options)


def flow_of(names: str, edges: str, options: dict[str, str]) -> Team[CallModel | Now]:
    """``?`` is a condition, ``!`` otherwise, ``*`` always."""
    whens: dict[str, Condition] = {"?": SOMETIMES, "!": OTHERWISE, "*": AlwaysHolds()}
    return flow(
        *[Agent(AgentName(name), model_reply()) for name in names],
        edges=[edge(one[0], one[1], whens[one[2]] if len(one) > 2 else None) for one in edges.split()],
        start=options.get("start", ""),
        any_of=options.get("any_of", ""),
        name=options.get("name", "flow"),
    )


@pytest.mark.parametrize(
    ("names", "edges", "options"),
    [
        ("ab", "ab? ba", {"start": "a"}),
        ("abc", "ab? ac! ba", {"start": "a"}),
        ("ab", "ab ba?", {"start": "a"}),
        ("a", "aa?", {"start": "a"}),
        ("abc", "ab bc cb?", {"any_of": "b"}),
        ("abcd", "ab* ac? ad?", {}),
        ("ab", "", {}),
    ],
)
def test_what_may_end_is_not_refused(names: str, edges: str, options: dict[str, str]) -> None:
    assert list(flow_of(names, edges, options).agents) == list(names)


def test_a_condition_is_checked_when_it_is_written() -> None:
    with pytest.raises(
        ConfigError, match=r"edge\('a', 'b', when=''\) needs a text to look for; leave 'when' out"
    ):
        edge("a", "b", "")
    with pytest.raises(ConfigError, match=r"is a text, a rule, OTHERWISE or a function; found 3"):
        edge("a", "b", 3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # what is tested
