"""What chats and agents cost, in the form that AutoGen says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from typedagents.autogen.io.base import IOStream
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


class Metered:
    """Counts what its model calls cost."""

    _name: str
    _charges: tuple[Charge, ...]

    def forget_usage(self) -> None:
        """Begin at nought."""
        self._charges = ()

    def charge(self, charges: Iterable[Charge]) -> None:
        """Count what its model calls cost."""
        self._charges = merged((*self._charges, *charges))

    def print_usage_summary(self, mode: str | Sequence[str] = ("actual", "total")) -> None:
        """Print what its model calls cost: with what a cache answered (``total``), without (``actual``), or both."""
        out = IOStream.get_default()
        if not self._charges:
            out.print(f"No cost incurred from agent {self._name!r}.")
            return
        out.print(f"Agent {self._name!r}:")
        for one, usage in (("actual", self.get_actual_usage()), ("total", self.get_total_usage())):
            if one in mode or mode == "both":
                out.print(told_usage(one, usage))

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What its model calls cost, by model."""
        return self._charges

    def get_actual_usage(self) -> dict[str, object] | None:
        """What its model calls cost, without what a cache answered; None where there were none."""
        paid = [charge for charge in self._charges if not charge.cached]
        return summed(paid) if paid else None

    def get_total_usage(self) -> dict[str, object] | None:
        """What its model calls would have cost without a cache; None where there were none."""
        return summed(self._charges) if self._charges else None
