"""Laws 2, 3, 6 and 11: the sync loop, the async loop under asyncio and trio, and any order write the same and end alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import anyio
from hypothesis import given
from hypothesis import strategies as st

from tests.core.driving import any_order, drive
from tests.core.programs import (
    NOW,
    ORDERLY,
    Ask,
    Asked,
    Buy,
    Look,
    Receipt,
    answered,
    programs,
    small_limits,
    teams,
)
from typedagents.core.ambient import Now
from typedagents.core.effect import AnyEffect, EffectFailed, Ok
from typedagents.core.handler import Handler
from typedagents.core.human import AskHuman, HumanAnswer
from typedagents.core.team import Team
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

R = TypeVar("R")
WILD = ("ask", "look", "buy", "now", "plain", "human", "fail", "leave")
calm = teams(programs(*ORDERLY))
wild = teams(programs(*ORDERLY, "race", leaves=WILD), small_limits())


class Performed:
    """A handler of every effect of the random programs, plain or async, that counts."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def answer(self, effect: AnyEffect) -> object:
        self.count[effect.kind] += 1
        outcome = answered(effect)
        if isinstance(outcome, Ok):
            return outcome.value
        raise EffectFailed(outcome)

    def text(self, effect: Ask) -> str:
        return Ask.accept(effect, self.answer(effect))

    def number(self, effect: Look) -> int:
        return Look.accept(effect, self.answer(effect))

    def receipt(self, effect: Buy) -> Receipt:
        return Buy.accept(effect, self.answer(effect))

    def human(self, effect: AskHuman) -> HumanAnswer:
        return AskHuman.accept(effect, self.answer(effect))

    async def later_text(self, effect: Ask) -> str:
        await anyio.lowlevel.checkpoint()
        return self.text(effect)

    async def later_receipt(self, effect: Buy) -> Receipt:
        for _ in effect.what:
            await anyio.lowlevel.checkpoint()
        return self.receipt(effect)

    def plain(self) -> Handler[Asked]:
        return Ask.by(self.text) | Look.by(self.number) | Buy.by(self.receipt) | AskHuman.by(self.human)

    def mixed(self) -> Handler[Asked]:
        return (
            Ask.by(self.later_text)
            | Look.by(self.number)
            | Buy.by(self.later_receipt)
            | AskHuman.by(self.human)
        )


def world(handler: Handler[Asked]) -> World[Asked]:
    return World(handler, TraceMemory(), clock=lambda: NOW)


def known(lines: Sequence[bytes]) -> list[bytes]:
    """Lines but the header, which names the version and the run."""
    return sorted(lines[1:])


@given(calm, st.booleans(), st.sampled_from(["sync", "asyncio", "trio"]))
def test_every_way_writes_the_same_lines_and_ends_alike(
    team: Team[Asked | Now],
    later: bool,  # noqa: FBT001  # drawn, not passed by people
    way: str,
) -> None:
    by_hand = drive(team, any_order(1))
    performed = Performed()
    here = world(performed.mixed() if later else performed.plain())
    if way == "sync":
        outcome = here.run_sync(team, "hello", name="r")
    else:
        outcome = anyio.run(partial(here.run, team, "hello", name="r"), backend=way)

    assert (outcome.log, outcome.reason) == (by_hand.end.log, by_hand.end.reason)
    assert outcome.bill == by_hand.bill
    assert known(TraceMemory.read(store_of(here), "r")) == known(by_hand.lines)
    assert sum(performed.count.values()) == sum("Now" not in line for line in begun(by_hand.lines))

    count = performed.count.copy()
    assert here.replay(team, "r") == outcome
    assert here.replay(team, "r").bill == outcome.bill
    assert performed.count == count, "a replay performs nothing"


def store_of(here: World[Asked]) -> TraceMemory:
    assert isinstance(here.store, TraceMemory)
    return here.store


def begun(lines: Sequence[bytes]) -> list[str]:
    return [line.decode() for line in lines if line.startswith(b'{"line":"begun"')]


@given(wild, st.integers(0, 30), st.booleans())
def test_killed_at_any_line_a_run_goes_on_from_there(team: Team[Asked | Now], where: int, torn: bool) -> None:  # noqa: FBT001  # drawn, not passed by people
    performed = Performed()
    here = world(performed.mixed())
    here.run_sync(team, "hello", name="r")
    store = store_of(here)
    lines = store.read("r")
    kept = b"".join(lines[: 1 + where % len(lines)])
    store.traces["r"] = bytearray(kept + lines[-1][:7] if torn and kept.count(b"\n") < len(lines) else kept)
    before = performed.count.copy()

    resumed = here.resume_sync(team, "r")

    after = performed.count - before
    finished = sum(line.startswith((b'{"line":"done"', b'{"line":"failed"')) for line in kept.splitlines())
    ended = b'"line":"end"' in kept
    assert not ended or not after
    total = sum('"Now"' not in line for line in begun(store.read("r")))
    assert after.total() <= total
    assert finished + after.total() <= len(store.read("r"))
    count = performed.count.copy()
    assert here.replay(team, "r") == resumed
    assert here.replay(team, "r").bill == resumed.bill
    assert performed.count == count
