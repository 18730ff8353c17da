"""Running teams: in threads and loops, many at once, very long, very deep, watched and followed."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from attrs import frozen

from tests.interpreter.effects import Fetch, Fetches, FetchesAll, FetchesFirst, one, stops
from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import EffectFailed, Failed, Path, Steps
from typedagents.core.errors import (
    ConfigError,
    EffectError,
    HandlerError,
    PolicyError,
    TraceError,
    TypedAgentsError,
)
from typedagents.core.handler import Call
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.log import Log
from typedagents.core.message import AgentName
from typedagents.core.rule import Rule
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
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
LATER = World(Fetch.by(upper_later), None)


# --- long and deep ----------------------------------------------------------------------------------------------


def says(view: View, /) -> Decision:
    return Reply("x")


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_ten_thousand_turns_need_no_recursion(way: str) -> None:
    team: Team[Fetch] = group(Agent(AgentName("a"), Fetches(("x",))), Agent(AgentName("b"), says)).limited(
        Limits(max_decisions=10_000, max_effects=Unlimited)
    )
    outcome = WORLD.run_sync(team) if way == "sync" else anyio.run(WORLD.run, team, backend=way)

    assert len(outcome.transcript) == 10_000


@frozen
class Nest:
    """Asks a conversation of its like, so many levels down."""

    levels: int

    def __call__(self, view: View, /) -> Steps[Decision, Fetch | Now]:
        if not self.levels:
            return Stop((yield from Fetch("floor")))
        ended = yield from converse(one_of(Nest(self.levels - 1)), "down")
        return Stop(f"{ended.reason}"[-20:])


def one_of(policy: Nest) -> Team[Fetch | Now]:
    return group(Agent(AgentName("n"), policy), limits=Limits(max_depth=Unlimited))


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_a_thousand_nested_conversations_need_no_recursion(way: str) -> None:
    team = one_of(Nest(1000))
    outcome = LATER.run_sync(team) if way == "sync" else anyio.run(LATER.run, team, backend=way)

    assert str(outcome.reason).endswith("FLOOR")


def test_a_thousand_nested_conversations_replay() -> None:
    world = World(Fetch.by(upper), TraceMemory())
    outcome = world.run_sync(one_of(Nest(1000)), name="r")

    assert world.replay(one_of(Nest(1000)), "r") == outcome


# --- many at once -----------------------------------------------------------------------------------------------

TEAM = one(Fetches(("a", "b", "c")), 3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_hundred_runs_of_one_team_in_one_loop_do_not_touch_each_other(backend: str) -> None:
    async def main() -> list[Outcome]:
        outcomes: list[Outcome] = []

        async def run(number: int) -> None:
            outcomes.append(await LATER.run(TEAM, f"hello {number}"))

        async with anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(run, number)
        return outcomes

    outcomes = anyio.run(main, backend=backend)

    assert {outcome.transcript[0].text for outcome in outcomes} == {
        f"hello {number}" for number in range(100)
    }
    assert {tuple(message.text for message in outcome.transcript)[1:] for outcome in outcomes} == {
        ("A,B,C",) * 3
    }


def test_runs_of_one_team_in_several_threads_do_not_touch_each_other() -> None:
    earlier = WORLD.run_sync(TEAM, "earlier")
    outcomes: list[Outcome] = []

    def work() -> None:
        outcomes.extend(world.run_sync(TEAM, earlier.log) for world in (WORLD, LATER) for _ in range(12))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(outcomes) == 96
    assert len({outcome.log for outcome in outcomes}) == 1
    assert len(outcomes[0].transcript) == len(earlier.transcript) + 3


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("world", [WORLD, LATER])
def test_a_sync_run_works_inside_a_running_loop(backend: str, world: World[Fetch]) -> None:
    async def main() -> Outcome:
        return world.run_sync(TEAM, "hi")

    assert anyio.run(main, backend=backend).summary == "A,B,C"


def test_plain_handlers_need_no_thread_and_no_loop() -> None:
    threads: list[int] = []

    def fetch(effect: Fetch) -> str:
        threads.append(threading.get_ident())
        assert threading.active_count() == before
        return effect.what

    before = threading.active_count()
    World(Fetch.by(fetch), None).run_sync(one(FetchesAll(tuple("abc")), 2))
    assert set(threads) == {threading.get_ident()}


def test_async_handlers_of_one_sync_run_share_one_loop_that_ends_with_it() -> None:
    threads: set[int] = set()

    async def fetch(effect: Fetch) -> str:
        threads.add(threading.get_ident())
        await anyio.lowlevel.checkpoint()
        return effect.what

    before = threading.active_count()
    outcome = World(Fetch.by(fetch), None).run_sync(one(FetchesAll(tuple("abc")), 2))

    assert outcome.summary == "a,b,c"
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert threading.active_count() == before


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_what_is_asked_side_by_side_is_under_way_together(way: str) -> None:
    async def meet(effect: Fetch) -> str:
        """Comes back only when all three are here."""
        here.append(effect.what)
        while len(here) < 3:
            await anyio.lowlevel.checkpoint()
        return effect.what

    here: list[str] = []
    world = World(Fetch.by(meet), None)
    team = one(FetchesAll(tuple("abc")))
    outcome = world.run_sync(team) if way == "sync" else anyio.run(world.run, team, backend=way)

    assert outcome.summary == "a,b,c"


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_the_losers_of_a_race_are_given_up(way: str) -> None:
    gone: list[str] = []

    async def fetch(effect: Fetch) -> str:
        if effect.what == "quick":
            await anyio.lowlevel.checkpoint()
            return "won"
        try:
            await anyio.sleep_forever()
        finally:
            gone.append(effect.what)
        raise AssertionError

    async def mixed(effect: Fetch) -> str:
        return await fetch(effect)

    world = World(Fetch.by(mixed), None)
    team = one(FetchesFirst(("slow", "quick", "slower")), 2)
    outcome = world.run_sync(team) if way == "sync" else anyio.run(world.run, team, backend=way)

    assert [message.text for message in outcome.transcript] == ["won", "won"]
    count = Counter(gone)
    assert count["slow"] == 2
    assert count["slower"] <= 2, "a race that was decided meanwhile saves its start"


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_a_race_decided_by_a_plain_function_never_starts_the_rest(way: str) -> None:
    asked: list[str] = []

    def fetch(effect: Fetch) -> str:
        asked.append(effect.what)
        return effect.what

    world = World(Fetch.by(fetch), None)
    team = one(FetchesFirst(("a", "b", "c")))
    outcome = world.run_sync(team) if way == "sync" else anyio.run(world.run, team, backend=way)

    assert outcome.summary == "a"
    assert asked == ["a"]


# --- handlers that fail -----------------------------------------------------------------------------------------

Raising = Callable[[Fetch], Awaitable[str] | str]


def gone(effect: Fetch) -> str:
    raise EffectError("it is gone", kind="gone", facts={"where": "here"})


def odd(effect: Fetch) -> str:
    raise KeyError("odd")


def said_so(effect: Fetch) -> str:
    raise EffectFailed(Failed("said.so", "as recorded"))


async def gone_later(effect: Fetch) -> str:
    await anyio.lowlevel.checkpoint()
    return gone(effect)


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
@pytest.mark.parametrize(
    ("handler", "failure"),
    [
        (gone, Failed("effect.gone", "it is gone", {"where": "here"})),
        (gone_later, Failed("effect.gone", "it is gone", {"where": "here"})),
        (odd, Failed("raised", "KeyError: 'odd'")),
        (said_so, Failed("said.so", "as recorded")),
    ],
)
def test_what_a_handler_raises_is_the_effects_failure(way: str, handler: Raising, failure: Failed) -> None:
    world = World(Fetch.by(handler), TraceMemory())
    for name, team in (("one", one(Fetches(("a",)))), ("all", one(FetchesAll(("a", "b"))))):
        run = partial(world.run, team, "hi", name=name)
        outcome = world.run_sync(team, "hi", name=name) if way == "sync" else anyio.run(run, backend=way)
        assert outcome.reason == EffectFailure("a", failure)
        assert world.replay(team, name) == outcome
        with pytest.raises(TypedAgentsError, match=f"{failure.kind}: .*; trace: memory:{name}") as caught:
            outcome.check()
        assert caught.value.log == outcome.log


def broken(effect: Fetch) -> str:
    raise ConfigError("no key: set FETCH_KEY")


async def broken_later(effect: Fetch) -> str:
    await anyio.lowlevel.checkpoint()
    return broken(effect)


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
@pytest.mark.parametrize("handler", [broken, broken_later])
@pytest.mark.parametrize("policy", [Fetches(("a",)), FetchesAll(("a", "b"))])
def test_a_fault_of_the_program_breaks_off_the_run_with_the_log_so_far(
    way: str, handler: Raising, policy: Fetches | FetchesAll
) -> None:
    world = World(Fetch.by(handler), None)
    with pytest.raises(ConfigError, match=r"set FETCH_KEY") as caught:
        _ = (
            world.run_sync(one(policy), "hi")
            if way == "sync"
            else anyio.run(world.run, one(policy), "hi", backend=way)
        )
    assert caught.value.log is not None
    assert len(caught.value.log.transcript) == 1


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
@pytest.mark.parametrize("policy", [Fetches(("a",)), FetchesAll(("a", "b"))])
def test_an_async_answer_of_the_wrong_type_breaks_off_the_run(way: str, policy: Fetches | FetchesAll) -> None:
    async def answer(effect: Fetch) -> str:
        await anyio.lowlevel.checkpoint()
        return 7  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # the point of this test

    world = World(Fetch.by(answer), None)
    with pytest.raises(
        HandlerError, match=r"the handler of Fetch answered with something else than its result"
    ):
        _ = (
            world.run_sync(one(policy), "hi")
            if way == "sync"
            else anyio.run(world.run, one(policy), "hi", backend=way)
        )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_policy_that_breaks_its_promise_side_by_side_breaks_off_the_run(backend: str) -> None:
    def breaks(view: View, /) -> Steps[Decision, Fetch]:
        yield from FetchesAll(("a", "b"))(view)
        raise ValueError("oops")

    with pytest.raises(PolicyError, match=r"a policy raised ValueError: oops"):
        anyio.run(LATER.run, group(Agent(AgentName("a"), breaks)), "hi", backend=backend)


def unannounced(view):  # type: ignore[no-untyped-def]  # as people write who use no type checker
    return (yield from Fetches(("a",))(view))


def test_nobody_performs_it_is_said_before_the_run_or_when_it_is_asked() -> None:
    nothing: World[Fetch] = World(Fetch.by(upper).__class__({}), TraceMemory())
    with pytest.raises(
        ConfigError, match=r"nobody in this world performs Fetch; it performs: nothing; add Fetch.by"
    ):
        nothing.run_sync(one(Fetches(("a",))))
    with pytest.raises(ConfigError, match=r"nobody in this world performs Fetch"):
        nothing.run_sync(one(unannounced))


# --- what every world performs ----------------------------------------------------------------------------------


def gambles(view: View, /) -> Steps[Decision, Now | Draw | Sleep]:
    yield from Sleep(0)
    return Reply(f"{(yield from Draw(6))} at {(yield from Now())}")


@pytest.mark.parametrize("way", ["sync", *BACKENDS])
def test_clock_dice_and_waiting_need_no_handler_and_replay(way: str) -> None:
    world = World(Fetch.by(upper), TraceMemory(), clock=lambda: 5.0, dice=lambda sides: sides - 2)
    team = group(Agent(AgentName("a"), gambles), limits=Limits(max_decisions=1))
    run = partial(world.run, team, "hi", name="r")
    outcome = world.run_sync(team, "hi", name="r") if way == "sync" else anyio.run(run, backend=way)

    assert outcome.summary == "4 at 5.0"
    assert World(Fetch.by(upper), world.store).replay(team, "r") == outcome


@frozen
class Late(Rule):
    """Looks at the times in the log."""

    needs_time = True

    def __call__(self, log: Log, /) -> bool:
        return any(entry.entry == "began" and entry.at == 3.0 for entry in log)


def test_a_rule_that_looks_at_times_makes_the_team_keep_them() -> None:
    times = iter(range(100))
    world = World(Fetch.by(upper), None, clock=lambda: float(next(times)))
    team = group(Agent(AgentName("a"), says)).stopping(~~Late() & Late())
    outcome = world.run_sync(team, "hi")

    assert outcome.reason.why == "rule"
    assert [entry.at for entry in outcome.log if entry.entry == "began"] == [1.0, 2.0, 3.0]


# --- watching ---------------------------------------------------------------------------------------------------


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
        async with World(Fetch.by(broken_later), None).stream(TEAM, "hi") as events:
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
