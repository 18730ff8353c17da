"""Who may speak after whom, as a dict."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from typedagents.autogen.graph_utils import (
    check_graph_validity,
    has_self_loops,
    invert_disallowed_to_allowed,
    visualize_speaker_transitions_dict,
)


@frozen
class Member:
    name: str


A, B, C = AGENTS = [Member("a"), Member("b"), Member("c")]
graphs = st.dictionaries(st.sampled_from(AGENTS), st.lists(st.sampled_from(AGENTS), unique=True))


def test_an_agent_after_itself_is_a_loop() -> None:
    assert has_self_loops({A: [A, B]})
    assert not has_self_loops({A: [B], B: [A]})


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ([A], "a dict from agents to lists"),
        ({A: B}, "after 'a' is a list"),
        ({Member("d"): [A]}, "begin at 'd'"),
        ({1: 1}, "begin at 1"),
        ({A: ["b"]}, "not of names; found 'b'"),
    ],
)
def test_what_is_no_graph_is_refused(graph: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_graph_validity(graph, AGENTS)  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ({A: [A, B], B: [A], C: []}, ["isolated agents"]),
        ({A: [B], B: [C], C: [A, Member("d")]}, ["do not match agents", "not in the group: 'd'"]),
        ({A: [B, B], B: [C], C: [A]}, ["duplicate agents after 'a'"]),
        ({A: [B], B: [A]}, ["not in the transitions: 'c'"]),
    ],
)
def test_what_is_odd_is_warned_of(
    graph: dict[Member, list[Member]], words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        check_graph_validity(graph, AGENTS)
    for word in words:
        assert word in caplog.text


def test_a_whole_graph_is_fine(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        check_graph_validity(dict.fromkeys(AGENTS, AGENTS), AGENTS)
    assert not caplog.records


@given(graphs)
def test_allowed_and_disallowed_together_are_all(graph: dict[Member, list[Member]]) -> None:
    allowed = invert_disallowed_to_allowed(graph, AGENTS)
    assert list(allowed) == AGENTS
    for agent, after in allowed.items():
        assert sorted([*after, *graph.get(agent, [])], key=lambda one: one.name) == AGENTS


@given(graphs)
def test_inverting_twice_is_the_same_graph(graph: dict[Member, list[Member]]) -> None:
    twice = invert_disallowed_to_allowed(invert_disallowed_to_allowed(graph, AGENTS), AGENTS)
    assert twice == {agent: [one for one in AGENTS if one in graph.get(agent, [])] for agent in AGENTS}


def test_strangers_in_what_is_disallowed() -> None:
    assert invert_disallowed_to_allowed({A: [Member("d")]}, AGENTS)[A] == AGENTS
    with pytest.raises(ValueError, match="'d', which is not in the group"):
        invert_disallowed_to_allowed({Member("d"): [A]}, AGENTS)


def test_a_graph_is_drawn_as_text(tmp_path: Path) -> None:
    file = tmp_path / "graph.mmd"
    text = visualize_speaker_transitions_dict({A: [B], B: [A, C]}, AGENTS, str(file))
    assert text.startswith("flowchart")
    assert text.count("-->") == 3
    assert file.read_text(encoding="utf-8") == text + "\n"
