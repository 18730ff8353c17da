"""Which wrapper may stand around which; and all of them together in a run, in each way to run it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import anyio
import pytest

from tests.providers.loopback import refusing, said, serving, whole
from tests.providers.wrappers.models import Faulty, answer, came_of, refusal, replied
from typedagents import Agent, Budget, World, group, message_count, model_reply, passes, with_models
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.notices import Retrying
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers import (
    Allowance,
    Limiter,
    NoKey,
    OpenAIChat,
    budget,
    cache,
    fallback,
    function,
    limit,
    retry,
)
from typedagents.testing import VirtualClock


class Forgetful:
    """A store that keeps nothing."""

    def get(self, key: str, /) -> bytes | None:
        return None

    def put(self, key: str, data: bytes, /) -> None:
        pass


Wrap = Callable[[ModelProvider], ModelProvider]
LIMITER, ALLOWANCE = Limiter(concurrency=1), Allowance(Budget(max_model_calls=10**9))
WRAPS: dict[str, Wrap] = {
    "retry": lambda model: retry(model, clock=VirtualClock()),
    "limit": lambda model: limit(model, LIMITER),
    "budget": lambda model: budget(model, ALLOWANCE),
    "fallback": lambda model: fallback(model, Faulty([answer("other")])),
    "cache": lambda model: cache(model, Forgetful(), identity="any"),
}
GOOD = {
    ("retry", "limit"), ("retry", "budget"), ("retry", "fallback"),
    ("limit", "budget"), ("budget", "limit"),
    ("fallback", "retry"), ("fallback", "limit"), ("fallback", "budget"), ("fallback", "fallback"),
    ("cache", "retry"), ("cache", "limit"), ("cache", "budget"), ("cache", "fallback"),
    ("retry", "cache"), ("fallback", "cache"),
}  # fmt: skip
PAIRS = [(outer, inner) for outer in WRAPS for inner in WRAPS]


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_an_order_works_or_is_refused_by_both_names(outer: str, inner: str) -> None:
    model = WRAPS[inner](Faulty([answer()]))
    if (outer, inner) in GOOD:
        assert replied(WRAPS[outer](model)) == answer()
        return
    with pytest.raises(ConfigError, match=rf"^{outer}\(\.\.\.\) cannot stand around {inner}\(\.\.\.\): "):
        WRAPS[outer](model)


@pytest.mark.parametrize("names", list(permutations(WRAPS, 3)), ids=" ".join)
def test_what_stands_between_makes_no_difference(names: tuple[str, str, str]) -> None:
    outer, middle, inner = names
    allowed = {(outer, middle), (outer, inner), (middle, inner)} <= GOOD

    def plan() -> ModelProvider:
        return WRAPS[outer](WRAPS[middle](WRAPS[inner](Faulty([answer()]))))

    if allowed:
        assert replied(plan()) == answer()
    else:
        with pytest.raises(ConfigError, match="cannot stand around"):
            plan()


def test_different_limits_and_allowances_may_stand_around_each_other() -> None:
    one, other = Limiter(concurrency=1), Limiter(concurrency=2)
    mine, ours = Allowance(Budget(max_model_calls=1), "mine"), Allowance(Budget(max_model_calls=9), "ours")
    model = budget(budget(limit(limit(Faulty([answer()]), one), other), mine), ours)

    assert replied(model) == answer()
    came = came_of(model)
    assert isinstance(came, ProviderError)
    assert came.facts["budget"] == "mine"


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=list(WRAPS))
def test_only_models_can_be_wrapped(wrap: Wrap) -> None:
    def plain(request: CallModel) -> str:
        return request.me

    with pytest.raises(
        ConfigError, match=r"stands around model providers; found function; a plain function becomes"
    ):
        wrap(plain)  # type: ignore[arg-type]  # what a type checker would not let pass
    assert replied(wrap(function(plain))).text == "me"


def run(way: str, model: ModelProvider, watcher: Callable[[Event], None]) -> Outcome:
    world = World(with_models(model), store=None, watchers=(watcher,))
    team = group(Agent("user", passes), Agent("bot", model_reply()), until=message_count(2))
    if way == "sync":
        return world.run_sync(team, "hi")

    async def main() -> Outcome:
        return await world.run(team, "hi")

    return anyio.run(main, backend=way)


@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_all_of_them_in_a_run_over_http(way: str) -> None:
    """The first service is overloaded until it is given up; the second one refuses once, and answers."""
    busy = refusing("Overloaded", "529 Overloaded")
    later = refusing("Slow down", "429 No")
    seen: list[object] = []

    def watch(event: Event) -> None:
        if isinstance(event, Observed):
            seen.append(event.observation)

    with serving(busy) as one, serving(later, whole(said("hello"))) as other:
        clock = VirtualClock()
        limiter, allowance = Limiter(concurrency=2, clock=clock), Allowance(Budget(max_model_calls=5), "all")
        models = [
            retry(
                budget(
                    limit(OpenAIChat(model="m", base_url=server.url, api_key=NoKey()), limiter), allowance
                ),
                clock=clock,
                draw=lambda: 0.5,
            )
            for server in (one, other)
        ]
        outcome = run(way, fallback(*models), watch)

        assert outcome.transcript[-1].text == "hello"
        assert (len(one.asked), len(other.asked), allowance.calls) == (3, 2, 5)
        assert [notice.wait_s for notice in seen if isinstance(notice, Retrying)] == [0.25, 0.5, 0.25]


def test_a_plain_provider_is_called_in_place() -> None:
    class Plain:
        def complete(self, request: CallModel, call: object, /) -> ModelReply:
            del request, call
            return answer()

    assert replied(retry(limit(Plain(), concurrency=1), clock=VirtualClock())) == answer()


def test_an_unlimited_wait_is_refused_by_nobody_but_the_retry() -> None:
    clock = VirtualClock()
    model = retry(
        limit(Faulty([refusal(429, ("retry-after", "30")), answer()]), Limiter(concurrency=1, clock=clock)),
        clock=clock,
    )

    assert replied(model) == answer()
    assert clock.slept == [30.0]
