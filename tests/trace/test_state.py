"""Stored runs survive being written and read between any two effects, and a changed team is found out."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.core.driving import any_order, as_before, drive
from tests.core.programs import ORDERLY, Ask, Asked, Look, Prog, answered, programs, small_limits, teams
from typedagents.core.ambient import Now
from typedagents.core.effect import Failed, Ok, Path
from typedagents.core.errors import Divergence, HandlerError, PolicyError, TraceError
from typedagents.core.kernel import opened
from typedagents.core.limits import Limits
from typedagents.core.log import Log
from typedagents.core.message import AgentName
from typedagents.core.stored import Awaiting, resume, start
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.turn import Ended, Ready
from typedagents.testing.strategies import logs
from typedagents.trace.state import Library, Link, decode, encode

WILD = ("ask", "look", "buy", "now", "plain", "human", "fail", "leave")
wild = teams(programs(*ORDERLY, "race", leaves=WILD), small_limits())


@given(wild, st.integers(0, 5))
def test_written_and_read_between_all_effects_a_run_ends_as_if_it_had_not_been(
    team: Team[Asked | Now], seed: int
) -> None:
    whole = drive(team, any_order(seed))
    choose = as_before(whole.order)
    library = Library()
    stored = start(team, opened(team, "hello"))
    done: list[Path] = []
    while True:
        back = decode(encode(stored, library, team), library, team)
        assert back == stored
        if isinstance(back, Ended):
            break
        one = back.open[choose([each.path for each in back.open])]
        done.append(one.path)
        stored = resume(team, back, one.path, answered(one.effect))

    assert stored == whole.end
    assert done == whole.order


@given(logs(), logs())
def test_a_library_gives_every_log_back_and_keeps_each_entry_once(one: Log, other: Log) -> None:
    library = Library()
    joined = one.extend(list(other))

    assert len(library.add(one)) == len(one)
    assert len(library.add(joined)) == len(other)
    assert library.add(one) == {}
    for log in (one, joined):
        assert library.log(log.head.hex()[:32], len(log)) == log


def team_of(*progs: Prog) -> Team[Asked | Now]:
    return group_of(
        [Agent(AgentName(f"g{i}"), prog) for i, prog in enumerate(progs)], limits=Limits(max_decisions=2)
    )


LOOKS = team_of(Prog("then", (Prog("look", (), "a"), Prog("look", (), "b"))))


def under_way() -> tuple[bytes, Library]:
    """``LOOKS`` after its first look."""
    library = Library()
    stored = start(LOOKS, opened(LOOKS, "hi"))
    assert isinstance(stored, Awaiting)
    stored = resume(LOOKS, stored, Path("t0.0"), Ok(1))
    return encode(stored, library, LOOKS), library


def test_a_team_that_asks_for_something_else_is_found_out() -> None:
    data, library = under_way()
    look, ask = Prog("look", (), "a"), Prog("ask", (), "a")

    for prog, text in (
        (
            Prog("then", (look, Prog("look", (), "c"))),
            "at t0.1: .* holds Look, the team now asks for Look with other",
        ),
        (Prog("then", (look, ask)), "at t0.1: the stored run holds Look, the team now asks for Ask there"),
        (Prog("then", (look,)), "at t0.1: the stored run holds Look, the team now asks for nothing there"),
        (Prog("then", (ask, look)), "at t0.0: the stored run holds Look, the team now asks for Ask there"),
        (
            Prog("each", (look, Prog("look", (), "b"))),
            "at t0.0/0.0: the stored run holds nothing, the team now asks",
        ),
    ):
        with pytest.raises(Divergence, match=text):
            decode(data, library, team_of(prog))
    with pytest.raises(Divergence, match=r"was not over, but ends now: limit: max_decisions=0"):
        decode(data, library, LOOKS.limited(Limits(max_decisions=0)))


def test_a_result_nobody_asks_for_any_more_is_found_out() -> None:
    library = Library()
    pair = team_of(Prog("each", (Prog("look", (), "a"), Prog("look", (), "b"), Prog("look", (), "c"))))
    stored = start(pair, opened(pair))
    assert isinstance(stored, Awaiting)
    stored = resume(pair, stored, Path("t0.0/2.0"), Ok(1))
    fewer = team_of(Prog("each", (Prog("look", (), "a"), Prog("look", (), "b"))))

    with pytest.raises(Divergence, match=r"no longer asks for what the stored run has results of: t0.0/2.0"):
        decode(encode(stored, library, pair), library, fewer)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"{", b"[", "this is no stored run"),
        (b'"format":1', b'"format":2', "a stored run of format 2; this version reads up to 1; upgrade"),
        (b'"frames":{"":', b'"frames":{"x":', "outermost conversation is missing or damaged"),
        (b'"did":"ok"', b'"did":"well"', "this is no stored run: Invalid enum value 'well'"),
        (b'"length":2', b'"length":3', "does not add up; the library is damaged"),
        (b'"reason":null', b'"reason":{"why":"silence"}', "was not over, but ends now: silence"),
    ],
)
def test_damage_is_named(old: bytes, new: bytes, text: str) -> None:
    data, library = under_way()
    assert old in data

    with pytest.raises(TraceError, match=text):
        decode(data.replace(old, new, 1), library, LOOKS)


def test_an_entry_that_was_lost_is_named() -> None:
    data, library = under_way()
    head = next(iter(library.links))

    with pytest.raises(TraceError, match=f"the entry {head} of a log of 2 is not in the library"):
        decode(data, Library({h: link for h, link in library.links.items() if h != head}), LOOKS)
    with pytest.raises(TraceError, match=r"the library is damaged: JSON is malformed"):
        decode(data, Library({**library.links, head: Link("", b"?")}), LOOKS)


def test_failures_are_kept_too() -> None:
    library = Library()
    prog = team_of(Prog("then", (Prog("attempt", (Prog("look", (), "a"),)), Prog("look", (), "b"))))
    stored = start(prog, opened(prog))
    assert isinstance(stored, Awaiting)
    stored = resume(prog, stored, stored.open[0].path, Failed("boom", "x"))

    assert decode(encode(stored, library, prog), library, prog) == stored


def test_a_stored_run_takes_only_what_is_open_and_fits() -> None:
    stored = start(LOOKS, opened(LOOKS))
    assert isinstance(stored, Awaiting)

    with pytest.raises(PolicyError, match=r"no open effect at 't9.9'; open are: t0.0"):
        resume(LOOKS, stored, Path("t9.9"), Ok(1))
    with pytest.raises(HandlerError, match=r"this is no result of Look: expected int, got str"):
        resume(LOOKS, stored, Path("t0.0"), Ok("1"))


def test_only_conversations_are_stored() -> None:
    stored = start(LOOKS, opened(LOOKS))
    assert isinstance(stored, Awaiting)
    odd = evolve(stored, frames={**stored.frames, Path("x"): 7})

    with pytest.raises(TraceError, match=r"cannot store 7; only conversations can be remembered"):
        encode(odd, Library(), LOOKS)


def test_without_an_opening_a_stored_run_begins_with_the_teams_own() -> None:
    begun = start(LOOKS)

    assert isinstance(begun, Awaiting)
    assert isinstance(begun.frames[Path("")], Ready)
    assert [one.effect for one in begun.open] == [Look("a")]
    assert Ask.kind == "Ask"


def test_what_was_spent_in_a_nested_conversation_under_way_is_kept() -> None:
    team = team_of(Prog("converse", (Prog("buy", (), "a"), Prog("buy", (), "b")), "n"))
    library = Library()
    stored = start(team, opened(team, "hi"))
    while isinstance(stored, Awaiting):
        stored = decode(encode(stored, library, team), library, team)
        assert isinstance(stored, Awaiting)
        stored = resume(team, stored, stored.open[0].path, answered(stored.open[0].effect))

    spent = [entry for entry in stored.log if entry.entry == "spent"]
    assert [sum(charge.calls for charge in entry.charges) for entry in spent] == [2, 2]
