"""What model calls use and cost. Unknown is ``None``, never nought; money is ``Decimal`` US dollars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import final

from attrs import field, frozen
from attrs.validators import ge


@final
@frozen
class Usage:
    """Tokens in disjoint buckets: each token is counted in exactly one field."""

    fresh_input: int = field(default=0, validator=ge(0))
    cache_read: int = field(default=0, validator=ge(0))
    cache_write: int = field(default=0, validator=ge(0))
    output: int = field(default=0, validator=ge(0))
    reasoning: int = field(default=0, validator=ge(0))

    @property
    def input_tokens(self) -> int:
        """All that was sent."""
        return self.fresh_input + self.cache_read + self.cache_write

    @property
    def output_tokens(self) -> int:
        """All that was generated."""
        return self.output + self.reasoning

    @property
    def total(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.fresh_input + other.fresh_input,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.output + other.output,
            self.reasoning + other.reasoning,
        )


NO_USAGE = Usage()


@final
@frozen
class Charge:
    """What ``calls`` calls of one model used. ``unmetered`` of them did not say how much; ``cached`` ones were not paid.

    ``cost_usd`` is None as soon as the price of one of them is unknown.
    """

    model: str
    usage: Usage = NO_USAGE
    calls: int = 1
    unmetered: int = 0
    cost_usd: Decimal | None = None
    cached: bool = False


class Charged:
    """A result that may have cost something: the machine adds up its ``charge``."""

    __slots__ = ()

    @property
    def charge(self) -> Charge | None:
        return None


def merged(charges: Iterable[Charge]) -> tuple[Charge, ...]:
    """One charge for each model, cached ones apart, by name: the order in which they arrived cannot be seen."""
    charges = tuple(charges)
    if len(charges) < 2:
        return charges
    found: dict[tuple[str, bool], list[Charge]] = {}
    for charge in charges:
        found.setdefault((charge.model, charge.cached), []).append(charge)
    return tuple(together(found[key]) for key in sorted(found))


def together(charges: Sequence[Charge]) -> Charge:
    """Charges as one, of the first one's model."""
    costs = [charge.cost_usd for charge in charges if charge.cost_usd is not None]
    usages = [charge.usage for charge in charges]
    return Charge(
        charges[0].model,
        Usage(
            sum(usage.fresh_input for usage in usages),
            sum(usage.cache_read for usage in usages),
            sum(usage.cache_write for usage in usages),
            sum(usage.output for usage in usages),
            sum(usage.reasoning for usage in usages),
        ),
        sum(charge.calls for charge in charges),
        sum(charge.unmetered for charge in charges),
        sum(costs, start=Decimal(0)) if len(costs) == len(charges) else None,
        charges[0].cached,
    )
