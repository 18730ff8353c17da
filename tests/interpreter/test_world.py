"""Running teams: in threads and loops, many at once, very long, very deep, watched and followed."""

from __future__ import annotations

import threading
from collections import Counter

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from attrs import frozen

from tests.interpreter.effects import Fetch, Fetches, FetchesAll, FetchesFirst, one
from typedagents.core.ambient import Now
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Reply, Stop
from typedagents.core.effect import Steps
from typedagents.core.kernel import converse
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.message import AgentName
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
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
        outcomes.extend(
            world.run_sync(TEAM, after=earlier.log) for world in (WORLD, LATER) for _ in range(12)
        )

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


def test_a_run_begins_with_the_variables_it_is_given() -> None:
    count = Variable("count", int, 0)
    said = World(Now.by(lambda effect: 0.0), None).run_sync(
        group(Agent("a", says), limits=Limits(max_decisions=1)), "go", context=[count.to(3)]
    )

    assert said.context[count] == 3
