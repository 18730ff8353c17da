"""Law 10: old versions never change, on every branch; work is O(1) an item, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedagents.core.chain import Chain, Fold
from typedagents.core.log import Log, Transcript
from typedagents.core.message import AgentName, Message


class Numbers(Chain[int]):
    """A chain of small numbers."""

    __slots__ = ()

    @staticmethod
    def bytes_of(item: int) -> bytes:
        return b"%d," % item


def _add(so_far: int, item: int) -> int:
    return so_far * 3 + item


SUM: Fold[int, int] = Fold(1, _add)
COUNT: Fold[int, int] = Fold(0, lambda so_far, _: so_far + 1)

STEPS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["append", "extend", "fork", "prefix", "head", "fold", "detached"]),
        st.integers(0, 9),
    ),
    max_size=30,
)


def step(version: Numbers, what: str, number: int) -> tuple[Numbers, list[int]]:
    """One operation, and what the new version should hold."""
    held = list(version)
    match what:
        case "append":
            return version.append(number), [*held, number]
        case "extend":
            return version.extend([number] * (number % 4)), held + [number] * (number % 4)
        case "fork":
            return version.fork(), held
        case "prefix":
            length = number % (len(held) + 1)
            return version.prefix(length), held[:length]
        case "detached":
            return version.detached(), held
        case "head":
            assert isinstance(version.head, bytes)
        case _:
            assert version.fold(SUM) == reduce(_add, held, 1)
    return version, held


@given(STEPS)
def test_no_version_ever_changes_whatever_grows_from_it(steps: Sequence[tuple[int, str, int]]) -> None:
    versions: list[tuple[Numbers, list[int]]] = [(Numbers(), [])]
    for which, what, number in steps:
        versions.append(step(versions[which % len(versions)][0], what, number))

    for version, held in versions:
        assert list(version) == held
        assert len(version) == len(held)
        assert [version[i] for i in range(-len(held), len(held))] == held + held
        assert version.fold(SUM) == reduce(_add, held, 1)
        assert [list(version.since(start)) for start in range(len(held) + 2)] == [
            held[start:] for start in range(len(held) + 2)
        ]
        assert version == Numbers(held)
        assert hash(version) == hash(Numbers(held))
    for one, held in versions:
        for other, also in versions:
            assert (one == other) is (held == also)
            assert (one.head == other.head) is (held == also)


class Counted(Chain[int]):
    """A chain that counts how often an item is hashed."""

    __slots__ = ()
    hashed: ClassVar[list[int]] = []

    @staticmethod
    def bytes_of(item: int) -> bytes:
        Counted.hashed.append(item)
        return b"%d," % item


def test_each_item_is_hashed_and_folded_once_on_every_branch() -> None:
    Counted.hashed.clear()
    folded: list[int] = []

    def count(so_far: int, item: int) -> int:
        folded.append(item)
        return so_far + 1

    fold: Fold[int, int] = Fold(0, count)
    main = Counted(range(1000))
    for number in range(1000):
        main = main.append(number)
        branch = main.fork().append(-1)
        assert main.fold(fold) == 1001 + number
        assert branch.fold(fold) == 1002 + number
        assert main.head != branch.head

    assert len(folded) == 3000
    assert len(Counted.hashed) == 3000
    assert main.prefix(500).fold(fold) == 500
    assert len(folded) == 3000


def test_branches_of_branches_go_ten_thousand_deep_without_recursion() -> None:
    chain = Numbers()
    for number in range(10_000):
        chain = chain.append(number % 7).fork()

    assert len(chain) == 10_000
    assert chain.fold(COUNT) == 10_000
    assert list(chain)[:3] == [0, 1, 2]
    assert chain[0] == 0
    assert chain == Numbers(number % 7 for number in range(10_000))
    assert len(chain.prefix(5000)) == 5000
    del chain


def test_a_fork_that_does_not_grow_owns_nothing_and_one_that_does_leaves_the_main_line_fast() -> None:
    main = Numbers([1])
    fork = main.fork()
    fork = fork.append(2)
    longer = main.append(3)

    assert list(fork) == [1, 2]
    assert list(longer) == [1, 3]
    assert list(longer.append(4)) == [1, 3, 4]
    assert longer.extend([]) is longer


@pytest.mark.parametrize("index", [2, -3])
def test_there_is_nothing_beyond_the_ends(index: int) -> None:
    with pytest.raises(IndexError, match=f"no item {index} in a sequence of 2"):
        Numbers([1, 2])[index]


@pytest.mark.parametrize("length", [3, -1])
def test_a_prefix_is_no_longer_than_what_it_is_of(length: int) -> None:
    with pytest.raises(IndexError, match=f"no prefix of {length} in a sequence of 2"):
        Numbers([1, 2]).prefix(length)


def test_chains_of_different_kinds_are_never_equal() -> None:
    assert Transcript() != Log()
    assert Numbers() != 7
    assert repr(Numbers()) == "<Numbers of 0, empty>"
    assert repr(Transcript([Message(AgentName("a"), "b")])).startswith("<Transcript of 1, ")


def test_a_message_appended_to_a_view_stays_there() -> None:
    main = Transcript([Message(AgentName("a"), "b")])
    shown = main.fork()

    assert len(shown.append(Message(AgentName("x"), "y"))) == 2
    assert [message.text for message in main.append(Message(AgentName("c"), "d"))] == ["b", "d"]
