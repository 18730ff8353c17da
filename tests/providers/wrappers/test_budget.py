"""``budget``: what is let through, what is counted, and what a refusal says."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest
from attrs import evolve

from tests.providers.asking import REQUEST, Told
from tests.providers.wrappers.models import Faulty, answer, came_of, failed, refusal, replied
from tests.providers.wrappers.virtual import in_virtual_time
from typedagents import Budget
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.model import CallModel, ModelReply, Settings
from typedagents.core.usage import Usage
from typedagents.providers import Allowance, budget, function, retry
from typedagents.testing import VirtualClock

ASKED = evolve(REQUEST, settings=Settings(max_tokens=96))
"""Its worst case: 4 tokens of the message, 96 of the answer."""


def at_most(request: CallModel) -> Decimal:
    return Decimal(request.settings.max_tokens or 0) / 100


def test_calls_are_counted_over_all_runs(backend: str) -> None:
    model = Faulty([answer()])
    bounded = budget(model, Allowance(Budget(max_model_calls=2), "trial"))
    replied(bounded, backend, Told(run="one"))
    replied(bounded, backend, Told(run="two"))
    error = failed(bounded, backend, Told(run="three"))

    assert (error.kind, error.facts["budget"], error.facts["sent"]) == ("budget", "trial", "false")
    assert error.text.startswith(
        "budget 'trial': max_model_calls=2 does not allow this call; it was not sent; allow more"
    )
    assert len(model.seen) == 2


def test_tokens_are_checked_at_their_worst_and_counted_as_used() -> None:
    allowance = Allowance(Budget(max_tokens=140))
    model = budget(Faulty([answer()]), allowance)
    kinds = [
        came.kind if isinstance(came, ProviderError) else "answered"
        for came in (came_of(model, request=ASKED) for _ in range(4))
    ]

    assert kinds == ["answered", "answered", "answered", "budget"]
    assert (allowance.spent_tokens, allowance.calls) == (45, 3)


def test_what_a_service_counts_beforehand_stands_in_for_the_estimate() -> None:
    counts = iter([40, 45])

    async def counted(request: CallModel) -> int:
        count = next(counts, None)
        if count is None:
            raise ProviderError("nobody counts today", kind="overloaded")
        return count

    model = budget(Faulty([answer()]), Budget(max_tokens=155), tokens=counted)
    came = [came_of(model, request=ASKED) for _ in range(3)]

    # 40 + 96, 15 + 45 + 96, then by the estimate, which was corrected by 45.
    assert isinstance(came[0], ModelReply)
    assert isinstance(came[1], ProviderError)
    assert "(spent 15, the next call may need 141)" in came[1].text
    assert isinstance(came[2], ProviderError)


def test_a_call_under_way_holds_back_its_worst_case(backend: str) -> None:
    async def slow(request: CallModel) -> str:
        await anyio.sleep(1)
        return request.model

    model = budget(function(slow), Budget(max_tokens=150))
    kinds: list[str] = []

    async def one() -> None:
        try:
            await model.complete(ASKED, Told())
            kinds.append("answered")
        except ProviderError as error:
            kinds.append(error.kind)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one)
            tasks.start_soon(one)
        await one()

    in_virtual_time(backend, main)

    assert kinds == ["budget", "answered", "answered"]


@pytest.mark.parametrize(
    ("came", "spent"),
    [
        (answer(), 15),
        (answer(usage=None), 100),
        (evolve(answer(), cached=True), 0),
        (refusal(429), 0),
        (ProviderError("late", kind="timeout"), 100),
        (ProviderError("no way", kind="connection", facts={"sent": "false"}), 0),
        (ProviderError("cut", kind="stream_incomplete", facts={"input_tokens": "7"}), 7),
    ],
)
def test_what_is_not_known_counts_at_its_worst(came: ModelReply | ProviderError, spent: int) -> None:
    allowance = Allowance(Budget(max_tokens=1000))
    came_of(budget(Faulty([came]), allowance), request=ASKED)

    assert allowance.spent_tokens == spent


def test_a_call_that_is_given_up_counts_at_its_worst(backend: str) -> None:
    async def slow(request: CallModel) -> str:
        await anyio.sleep(100)
        return request.model

    allowance = Allowance(Budget(max_tokens=1000))

    async def main() -> None:
        with anyio.move_on_after(1):
            await budget(function(slow), allowance).complete(ASKED, Told())

    in_virtual_time(backend, main)

    assert allowance.spent_tokens == 100


@pytest.mark.parametrize(
    ("reply", "spent"),
    [
        (evolve(answer(), cost_usd=Decimal("0.5")), "0.5"),
        (answer(), "0.15"),
        (answer(usage=None), "0.96"),
        (evolve(answer(), cached=True), "0"),
    ],
    ids=["said by the provider", "by price", "not known", "cached"],
)
def test_money_is_what_the_provider_says_or_the_price_or_the_worst_case(
    reply: ModelReply, spent: str
) -> None:
    def price(reply: ModelReply) -> Decimal | None:
        return None if reply.usage is None else Decimal(reply.usage.total) / 100

    allowance = Allowance(Budget(max_usd=Decimal(2), worst_case_usd=at_most), prices=price)
    replied(budget(Faulty([reply]), allowance), request=ASKED)

    assert allowance.spent_usd == Decimal(spent)


def test_without_a_price_money_counts_at_its_worst() -> None:
    allowance = Allowance(Budget(max_usd=Decimal("1.5"), worst_case_usd=at_most), "May")
    model = budget(Faulty([answer()]), allowance)
    replied(model, request=ASKED)
    error = failed(model, request=ASKED)

    assert "budget 'May': max_usd=1.5 (spent 0.96, the next call may cost 0.96) does not allow" in error.text


def test_one_allowance_may_be_shared() -> None:
    allowance = Allowance(Budget(max_model_calls=1), "shared")
    one, other = Faulty([answer()]), Faulty([answer()])
    replied(budget(one, allowance))

    assert failed(budget(other, allowance)).kind == "budget"
    assert other.seen == []


def test_each_attempt_is_counted_and_a_refusal_is_not_retried() -> None:
    model = Faulty([refusal(500)])
    error = failed(retry(budget(model, Budget(max_model_calls=2)), attempts=5, clock=VirtualClock()))

    assert (error.kind, len(model.seen)) == ("budget", 2)
    assert "before: 1. server" in error.text


def test_a_budget_bounds_something() -> None:
    with pytest.raises(ConfigError, match="bounds nothing; give max_usd, max_tokens or max_model_calls"):
        budget(Faulty([answer()]), Budget(max_effects=3))


def test_usage_is_counted_for_what_was_lost_too() -> None:
    allowance = Allowance(Budget(max_tokens=1000))
    cut = ProviderError("cut", kind="stream_incomplete", facts={"input_tokens": "7", "retryable": "true"})
    reply = replied(retry(budget(Faulty([cut, answer()]), allowance), clock=VirtualClock()), request=ASKED)

    assert reply.charge.usage == Usage(fresh_input=17, output=5)
    assert allowance.spent_tokens == 22
