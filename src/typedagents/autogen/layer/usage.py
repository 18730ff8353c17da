"""What chats and agents cost, in the form that AutoGen says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from typedagents.core.log import Log, Spent
from typedagents.core.usage import Charge, merged
from typedagents.interpreter.bill import Bill, Billed


class Cost(TypedDict):
    """What was spent, by model: with and without what a cache answered."""

    usage_including_cached_inference: dict[str, object]
    usage_excluding_cached_inference: dict[str, object]


def summed(charges: Iterable[Charge]) -> dict[str, object]:
    """Charges by model, and in all. A price that is not known counts as nought, as in AutoGen."""
    bill = Bill.of([Billed("", "", charge) for charge in charges])
    by_model = {
        row.of: {
            "cost": float(row.known_usd),
            "prompt_tokens": row.usage.input_tokens,
            "completion_tokens": row.usage.output_tokens,
            "total_tokens": row.usage.total,
        }
        for row in bill.rows("model", cached=True)
    }
    return {"total_cost": float(bill.total(cached=True).known_usd), **by_model}


def cost_of(charges: Iterable[Charge] = ()) -> Cost:
    """What these charges come to."""
    charges = tuple(charges)
    return {
        "usage_including_cached_inference": summed(charges),
        "usage_excluding_cached_inference": summed(one for one in charges if not one.cached),
    }


def charges_in(log: Log) -> tuple[Charge, ...]:
    """What was spent in a conversation."""
    return merged(charge for entry in log if isinstance(entry, Spent) for charge in entry.charges)


def told_usage(mode: str, usage: Mapping[str, object] | None) -> str:
    """What calls cost, in words."""
    what = "with" if mode == "total" else "without"
    lines = [f"Usage summary, {what} cached answers:"]
    for model, cost in (usage or {"total_cost": 0.0}).items():
        if isinstance(cost, Mapping):
            lines.append(
                f"* {model}: cost {cost['cost']}, prompt_tokens {cost['prompt_tokens']}, "
                f"completion_tokens {cost['completion_tokens']}, total_tokens {cost['total_tokens']}"
            )
        else:
            lines.append(f"Total cost: {cost}")
    return "\n".join(lines)
