"""What handlers raise or answer wrongly, and what every world performs without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
from attrs import frozen

from tests.interpreter.effects import Fetch, Fetches, FetchesAll, one
from typedagents.core.ambient import Draw, Now, Sleep
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import EffectFailed, Failed, Steps
from typedagents.core.errors import (
    ConfigError,
    EffectError,
    HandlerError,
    PolicyError,
    TypedAgentsError,
)
from typedagents.core.limits import Limits
from typedagents.core.log import Log
from typedagents.core.message import AgentName
from typedagents.core.rule import Rule
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Agent, group
from typedagents.core.view import View
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
    team = group(Agent(AgentName("a"), lambda view: Reply("x"))).stopping(~~Late() & Late())
    outcome = world.run_sync(team, "hi")

    assert outcome.reason.why == "rule"
    assert [entry.at for entry in outcome.log if entry.entry == "began"] == [1.0, 2.0, 3.0]
