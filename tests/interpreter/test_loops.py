"""The corners of both loops: what is dropped before, while and after it is under way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Awaitable

import anyio
import anyio.lowlevel
import pytest

from tests.interpreter.effects import Fetch, FetchesFirst, Send, one, sender
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Failed, Ok, Path, Steps, Tell
from typedagents.core.errors import PolicyError, Suspended
from typedagents.core.handler import Call
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.stop import Cancelled
from typedagents.core.structure import attempt, each, race
from typedagents.core.team import Agent, Team, group
from typedagents.core.usage import Usage
from typedagents.core.view import SharedView, View
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import EffectFinished, Event, Observed
from typedagents.interpreter.loops import ended_as
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.model import model_reply


@pytest.fixture(params=["sync", "asyncio", "trio"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(way: str, world: World[Fetch], team: Team[Fetch]) -> Outcome:
    return world.run_sync(team, "hi") if way == "sync" else anyio.run(world.run, team, "hi", backend=way)


class Mixed:
    """Answers what begins with ``now`` at once, and lets the rest wait for ever."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def plain(self, effect: Fetch) -> str:
        self.asked[effect.what] += 1
        return effect.what

    async def waits(self, effect: Fetch) -> str:
        self.asked[effect.what] += 1
        await anyio.sleep_forever()
        return effect.what

    async def stubborn(self, effect: Fetch) -> str:
        """Finishes although it was given up."""
        self.asked[effect.what] += 1
        with anyio.CancelScope(shield=True):
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        return effect.what


def mixed(mix: Mixed) -> World[Fetch]:
    async def later(effect: Fetch) -> str:
        return await (mix.stubborn(effect) if effect.what.startswith("stubborn") else mix.waits(effect))

    def answer(effect: Fetch) -> object:
        return mix.plain(effect) if effect.what.startswith("now") else later(effect)

    handler = Fetch.by(mix.plain)
    return World(handler.__class__({Fetch: lambda effect, call: answer(proved_fetch(effect))}), None)


def proved_fetch(effect: object) -> Fetch:
    assert isinstance(effect, Fetch)
    return effect


def test_what_is_queued_when_a_race_is_decided_never_starts(way: str) -> None:
    mix = Mixed()
    outcome = run(way, mixed(mix), one(FetchesFirst(("slow", "now", "slower", "slowest")), 2))

    assert outcome.summary == "now"
    assert mix.asked["now"] == 2
    assert mix.asked["slower"] == mix.asked["slowest"] == 0


def test_what_finishes_although_it_was_given_up_is_ignored(way: str) -> None:
    mix = Mixed()
    outcome = run(way, mixed(mix), one(FetchesFirst(("stubborn", "now")), 2))

    assert outcome.summary in {"stubborn", "now"}


def two_races(view: View, /) -> Steps[Decision, Fetch]:
    """The second is decided at once; the first goes on until that is known."""
    first = race([Fetch("until now 1"), Fetch("slower")])
    said = yield from each([first, race([Fetch("slow"), Fetch("now 1")])])
    return Reply(" ".join(said))


def test_one_race_that_is_decided_leaves_the_other_alone(way: str) -> None:
    decided = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, EffectFinished):
            decided.set()

    async def later(effect: Fetch) -> str:
        while not decided.is_set() or not effect.what.startswith("until"):
            await anyio.lowlevel.checkpoint()
        return effect.what

    def answer(effect: Fetch) -> str | Awaitable[str]:
        return effect.what if effect.what.startswith("now") else later(effect)

    world = World(Fetch.by(answer), None, watchers=(watch,))
    assert run(way, world, one(two_races)).summary == "until now 1 now 1"


def test_without_a_store_a_run_is_suspended_for_good(way: str) -> None:
    control = Control()
    sent: list[str] = []

    def send(effect: Send) -> str:
        sent.append(effect.what)
        control.suspend()
        return effect.what

    def sends(view: View, /) -> Steps[Decision, Send]:
        yield from Send("a")
        return Reply((yield from Send("b")))

    world = World(Send.by(send), None)
    with pytest.raises(Suspended):
        _ = (
            world.run_sync(sender(sends), "hi", control=control)
            if way == "sync"
            else anyio.run(lambda: world.run(sender(sends), "hi", control=control), backend=way)
        )
    assert sent == ["a"]


def test_without_a_store_partial_text_is_in_the_outcome(way: str) -> None:
    control = Control()

    async def streams(request: CallModel, call: Call) -> ModelReply:
        call.emit(TextDelta("half"))
        control.cancel()
        await anyio.sleep_forever()
        return ModelReply("")

    team = group(Agent(AgentName("bot"), model_reply()))
    world = World(CallModel.by(streams), None)
    outcome = (
        world.run_sync(team, "hi", control=control)
        if way == "sync"
        else anyio.run(lambda: world.run(team, "hi", control=control), backend=way)
    )
    assert outcome.reason == Cancelled()
    assert [partial.text for partial in outcome.partial] == ["half"]


