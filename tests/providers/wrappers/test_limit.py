"""``limit``: who may go when. The rules by a simulation of any schedule; the waiting in real event loops and threads."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import anyio.lowlevel
import pytest
from attrs import define, evolve, field

from tests.providers.asking import REQUEST, Told
from tests.providers.wrappers.models import Faulty, answer, failed, refusal, replied
from tests.providers.wrappers.virtual import LoopClock, in_virtual_time
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, Settings
from typedagents.core.usage import Usage
from typedagents.interpreter.notices import Retrying
from typedagents.providers import Limiter, UsedUp, function, limit, retry
from typedagents.providers.limits import used_up
from typedagents.providers.wrappers.limit import Limit
from typedagents.testing import VirtualClock


@define(eq=False)
class Slow:
    """Takes so long to answer; knows when each call began, and how many there were at once."""

    takes_s: float = 1.0
    said: ModelReply | ProviderError = field(factory=answer)
    began: list[float] = field(factory=list, init=False)
    order: list[str] = field(factory=list, init=False)
    under_way: int = field(default=0, init=False)
    most: int = field(default=0, init=False)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        del request
        self.began.append(anyio.current_time())
        self.order.append(call.id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await anyio.sleep(self.takes_s)
        finally:
            self.under_way -= 1
        if isinstance(self.said, ProviderError):
            raise self.said
        return self.said


def all_of(model: Limit, count: int, request: CallModel = REQUEST) -> Callable[[], Awaitable[list[str]]]:
    """Asks so many times at once, and gives how each ended."""

    async def main() -> list[str]:
        ends: list[str] = []

        async def one(n: int) -> None:
            try:
                await model.complete(request, Told(id=f"call {n}"))
                ends.append("answered")
            except ProviderError as error:
                ends.append(error.kind)

        async with anyio.create_task_group() as tasks:
            for n in range(count):
                tasks.start_soon(one, n)
                await anyio.lowlevel.checkpoint()
        return ends

    return main


async def refusal_of(model: Limit, deadline_s: float | None = None) -> ProviderError:
    """How it fails."""
    with pytest.raises(ProviderError) as caught:
        await model.complete(REQUEST, Told(deadline_s=deadline_s))
    return caught.value


def test_no_more_at_once_than_allowed_and_in_order(backend: str) -> None:
    model = Slow()
    ends = in_virtual_time(backend, all_of(limit(model, Limiter(concurrency=3, clock=LoopClock())), 9))

    assert ends == ["answered"] * 9
    assert model.most == 3
    assert model.began == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_no_more_in_a_minute_than_allowed(backend: str) -> None:
    model = Slow(10)
    in_virtual_time(backend, all_of(limit(model, Limiter(requests_per_minute=2, clock=LoopClock())), 5))

    assert model.began == [0, 0, 60, 60, 120]


def test_tokens_count_as_estimated_and_then_as_used(backend: str) -> None:
    """Each call may need 105 tokens and more, so two go at once; each has used 15, so that there is room for others."""
    model = Slow(1)
    request = evolve(REQUEST, settings=Settings(max_tokens=100))
    limiter = Limiter(tokens_per_minute=215, clock=LoopClock())
    in_virtual_time(backend, all_of(limit(model, limiter), 5, request))

    assert model.began == [0, 0, 1, 2, 3]


def test_a_call_that_is_larger_than_a_minute_goes_alone(backend: str) -> None:
    model = Slow(1, answer(usage=Usage(output=300)))
    request = evolve(REQUEST, settings=Settings(max_tokens=500))
    ends = in_virtual_time(
        backend, all_of(limit(model, Limiter(tokens_per_minute=200, clock=LoopClock())), 3, request)
    )

    assert ends == ["answered"] * 3
    assert model.began == [0, 60, 120]


CUT = ProviderError("cut", kind="stream_incomplete", facts={"input_tokens": "60", "output_tokens": "20"})


@pytest.mark.parametrize(
    ("error", "tokens", "began"),
    [
        (refusal(429, ("retry-after", "0")), 104, [0, 1]),
        (ProviderError("late", kind="timeout"), 207, [0, 60]),
        (CUT, 104 + 80, [0, 1]),
        (CUT, 104 + 79, [0, 60]),
    ],
)
def test_a_refused_call_has_used_no_tokens_one_that_broke_off_may_have(
    error: ProviderError, tokens: int, began: list[float]
) -> None:
    """Both calls may need 104 tokens: the second goes when what the first has used leaves room for that."""
    model = Slow(1, error)
    request = evolve(REQUEST, settings=Settings(max_tokens=100))
    in_virtual_time(
        "asyncio", all_of(limit(model, Limiter(tokens_per_minute=tokens, clock=LoopClock())), 2, request)
    )

    assert model.began == began


def test_a_refusal_closes_the_gate_for_all_that_share_the_limiter(backend: str) -> None:
    limiter = Limiter(clock=LoopClock())
    refused, other = Slow(1, refusal(429, ("retry-after", "7"))), Slow(1)

    async def main() -> None:
        await refusal_of(limit(refused, limiter))
        await limit(other, limiter).complete(REQUEST, Told())

    in_virtual_time(backend, main)

    assert other.began == [8]


def test_a_refusal_without_a_hint_closes_the_gate_for_longer_each_time() -> None:
    limiter = Limiter(clock=LoopClock())
    model = limit(refused := Slow(0, refusal(429)), limiter)

    async def main() -> float:
        for _ in range(4):
            await refusal_of(model)
        refused.said = answer()
        await model.complete(REQUEST, Told())
        await model.complete(REQUEST, Told())
        return anyio.current_time()

    assert in_virtual_time("asyncio", main) == 0.5 + 1 + 2 + 4


def test_overloaded_services_are_left_alone_only_for_as_long_as_they_say() -> None:
    limiter = Limiter(clock=LoopClock())
    model = limit(slow := Slow(0, refusal(529)), limiter)

    async def main() -> None:
        for said in (refusal(529), refusal(529, ("retry-after", "3")), answer()):
            slow.said = said
            with suppress(ProviderError):
                await model.complete(REQUEST, Told())

    in_virtual_time("asyncio", main)

    assert slow.began == [0, 0, 3]


def test_nothing_remaining_closes_the_gate_until_the_limit_is_renewed(backend: str) -> None:
    limiter = Limiter(clock=LoopClock())
    began: list[float] = []

    async def last_one(request: CallModel, call: Call) -> str:
        began.append(anyio.current_time())
        call.emit(UsedUp(("1.5s", "2027-01-15T08:00:20Z", "no date")))
        return request.model

    async def main() -> None:
        model = limit(function(last_one), limiter)
        told = Told()
        await model.complete(REQUEST, told)
        await model.complete(REQUEST, told)
        assert [type(notice) for notice in told.shown] == [UsedUp, UsedUp]

    in_virtual_time(backend, main)

    assert began == [0, 20]


def test_other_notices_do_not_close_it() -> None:
    async def noisy(request: CallModel, call: Call) -> str:
        call.emit(Retrying(1, 9.0, "server", "x"))
        return request.model

    async def main() -> float:
        model = limit(function(noisy), Limiter(clock=LoopClock()))
        await model.complete(REQUEST, Told())
        await model.complete(REQUEST, Told())
        return anyio.current_time()

    assert in_virtual_time("asyncio", main) == 0


def test_a_gate_that_is_closed_for_too_long_fails_at_once() -> None:
    limiter = Limiter(clock=LoopClock())
    model = limit(slow := Slow(0, refusal(429, ("retry-after", "3600"))), limiter)

    async def main() -> tuple[ProviderError, float]:
        await refusal_of(model)
        return await refusal_of(model), anyio.current_time()

    error, now = in_virtual_time("asyncio", main)

    assert (len(slow.began), now) == (1, 0)
    assert (error.kind, error.facts["retry_after"], error.facts["sent"]) == ("rate_limit", "3600", "false")
    assert "the service asked to wait 3600.0 s more, longest_wait_s=60" in error.text


def test_a_turn_that_cannot_come_in_time_is_not_waited_for() -> None:
    model = limit(Slow(1), Limiter(requests_per_minute=1, clock=LoopClock()))

    async def main() -> tuple[ProviderError, float]:
        await model.complete(REQUEST, Told())
        return await refusal_of(model, 30), anyio.current_time()

    error, now = in_virtual_time("asyncio", main)

    assert (error.kind, now) == ("rate_limit", 1)
    assert error.facts["retry_after"] == "59"
    assert "its turn does not come within the 30.0 s that are left" in error.text


def test_a_place_is_not_waited_for_after_the_deadline(backend: str) -> None:
    model = limit(Slow(50), Limiter(concurrency=1, clock=LoopClock()))

    ended: list[tuple[str | None, float]] = []

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(model.complete, REQUEST, Told())
            await anyio.sleep(1)
            error = await refusal_of(model, 9)
            ended.append((error.facts.get("retry_after"), anyio.current_time()))

    in_virtual_time(backend, main)

    assert ended == [(None, 10)]


def test_the_time_of_waiting_is_taken_from_the_deadline() -> None:
    faulty = Faulty([answer()])
    limiter = Limiter(requests_per_minute=1, clock=LoopClock())

    async def main() -> None:
        await limit(Slow(0), limiter).complete(REQUEST, Told())
        await limit(faulty, limiter).complete(REQUEST, Told(deadline_s=100))

    in_virtual_time("asyncio", main)

    assert faulty.seen[0].deadline_s == 40


@pytest.mark.parametrize("after_s", [0.5, 1.5], ids=["while it waits", "while it is asked"])
def test_whoever_is_cancelled_leaves_no_place_behind(after_s: float, backend: str) -> None:
    model = Slow(1)
    limited = limit(model, Limiter(concurrency=1, clock=LoopClock()))

    async def main() -> float:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(limited.complete, REQUEST, Told(id="first"))
            await anyio.lowlevel.checkpoint()

            async def given_up() -> None:
                with anyio.move_on_after(after_s):
                    await limited.complete(REQUEST, Told(id="given up"))

            tasks.start_soon(given_up)
            await anyio.lowlevel.checkpoint()
            tasks.start_soon(limited.complete, REQUEST, Told(id="last"))
        return anyio.current_time()

    ended = in_virtual_time(backend, main)

    assert model.order == ["first", "last"] if after_s < 1 else ["first", "given up", "last"]
    assert ended == (2 if after_s < 1 else 2.5)
    assert model.under_way == 0


def test_one_limiter_holds_for_several_threads_and_loops() -> None:
    """Real time, but nobody waits for a time: each call ends when another thread has seen that it is alone."""
    limiter = Limiter(concurrency=1)
    lock, at_once, most, calls = threading.Lock(), 0, 0, 0

    async def asked(request: CallModel) -> str:
        nonlocal at_once, most, calls
        with lock:
            at_once, calls = at_once + 1, calls + 1
            most = max(most, at_once)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        with lock:
            at_once -= 1
        return request.model

    model = limit(function(asked), limiter)

    def work(backend: str) -> None:
        async def main() -> None:
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(model.complete, REQUEST, Told())

        anyio.run(main, backend=backend)

    threads = [threading.Thread(target=work, args=(backend,)) for backend in ("asyncio", "trio") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (calls, most) == (40, 1)


def test_retry_around_limit_lets_every_attempt_wait_its_turn() -> None:
    model = Faulty([refusal(429, ("retry-after", "2")), answer()])
    limiter = Limiter(requests_per_minute=1, clock=(clock := VirtualClock()))
    replied(retry(limit(model, limiter), clock=clock))

    assert clock.seconds == 60


def test_an_error_passes_unchanged() -> None:
    error = refusal(401)

    assert failed(limit(Faulty([error]), concurrency=1)) is error


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: limit(Faulty([answer()])), "limit needs to know what is allowed"),
    (lambda: limit(Faulty([answer()]), Limiter(concurrency=1), concurrency=2), "found both"),
    (lambda: Limiter(concurrency=0), "a limit takes concurrency of at least 1; found 0"),
    (lambda: Limiter(requests_per_minute=-1), "a limit takes requests_per_minute of at least 1; found -1"),
    (lambda: Limiter(longest_wait_s=-1), "a limit takes longest_wait_s of at least 0; found -1"),
]


@pytest.mark.parametrize(("plan", "says"), BAD)
def test_a_plan_that_cannot_be_kept_is_refused(plan: Callable[[], object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        plan()


@pytest.mark.parametrize(
    ("headers", "resets"),
    [
        ((("X-RateLimit-Remaining-Requests", "0"), ("x-ratelimit-reset-requests", "1.5s")), ("1.5s",)),
        (
            (
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2027-01-01T00:00:00Z"),
            ),
            ("2027-01-01T00:00:00Z",),
        ),
        ((("x-ratelimit-remaining-requests", "1"), ("x-ratelimit-reset-requests", "1.5s")), None),
        ((("x-ratelimit-remaining-requests", "0"),), None),
        ((("x-ratelimit-limit-requests", "0"), ("remaining", "0")), None),
    ],
)
def test_services_say_in_headers_what_is_used_up(
    headers: tuple[tuple[str, str], ...], resets: tuple[str, ...] | None
) -> None:
    assert used_up(headers) == (None if resets is None else UsedUp(resets))
