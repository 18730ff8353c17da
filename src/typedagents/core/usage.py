"""What model calls use and cost. Unknown is ``None``, never nought; money is ``Decimal`` US dollars."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import final

from attrs import evolve, field, frozen
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

    def __add__(self, other: Charge) -> Charge:
        return evolve(
            self,
            usage=self.usage + other.usage,
            calls=self.calls + other.calls,
            unmetered=self.unmetered + other.unmetered,
            cost_usd=None if self.cost_usd is None or other.cost_usd is None else self.cost_usd + other.cost_usd,
        )


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
    found: dict[tuple[str, bool], Charge] = {}
    for charge in charges:
        key = (charge.model, charge.cached)
        found[key] = found[key] + charge if key in found else charge
    return tuple(found[key] for key in sorted(found))
