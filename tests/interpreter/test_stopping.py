"""Suspend and cancel: from watchers, handlers, threads and before the start; nothing that came back is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import anyio
import pytest

from tests.interpreter.effects import Fetch, Fetches, FetchesAll, FetchesFirst, Send, Sends, one, sender
from typedagents import Agent, Team, assistant, chat, group, user_proxy
from typedagents.core.ambient import Sleep
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.errors import Suspended, TraceError
from typedagents.core.handler import Call
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.stop import Cancelled
from typedagents.core.structure import race
from typedagents.core.view import View
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import EffectStarted, Event, Observed
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World

BACKENDS = ("asyncio", "trio")


@pytest.fixture(params=("sync", *BACKENDS))
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def go(
    way: str,
    world: World[Fetch],
    team: Fetches | FetchesAll | FetchesFirst,
    control: Control,
    name: str = "r",
) -> Outcome:
    if way == "sync":
        return world.run_sync(one(team, 3), "hi", name=name, control=control)
    return anyio.run(partial(world.run, one(team, 3), "hi", name=name, control=control), backend=way)


def again(
    way: str, world: World[Fetch], team: Fetches | FetchesAll | FetchesFirst, name: str = "r"
) -> Outcome:
    if way == "sync":
        return world.resume_sync(one(team, 3), name)
    return anyio.run(world.resume, one(team, 3), name, backend=way)


class Notes:
    """A plain handler that writes down what it was asked, and stops the run at one of them."""

    def __init__(self, at: str, stop: Callable[[], None]) -> None:
        self.asked: list[str] = []
        self.at, self.stop = at, stop

    def __call__(self, effect: Fetch) -> str:
        self.asked.append(effect.what)
        if effect.what == self.at and self.asked.count(self.at) == 1:
            self.stop()
        return effect.what.upper()


class Slow(Notes):
    """The same, waiting for ever after it stopped the run."""

    async def later(self, effect: Fetch) -> str:
        self.asked.append(effect.what)
        await anyio.lowlevel.checkpoint()
        if effect.what == self.at and self.asked.count(self.at) == 1:
            self.stop()
            await anyio.sleep_forever()
        return effect.what.upper()


def test_a_plain_result_that_came_back_is_kept_when_the_run_is_suspended(way: str) -> None:
    control, store = Control(), TraceMemory()
    notes = Notes("b", control.suspend)
    world = World(Fetch.by(notes), store)

    with pytest.raises(Suspended, match=r"resume it from its trace") as caught:
        go(way, world, Fetches(("a", "b", "c")), control)
    assert caught.value.log is not None
    outcome = again(way, world, Fetches(("a", "b", "c")))

    assert outcome.summary == "A,B,C"
    assert notes.asked == ["a", "b", "c"] * 3


def test_what_was_under_way_is_performed_again(way: str) -> None:
    control, store = Control(), TraceMemory()
    notes = Slow("b", control.suspend)
    world = World(Fetch.by(notes.later), store)

    with pytest.raises(Suspended):
        go(way, world, Fetches(("a", "b", "c")), control)
    outcome = again(way, world, Fetches(("a", "b", "c")))

    assert outcome.summary == "A,B,C"
    assert notes.asked == ["a", "b", "b", "c", "a", "b", "c", "a", "b", "c"]


def test_side_by_side_only_what_has_no_result_is_performed_again(way: str) -> None:
    control, store = Control(), TraceMemory()
    notes = Slow("c", control.suspend)
    world = World(Fetch.by(notes.later), store)

    with pytest.raises(Suspended):
        go(way, world, FetchesAll(("a", "b", "c")), control)
    done = [line for line in store.read("r") if b'"line":"done"' in line]
    outcome = again(way, world, FetchesAll(("a", "b", "c")))

    assert outcome.summary == "A,B,C"
    assert len(notes.asked) == 12 - len(done)


def run_sender(way: str, world: World[Send], team: Team[Send], control: Control) -> Outcome:
    if way == "sync":
        return world.run_sync(team, "hi", name="r", control=control)
    return anyio.run(partial(world.run, team, "hi", name="r", control=control), backend=way)


def test_what_never_started_is_not_unknown_when_the_run_goes_on(way: str) -> None:
    control, store = Control(), TraceMemory()
    sent: list[str] = []

    def send(effect: Send) -> str:
        sent.append(effect.what)
        if len(sent) == 1:
            control.suspend()
        return effect.what.upper()

    team = sender(Sends(("a", "b")))
    world = World(Send.by(send), store)
    with pytest.raises(Suspended):
        run_sender(way, world, team, control)

    assert world.resume_sync(team, "r").summary == "A,B"
    assert sent == ["a", "b"]
    assert world.replay(team, "r").summary == "A,B"


def test_what_was_under_way_and_must_not_be_repeated_is_unknown(way: str) -> None:
    control, store = Control(), TraceMemory()
    sent: list[str] = []

    async def send(effect: Send) -> str:
        sent.append(effect.what)
        if len(sent) == 1:
            control.suspend()
            await anyio.sleep_forever()
        return effect.what.upper()

    team = sender(Sends(("a", "b")))
    world = World(Send.by(send), store)
    with pytest.raises(Suspended):
        run_sender(way, world, team, control)
    with pytest.raises(
        TraceError, match=r"the trace stops before Send has a result, so it cannot be replayed"
    ):
        world.replay(team, "r")

    assert world.resume_sync(team, "r").summary == "unknown,B"
    assert sent == ["a", "b"]
    assert world.replay(team, "r").summary == "unknown,B"


def test_cancelled_a_run_ends_and_says_why(way: str) -> None:
    control, store = Control(), TraceMemory()
    notes = Slow("b", lambda: control.cancel("enough"))
    world = World(Fetch.by(notes.later), store)

    outcome = go(way, world, Fetches(("a", "b", "c")), control)

    assert outcome.reason == Cancelled("enough")
    assert not outcome.ok
    assert notes.asked == ["a", "b"]
    assert world.replay(one(Fetches(("a", "b", "c")), 3), "r") == outcome
    assert world.resume_sync(one(Fetches(("a", "b", "c")), 3), "r") == outcome
    assert notes.asked == ["a", "b"]


def test_cancelled_side_by_side_a_run_replays(way: str) -> None:
    control, store = Control(), TraceMemory()
    notes = Slow("b", lambda: control.cancel("enough"))
    world = World(Fetch.by(notes.later), store)

    outcome = go(way, world, FetchesAll(("a", "b", "c")), control)

    assert outcome.reason == Cancelled("enough")
    assert world.replay(one(FetchesAll(("a", "b", "c")), 3), "r") == outcome


def test_cancelled_too_late_a_run_ends_as_it_would_have(way: str) -> None:
    control = Control()
    notes = Notes("a", control.cancel)

    class Last(Notes):
        pass

    world = World(Fetch.by(notes), None)
    outcome = (
        world.run_sync(one(Fetches(("a",))), "hi", control=control)
        if way == "sync"
        else anyio.run(partial(world.run, one(Fetches(("a",))), "hi", control=control), backend=way)
    )

    assert outcome.ok
    assert outcome.summary == "A"


def test_cancelled_before_it_starts_nothing_is_performed(way: str) -> None:
    control = Control()
    control.cancel("never mind")
    control.suspend()
    notes = Notes("", control.cancel)

    outcome = go(way, World(Fetch.by(notes), TraceMemory()), FetchesAll(("a", "b")), control)

    assert outcome.reason == Cancelled("never mind")
    assert notes.asked == []


def test_cancelled_by_a_watcher(way: str) -> None:
    control = Control()

    def watch(event: Event) -> None:
        if isinstance(event, EffectStarted) and event.effect == Fetch("b"):
            control.cancel()

    async def fetch(effect: Fetch) -> str:
        await anyio.lowlevel.checkpoint()
        return effect.what

    world = World(Fetch.by(fetch), TraceMemory(), watchers=(watch,))
    for name, team in (("one", Fetches(("a", "b", "c"))), ("all", FetchesAll(("a", "b", "c")))):
        outcome = go(way, world, team, control if name == "one" else Control(), name)
        assert (outcome.reason == Cancelled()) is (name == "one")


def test_cancelled_from_another_thread(way: str) -> None:
    control, started = Control(), threading.Event()

    async def fetch(effect: Fetch) -> str:
        started.set()
        await anyio.sleep_forever()
        return effect.what

    def cancel() -> None:
        started.wait()
        control.cancel("from afar")

    other = threading.Thread(target=cancel)
    other.start()
    outcome = go(way, World(Fetch.by(fetch), None), FetchesAll(("a", "b")), control)
    other.join()

    assert outcome.reason == Cancelled("from afar")


def test_stopping_after_the_end_does_nothing() -> None:
    control = Control()
    World(Fetch.by(lambda effect: effect.what), None).run_sync(one(Fetches(("a",))), control=control)
    control.cancel()
    control.suspend()

    assert control.wanted == Cancelled()


def test_a_control_stops_all_its_runs_one_of_them_already_gone() -> None:
    async def main() -> list[Outcome]:
        control = Control()
        outcomes: list[Outcome] = []

        async def run(slow: str) -> None:
            async def fetch(effect: Fetch) -> str:
                if slow:
                    await anyio.sleep_forever()
                return effect.what

            outcomes.append(await World(Fetch.by(fetch), None).run(one(Fetches(("a",))), control=control))

        async with anyio.create_task_group() as group:
            group.start_soon(run, "")
            group.start_soon(run, "slow")
            group.start_soon(run, "slow")
            while not outcomes:
                await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(control.cancel)
        return outcomes

    assert [outcome.ok for outcome in anyio.run(main)] == [True, False, False]


# --- partial text -----------------------------------------------------------------------------------------------


async def streams_for_ever(request: CallModel, call: Call) -> ModelReply:
    call.emit(TextDelta("half "))
    call.emit(TextDelta("a word"))
    await anyio.sleep_forever()
    return ModelReply("")


@pytest.mark.parametrize("stop", ["cancel", "suspend"])
def test_what_had_streamed_in_is_kept(way: str, stop: str) -> None:
    control, store = Control(), TraceMemory()
    team = chat(user_proxy("user", "never", code=None), assistant("bot"))

    def watch(event: Event) -> None:
        if isinstance(event, Observed) and event.observation == TextDelta("a word"):
            getattr(control, stop)()

    world = World(CallModel.by(streams_for_ever), store, watchers=(watch,))
    outcome = None
    try:
        if way == "sync":
            outcome = world.run_sync(team, "hi", name="r", control=control)
        else:
            outcome = anyio.run(partial(world.run, team, "hi", name="r", control=control), backend=way)
    except Suspended:
        assert stop == "suspend"

    assert b'{"line":"partial","path":"t0.0","agent":"bot","text":"half a word"}\n' in store.read("r")
    if outcome is not None:
        assert [(partial.agent, partial.text) for partial in outcome.partial] == [("bot", "half a word")]
        assert outcome.transcript.last is not None
        assert outcome.transcript.last.text == "hi"
        assert world.replay(team, "r") == outcome


def test_the_loser_of_a_race_leaves_no_partial_text(way: str) -> None:
    def said(view: View) -> Steps[None, CallModel | Sleep]:
        yield from CallModel(view.transcript, view.me)

    def slept() -> Steps[None, CallModel | Sleep]:
        yield from Sleep(0)

    def hurries(view: View, /) -> Steps[Decision, CallModel | Sleep]:
        yield from race([said(view), slept()])
        return Reply("too late")

    world = World(CallModel.by(streams_for_ever), None)
    team = group(Agent(AgentName("a"), hurries), limits=Limits(max_decisions=1))
    outcome = world.run_sync(team, "hi") if way == "sync" else anyio.run(world.run, team, "hi", backend=way)

    assert outcome.summary == "too late"
    assert outcome.partial == ()
