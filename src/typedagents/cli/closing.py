"""What a run took and cost, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from typedagents.core.view import STANDING
from typedagents.interpreter.bill import Bill, dollars
from typedagents.interpreter.outcome import Outcome

BETWEEN = " · "


def counted(number: int, thing: str) -> str:
    """``1 turn``, ``2 turns``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def costs(outcomes: Sequence[Outcome]) -> str:
    """Turns, calls, tokens and money of some runs together."""
    bill = Bill.of(call for outcome in outcomes for call in outcome.bill.calls_made)
    return took(sum(outcome.log.fold(STANDING).turns for outcome in outcomes), bill)


def took(turns: int, bill: Bill) -> str:
    """``turns`` and what stands on ``bill``, in words."""
    said = [counted(turns, "turn"), counted(bill.calls, "model call")]
    if bill.calls:
        usage = bill.usage
        said.append(f"tokens {usage.input_tokens} in, {usage.output_tokens} out, {usage.cache_read} cached")
        said.append(price(bill))
    return BETWEEN.join(said)


def price(bill: Bill) -> str:
    """What was paid, as far as it is known, and whose price nobody knows."""
    total = bill.total()
    known = f"${dollars(total.known_usd)}"
    if total.cost_usd is not None:
        return known
    unknown = f"price unknown for {', '.join(model or 'the model' for model in bill.unpriced)}"
    return f"{known} and {unknown}" if total.known_usd else unknown
