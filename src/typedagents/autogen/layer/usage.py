"""What chats and agents cost, in the form that AutoGen says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypedDict

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.io.base import IOStream
from typedagents.core.log import Log, Spent
from typedagents.core.usage import Charge, merged
from typedagents.interpreter.bill import Bill, Billed

COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


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


RULE = "-" * 100
NOT_ASKED = 'No usage summary. Please call "create" first.'
ALL_CACHED = "No actual cost incurred (all completions are using cache)."
NONE_CACHED = (
    "All completions are non-cached: the total cost with cached completions is the same as actual cost."
)
"""As AutoGen prints them: programs look for these lines."""


def usage_lines(
    mode: str | Sequence[str], actual: Mapping[str, object] | None, total: Mapping[str, object] | None
) -> Iterator[str]:
    """What calls cost, line by line: ``"actual"``, ``"total"`` (cached answers included), or both."""
    modes = (mode,) if isinstance(mode, str) else tuple(mode)
    if not modes or set(modes) - {"actual", "total"}:
        raise InvalidValue(f"mode is 'actual', 'total' or both; found {mode!r}")
    if total is None:
        yield NOT_ASKED
        return
    yield RULE
    if "actual" in modes:
        yield from _summary("excluding", actual)
    if set(modes) == {"actual", "total"}:
        yield ""
    if "total" in modes:
        yield from (NONE_CACHED,) if len(modes) > 1 and actual == total else _summary("including", total)
    yield RULE


def _summary(word: str, usage: Mapping[str, object] | None) -> Iterator[str]:
    if usage is None:
        yield ALL_CACHED
        return
    yield f"Usage summary {word} cached usage: "
    for model, used in usage.items():
        if isinstance(used, Mapping):
            counts = ", ".join(f"{name}: {used[name]}" for name in COUNTS)
            yield f"* Model '{model}': cost: {round(used['cost'], 5)}, {counts}"
        elif isinstance(used, float):
            yield f"Total cost: {round(used, 5)}"


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
            out.print(f"No cost incurred from agent '{self._name}'.")
            return
        out.print(f"Agent '{self._name}':")
        for line in usage_lines(mode, self.get_actual_usage(), self.get_total_usage()):
            out.print(line, flush=True)

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
