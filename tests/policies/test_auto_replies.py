"""Automatic replies are counted for all agents at once, and each has its own count."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.policies.driving import log_of, message, turns
from typedagents.core.log import Began, Entry, Opened, Passed, Said
from typedagents.core.message import AgentName, Origin
from typedagents.policies.auto_replies import auto_replies

WHO = st.sampled_from([AgentName(name) for name in ("a", "b", "c", "someone", "else")])
ORIGINS: list[Origin] = ["model", "human", "program"]
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Began, WHO),
    st.builds(message, WHO, st.just("x"), st.sampled_from(ORIGINS)),
    st.builds(Passed, WHO),
    st.just(Opened("again")),
)


A = AgentName("a")


@given(st.lists(ENTRIES, max_size=40), WHO)
@example([Began(A), message(A, "x"), message(A, "y")], A)
@example([*turns("a"), Began(A), message(A, "x", "human"), message(A, "y")], A)
@example([Began(A), message(A, "x"), message(A, "y", "human"), message("b", "z")], A)
@example([*turns("a"), Opened("again"), message(A, "x")], A)
def test_one_count_for_all_is_each_agents_own_count(entries: list[Entry], name: AgentName) -> None:
    assert auto_replies(log_of(*entries), name) == own_count(entries, name)


def own_count(entries: list[Entry], name: AgentName) -> int:
    """The same by going through it for one agent."""
    count, turn = 0, "others"
    for entry in entries:
        match entry:
            case Opened():
                count, turn = 0, "others"
            case Began(agent):
                turn = "silent" if agent == name else "others"
            case Said(said) if turn != "others" and said.sender == name:
                if said.origin == "human":
                    count, turn = 0, "human"
                elif turn == "silent":
                    count, turn = count + 1, "counted"
            case _:
                pass
    return count


@given(st.permutations([AgentName(f"agent {i}") for i in range(50)]))
def test_counts_of_many_agents_are_kept_apart_and_old_ones_stay(order: list[AgentName]) -> None:
    before = log_of(*turns(*order))
    log = before.extend(turns(*order[:10]))

    assert [auto_replies(log, name) for name in order] == [2] * 10 + [1] * 40
    assert [auto_replies(before, name) for name in order] == [1] * 50
    assert auto_replies(log, AgentName("nobody")) == 0
