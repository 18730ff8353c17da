"""Watching a run, following it, and what it leaves behind."""

from __future__ import annotations

import logging
from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from tests.interpreter.effects import Fetch, Fetches, one, stops
from typedagents.core.effect import Failed, Path
from typedagents.core.errors import (
    ConfigError,
    PolicyError,
    TraceError,
)
from typedagents.core.handler import Call
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, group
from typedagents.interpreter.events import (
    EffectFinished,
    EffectStarted,
    EntryAdded,
    Event,
    Observed,
    RunEnded,
    RunStarted,
)
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

BACKENDS = ("asyncio", "trio")


def upper(effect: Fetch) -> str:
    return effect.what.upper()


async def upper_later(effect: Fetch) -> str:
    await anyio.lowlevel.checkpoint()
    return effect.what.upper()


WORLD = World(Fetch.by(upper), None)


async def no_key(effect: Fetch) -> str:
    await anyio.lowlevel.checkpoint()
    raise ConfigError("no key: set FETCH_KEY")


TEAM = one(Fetches(("a", "b", "c")), 3)
LATER = World(Fetch.by(upper_later), None)


def tells(effect: Fetch, call: Call) -> str:
    call.emit(f"{call.agent} {call.attempt} {call.id} {call.deadline_s}")
    return effect.what


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_watchers_see_everything_in_order(way: str) -> None:
    seen: list[Event] = []
    store = TraceMemory()
    world = World(Fetch.by(tells), store, watchers=(seen.append,))
    team = one(Fetches(("x",)))
    run = partial(world.run, team, "hi", name="r")
    outcome = world.run_sync(team, "hi", name="r") if way == "sync" else anyio.run(run, backend=way)

    path = Path("t0.0")
    began, said = outcome.log[2], outcome.log[3]
    assert seen == [
        RunStarted("r", "conversation", "memory:r"),
        EntryAdded(Path("t0."), began),
        EffectStarted(path, "a", Fetch("x")),
        Observed(path, "a", "a 1 r/t0.0 None"),
        EffectFinished(
            path, "a", Fetch("x"), seen[4].outcome if isinstance(seen[4], EffectFinished) else Failed("", "")
        ),
        EntryAdded(Path("t0."), said),
        RunEnded("r", outcome.reason),
    ]
    seen.clear()
    world.replay(team, "r")
    assert [type(event).__name__ for event in seen] == [
        "RunStarted",
        "EntryAdded",
        "EffectFinished",
        "EntryAdded",
        "RunEnded",
    ]


def test_a_watcher_that_fails_is_logged_and_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fails(event: Event) -> None:
        raise ValueError("I cannot look")

    with caplog.at_level(logging.ERROR, "typedagents"):
        outcome = World(Fetch.by(upper), None, watchers=(fails,)).run_sync(one(Fetches(("x",))))

    assert outcome.ok
    assert "a watcher failed; the run goes on without its having seen RunStarted" in caplog.text


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_can_be_followed(backend: str) -> None:
    async def main() -> tuple[list[str], Outcome]:
        async with LATER.stream(TEAM, "hi", name="x") as events:
            with pytest.raises(PolicyError, match=r"the run has not ended yet"):
                _ = events.outcome
            names = [type(event).__name__ async for event in events]
        return names, events.outcome

    names, outcome = anyio.run(main, backend=backend)
    assert names[0] == "RunStarted"
    assert names[-1] == "RunEnded"
    assert outcome.summary == "A,B,C"


@pytest.mark.parametrize("backend", BACKENDS)
def test_leaving_early_suspends_the_run_and_errors_come_through(backend: str) -> None:
    store = TraceMemory()
    world = World(Fetch.by(upper_later), store)

    async def leaves() -> None:
        async with world.stream(TEAM, "hi", name="left") as events:
            async for event in events:
                if isinstance(event, EffectFinished):
                    break

    async def raises() -> None:
        async with world.stream(TEAM, "hi", name="raised") as events:
            async for _ in events:
                raise LookupError("enough")

    async def breaks() -> None:
        async with World(Fetch.by(no_key), None).stream(TEAM, "hi") as events:
            async for _ in events:
                pass

    anyio.run(leaves, backend=backend)
    assert not any(b'"line":"end"' in line for line in store.read("left"))
    assert world.resume_sync(TEAM, "left").summary == "A,B,C"
    with pytest.raises(LookupError, match=r"enough"):
        anyio.run(raises, backend=backend)
    with pytest.raises(ConfigError, match=r"set FETCH_KEY"):
        anyio.run(breaks, backend=backend)


def test_a_world_without_a_store_keeps_nothing_to_resume() -> None:
    outcome = WORLD.run_sync(group(Agent(AgentName("a"), stops)), "hi")
    assert outcome.trace is None
    with pytest.raises(TraceError, match=r"this world keeps no traces \(store=None\); give it a store"):
        WORLD.resume_sync(TEAM, "r")
    with pytest.raises(TraceError, match=r"keeps no traces"):
        WORLD.replay(TEAM, "r")


def test_an_outcome_tells_what_is_asked_most() -> None:
    empty = WORLD.run_sync(group(Agent(AgentName("a"), stops)))

    assert empty.summary == ""
    assert empty.human_inputs == ()
    assert empty.usage.total == 0
    assert empty.cost_usd == 0
    assert empty.check() is empty
    assert empty.context.values == {}
