"""``retry``: when a call is made again, after how long, and when not; by a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from math import inf, nan

import anyio
import anyio.lowlevel
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.asking import REQUEST, Told
from tests.providers.wrappers.models import USED, Faulty, answer, came_of, failed, refusal, replied
from tests.providers.wrappers.virtual import LoopClock, in_virtual_time
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.usage import Charge, Usage
from typedagents.interpreter.notices import Retrying
from typedagents.providers import function, retry
from typedagents.testing import VirtualClock

START = VirtualClock().began

WAITS: list[tuple[str, ProviderError, list[float], str]] = [
    ("ms first", refusal(429, ("retry-after-ms", "1500"), ("retry-after", "2")), [1.5], ""),
    ("seconds", refusal(503, ("retry-after", "2.25")), [2.25], ""),
    ("never", refusal(429, ("x-should-retry", "false"), ("retry-after", "1")), [], "rate_limit"),
    ("all the same", refusal(400, ("x-should-retry", "true")), [0.25], ""),
    ("an hour", refusal(429, ("retry-after", "3600")), [], "rate_limit"),
    ("a minute", refusal(429, ("retry-after", "60")), [60.0], ""),
    ("a date", refusal(503, ("retry-after", formatdate(START + 31, usegmt=True))), [31.0], ""),
    ("a date that is over", refusal(503, ("retry-after", formatdate(START - 31, usegmt=True))), [0.25], ""),
    ("no date", refusal(503, ("retry-after", "soon")), [0.25], ""),
    ("nan", refusal(429, ("retry-after", "nan")), [0.25], ""),
    ("negative", refusal(429, ("retry-after", "-3")), [0.25], ""),
    (
        "resets",
        refusal(429, ("x-ratelimit-reset-requests", "12ms"), ("x-ratelimit-reset-tokens", "6m0s")),
        [],
        "rate_limit",
    ),
    ("no word", refusal(500), [0.25], ""),
    ("no facts", ProviderError("busy", kind="overloaded"), [0.25], ""),
    ("no facts, lasting", ProviderError("who?", kind="auth"), [], "auth"),
    ("lasting", refusal(401), [], "auth"),
]


@pytest.mark.parametrize(
    ("error", "waits", "kind"), [case[1:] for case in WAITS], ids=[case[0] for case in WAITS]
)
def test_what_the_service_says_decides_on_the_wait(
    error: ProviderError, waits: list[float], kind: str, way: str
) -> None:
    clock = VirtualClock()
    came = came_of(retry(Faulty([error, answer()]), clock=clock, draw=lambda: 0.5), way)

    assert waits == clock.slept
    assert kind == (came.kind if isinstance(came, ProviderError) else "")


def test_a_wait_that_is_too_long_is_told(way: str) -> None:
    error = failed(retry(Faulty([refusal(429, ("retry-after", "3600"))]), clock=VirtualClock()), way)

    assert error.facts["retry_after"] == "3600"
    assert "given up after attempt 1: the service asks to wait 3600 s, longest_wait_s=60" in error.text


def test_a_date_is_told_in_seconds(way: str) -> None:
    late = refusal(503, ("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"))
    error = failed(retry(Faulty([late]), clock=VirtualClock()), way)

    assert float(error.facts["retry_after"]) > 2e9


def test_the_backoff_doubles_up_to_eight_seconds() -> None:
    clock = VirtualClock()
    failed(retry(Faulty([refusal(500)]), attempts=8, clock=clock, draw=lambda: 1.0))

    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_the_second_wait_is_not_started_when_it_would_end_after_the_deadline(way: str) -> None:
    clock = VirtualClock()
    model = Faulty([refusal(429, ("retry-after", "7"))])
    error = failed(retry(model, total_s=10, clock=clock), way)

    assert clock.slept == [7.0]
    assert error.kind == "rate_limit"
    assert error.facts["attempts"] == "2"
    assert error.facts["attempt_1"].startswith("rate_limit, waited 7 s: asked: answered 429")
    assert error.facts["attempt_2"].startswith("rate_limit: asked: answered 429")
    assert (
        "after attempt 2: the next attempt would start in 7 s, after total_s=10; before: 1. rate_limit: asked"
        in error.text
    )


def test_the_calls_own_deadline_bounds_it_too() -> None:
    clock = VirtualClock()
    model = Faulty([refusal(429, ("retry-after", "3"))], clock, takes_s=1.0)
    error = failed(retry(model, total_s=None, clock=clock), told=Told(deadline_s=6.0))

    assert [call.deadline_s for call in model.seen] == [6.0, 2.0]
    assert "after the 6 s of its deadline" in error.text


def test_an_attempt_that_never_ends_is_given_up_at_the_deadline(backend: str) -> None:
    async def silent(request: CallModel) -> str:
        await anyio.sleep(inf)
        return request.model

    async def main() -> tuple[ProviderError, float]:
        with pytest.raises(ProviderError) as caught:
            await retry(function(silent), total_s=20, clock=LoopClock()).complete(REQUEST, Told())
        return caught.value, anyio.current_time()

    error, now = in_virtual_time(backend, main)

    assert (error.kind, now) == ("timeout", 20)
    assert "not answered within total_s=20" in error.text


def test_each_attempt_is_the_same_call() -> None:
    model = Faulty([refusal(500), refusal(500), answer()])
    replied(retry(model, clock=VirtualClock()))

    assert {(call.id, call.run, call.agent, call.attempt) for call in model.seen} == {
        ("run/t0", "run", "me", 1)
    }


def test_watchers_are_told_of_each_wait() -> None:
    told = Told()
    replied(retry(Faulty([refusal(429, ("retry-after", "2")), answer()]), clock=VirtualClock()), told=told)

    (notice,) = told.shown
    assert isinstance(notice, Retrying)
    assert (notice.attempt, notice.wait_s, notice.kind) == (1, 2.0, "rate_limit")
    assert notice.words == "attempt 1 failed (rate_limit); again in 2 s"


@pytest.mark.parametrize("kind", ["stream_incomplete", "overloaded"])
def test_an_answer_that_has_begun_to_show_is_not_asked_for_again(kind: str) -> None:
    told = Told()
    model = Faulty(
        [ProviderError("cut", kind=kind, facts={"retryable": "true", "partial": "Hel"})], shows="Hel"
    )
    error = failed(retry(model, clock=VirtualClock()), told=told)

    assert len(model.seen) == 1
    assert told.shown == [TextDelta("Hel")]
    assert error.facts["partial"] == "Hel"
    assert "given up after attempt 1: a part of the answer had been shown" in error.text


def test_an_error_that_is_not_asked_again_for_is_left_as_it_is() -> None:
    error = refusal(401)

    assert failed(retry(Faulty([error]), clock=VirtualClock())) is error


def test_cancellation_is_not_retried(backend: str) -> None:
    calls: list[str] = []

    async def slow(request: CallModel, call: Call) -> str:
        calls.append(call.id)
        await anyio.sleep(100)
        return request.model

    async def main() -> bool:
        with anyio.move_on_after(5) as scope:
            await retry(function(slow), clock=LoopClock()).complete(REQUEST, Told())
        return scope.cancelled_caught

    assert in_virtual_time(backend, main)
    assert len(calls) == 1


def test_a_cancelled_wait_is_not_followed_by_an_attempt(backend: str) -> None:
    model = Faulty([refusal(429, ("retry-after", "50"))])

    async def main() -> None:
        with anyio.move_on_after(5):
            await retry(model, clock=LoopClock()).complete(REQUEST, Told())
        await anyio.sleep(100)

    in_virtual_time(backend, main)

    assert len(model.seen) == 1


def test_what_is_no_failure_of_the_provider_passes() -> None:
    def broken(request: CallModel) -> str:
        raise ZeroDivisionError(request.model)

    with pytest.raises(ZeroDivisionError):
        came_of(retry(function(broken), clock=VirtualClock()))


LOST: list[tuple[ProviderError, Charge | None]] = [
    (ProviderError("x", kind="timeout", facts={"retryable": "true"}), Charge("", unmetered=1)),
    (ProviderError("x", kind="timeout", facts={"retryable": "true", "sent": "false"}), None),
    (refusal(429), None),
    (refusal(500), None),
    (
        ProviderError(
            "x", kind="stream_incomplete", facts={"model": "m-1", "input_tokens": "7", "output_tokens": "2"}
        ),
        Charge("m-1", Usage(fresh_input=7, output=2)),
    ),
]


@pytest.mark.parametrize(("error", "loss"), LOST)
def test_a_reply_says_what_attempts_before_it_may_have_cost(
    error: ProviderError, loss: Charge | None
) -> None:
    reply = replied(retry(Faulty([error, answer()]), clock=VirtualClock()))

    assert reply.lost == loss
    assert evolve(reply, lost=None) == answer()
    calls = 1 if loss is None else 2
    lost = Usage() if loss is None else loss.usage
    assert (reply.charge.calls, reply.charge.usage) == (calls, USED + lost)


def test_a_cached_reply_is_charged_nothing_for_what_was_lost_before_it() -> None:
    reply = evolve(answer(), cached=True, lost=Charge("m", unmetered=1))

    assert (reply.charge.calls, reply.charge.cached) == (1, True)


def test_the_error_says_what_all_attempts_may_have_cost() -> None:
    cut = {"input_tokens": "7", "output_tokens": "2"}
    errors = [
        ProviderError("x", kind="stream_incomplete", facts=cut),
        ProviderError("x", kind="timeout"),
        refusal(500),
    ]
    facts = failed(retry(Faulty(errors), clock=VirtualClock())).facts

    assert (facts["lost_calls"], facts["lost_unmetered"]) == ("2", "1")
    assert (facts["input_tokens"], facts["output_tokens"]) == ("7", "2")


MODEL = Faulty([answer()])
BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: retry(MODEL, attempts=0), "retry takes attempts of at least 1; found 0"),
    (lambda: retry(MODEL, total_s=-1), "retry takes total_s of at least 0; found -1"),
    (lambda: retry(MODEL, longest_wait_s=nan), "retry takes longest_wait_s of at least 0; found nan"),
]


@pytest.mark.parametrize(("plan", "says"), BAD)
def test_a_plan_that_cannot_be_kept_is_refused(plan: Callable[[], object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        plan()


# --- laws -------------------------------------------------------------------------------------------------------------

HEADERS = st.sampled_from(
    [
        (),
        (("retry-after", "3"),),
        (("retry-after-ms", "200"),),
        (("x-should-retry", "true"),),
        (("x-should-retry", "false"),),
        (("retry-after", "inf"),),
        (("retry-after", "90"),),
    ]
)


@st.composite
def schedules(draw: st.DrawFn) -> list[ModelReply | ProviderError]:
    """What a model says, one after another."""
    statuses = st.sampled_from([400, 401, 408, 429, 500, 529])
    refusals = st.tuples(statuses, HEADERS).map(lambda pair: refusal(pair[0], *pair[1]))
    return draw(st.lists(refusals | st.builds(answer), min_size=1, max_size=8))


@given(
    schedules(),
    st.integers(1, 5),
    st.floats(0, 30) | st.none(),
    st.floats(0, 70),
    st.floats(0, 20),
    st.floats(0, 1),
)
def test_never_more_attempts_nor_more_time_than_allowed(
    said: list[ModelReply | ProviderError],
    attempts: int,
    total_s: float | None,
    longest_wait_s: float,
    takes_s: float,
    drawn: float,
) -> None:
    clock = VirtualClock()
    model = Faulty(said, clock, takes_s)
    kept = retry(
        model,
        attempts=attempts,
        total_s=total_s,
        longest_wait_s=longest_wait_s,
        clock=clock,
        draw=lambda: drawn,
    )
    came = came_of(kept)

    assert 1 <= len(model.seen) <= attempts
    assert len(clock.slept) == len(model.seen) - 1
    assert all(wait <= longest_wait_s for wait in clock.slept)
    if total_s is not None:
        started_last = clock.seconds - takes_s
        assert started_last <= total_s or len(model.seen) == 1
        assert all(call.deadline_s is not None and call.deadline_s <= total_s for call in model.seen)
    if isinstance(came, ModelReply):
        assert came == evolve(answer(), lost=came.lost)
    else:
        assert len(model.seen) == int(came.facts.get("attempts", "1"))
