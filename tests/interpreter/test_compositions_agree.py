"""Law 6 over random compositions: the sync loop, the async loop under asyncio and trio, and replay go the same way."""

from __future__ import annotations

from functools import partial

import anyio
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.driving import any_order, drive, facts, finished
from tests.policies.compositions.answers import Asks, Performed
from tests.policies.compositions.scenes import Scene, scenes
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World


@given(scenes(calm=True), st.sampled_from(["sync", "asyncio", "trio"]))
def test_every_way_writes_the_same_lines_and_ends_alike(scene: Scene, way: str) -> None:
    by_hand = drive(scene.team, any_order(scene.seed), scene.world)
    performed = Performed(scene.world, later=bool(scene.seed % 2))
    store = TraceMemory()
    here: World[Asks] = World(performed.handler(), store, clock=lambda: 1_700_000_000.0)
    event(f"{way}, {type(by_hand.end.reason).__name__}")
    if way == "sync":
        outcome = here.run_sync(scene.team, "hello", name="r")
    else:
        outcome = anyio.run(partial(here.run, scene.team, "hello", name="r"), backend=way)

    assert (outcome.log, outcome.reason, outcome.bill) == (by_hand.end.log, by_hand.end.reason, by_hand.bill)
    assert facts(store.read("r")[1:]) == facts(by_hand.lines[1:]), (
        "all but the header, which names the version"
    )
    assert performed.count == by_hand.count
    assert here.replay(scene.team, "r") == outcome
    assert performed.count == by_hand.count, "a replay performs nothing"


@given(scenes(calm=False), st.booleans())
def test_killed_at_any_byte_a_run_goes_on_from_there(scene: Scene, later: bool) -> None:  # noqa: FBT001  # drawn, not passed by people
    performed = Performed(scene.world, later=later)
    store = TraceMemory()
    here: World[Asks] = World(performed.handler(), store, clock=lambda: 1_700_000_000.0)
    here.run_sync(scene.team, "hello", name="r")
    whole = bytes(store.traces["r"])
    first = whole.index(b"\n") + 1
    kept = whole[: first + (len(whole) - first) * scene.seed // 255]
    store.traces["r"] = bytearray(kept)
    performed.count.clear()

    resumed = here.resume_sync(scene.team, "r")

    done = finished(kept[: kept.rfind(b"\n") + 1].splitlines(keepends=True))
    assert not done & performed.count.keys(), "nothing whose result was written is performed again"
    performed.count.clear()
    assert here.replay(scene.team, "r") == resumed
    assert not performed.count