def test_a_loser_that_was_lost_in_a_crash_is_not_told_of() -> None:
    store = TraceMemory()

    def sends(view: View, /) -> Steps[Decision, Send]:
        came = yield from attempt(race([both_sent(), quick()]))
        return Reply(came.value if isinstance(came, Ok) else came.kind)

    def both_sent() -> Steps[str, Send]:
        return "+".join((yield from each([Send("slow"), Send("slower")])))

    def quick() -> Steps[str, Send]:
        return (yield from Send("quick"))

    async def send(effect: Send) -> str:
        if effect.what != "quick":
            await anyio.sleep_forever()
        return effect.what

    world = World(Send.by(send), store)
    whole = world.run_sync(sender(sends), "hi", name="r")
    cut = next(i for i, line in enumerate(store.read("r")) if b'"line":"done"' in line)
    store.traces["r"] = bytearray(b"".join(store.read("r")[: cut + 1]))

    assert world.resume_sync(sender(sends), "r") == whole
    assert whole.summary == "quick"


def test_of_two_that_were_lost_in_a_crash_the_first_decides() -> None:
    store = TraceMemory()

    def sends(view: View, /) -> Steps[Decision, Send]:
        came = yield from attempt(race([Send("a"), Send("b")]))
        return Reply(came.text if isinstance(came, Failed) else came.value)

    async def send(effect: Send) -> str:
        await anyio.lowlevel.checkpoint()
        return effect.what

    world = World(Send.by(send), store)
    world.run_sync(sender(sends), "hi", name="r")
    begun = [i for i, line in enumerate(store.read("r")) if b'"line":"begun"' in line]
    store.traces["r"] = bytearray(b"".join(store.read("r")[: begun[-1] + 1]))

    resumed = world.resume_sync(sender(sends), "r")
    assert resumed.summary.startswith("Send was begun before a crash")
    assert world.replay(sender(sends), "r") == resumed


def test_what_a_policy_tells_is_shown_to_watchers_live_and_replayed() -> None:
    seen: list[Event] = []

    def tells(view: View, /) -> Steps[Decision, Fetch]:
        (said,) = yield from each([says()])
        return Reply(said)

    def says() -> Steps[str, Fetch]:
        yield Tell("a hint")
        return (yield from Fetch("now"))

    store = TraceMemory()
    world = World(Fetch.by(lambda effect: effect.what), store, watchers=(seen.append,))
    world.run_sync(one(tells), name="r")
    live = [event for event in seen if isinstance(event, Observed)]
    world.replay(one(tells), "r")

    assert live == [Observed(Path("t0.0/0."), "a", "a hint")]
    assert [event for event in seen if isinstance(event, Observed)] == live * 2
    assert b"a hint" not in bytes(store.traces["r"])


def test_what_is_shown_in_place_of_the_messages_stays_with_the_view() -> None:
    def says(view: View, /) -> Decision:
        cut = view.showing(view.transcript.prefix(1))
        return Reply(f"{len(cut.transcript)} of {len(view.transcript)}, {len(cut.log.transcript)} in the log")

    team = group(Agent(AgentName("a"), says), limits=Limits(max_decisions=2))
    assert World(Fetch.by(lambda effect: ""), None).run_sync(team, "hi").summary == "1 of 2, 2 in the log"


def test_a_policy_that_tells_needs_no_watcher(way: str) -> None:
    def tells(view: View, /) -> Steps[Decision, Fetch]:
        yield Tell("a hint")
        return Reply((yield from Fetch("now")))

    assert run(way, mixed(Mixed()), one(tells)).summary == "now"


def test_a_selector_is_told_the_number_of_the_turn_about_to_begin() -> None:
    seen: list[int] = []

    def selects(view: SharedView, /) -> str:
        seen.append(view.turn)
        return "a"

    team = group(Agent(AgentName("a"), lambda view: Reply(str(view.turn))), limits=Limits(max_decisions=3))
    outcome = World(Fetch.by(lambda effect: ""), None).run_sync(team.selected_by(selects))

    assert seen == [0, 1, 2]
    assert [message.text for message in outcome.transcript] == ["0", "1", "2"]


def test_cached_replies_are_counted_apart_and_cost_nothing() -> None:
    reply = ModelReply("x", usage=Usage(5), cached=True, model="m")
    team = group(Agent(AgentName("bot"), model_reply()), limits=Limits(max_decisions=2))
    outcome = World(CallModel.by(lambda request: reply), None).run_sync(team, "hi")

    assert outcome.cost_usd == 0
    assert outcome.usage.total == 0
    assert outcome.bill.calls == 2


def test_a_run_returns_its_end_or_nothing() -> None:
    with pytest.raises(PolicyError, match=r"the run returned int instead of its end"):
        ended_as(7)
