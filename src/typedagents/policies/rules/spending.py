"""Rules about what a conversation used and cost so far, nested ones included; O(1) a look.

They go by what its turns were charged, so they hold between two turns: a ``Budget`` stops before the next call. What
came from a cache was not paid and counts for nothing.

A price that nobody knows is not nought, nor is the usage of a call that does not say what it used. A rule that cannot
tell whether its bound was reached holds, so that nothing is spent beyond it unseen; ``unknown="ignored"`` goes by
what is known.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias, assert_never, final

from attrs import field, frozen

from typedagents.core.chain import Fold
from typedagents.core.errors import ConfigError
from typedagents.core.log import Entry, Log, Opened, Spent
from typedagents.core.message import AgentName
from typedagents.core.rule import Rule

from .said import from_one, maybe_name

IfUnknown: TypeAlias = Literal["reached", "ignored"]
"""What a rule makes of calls whose price or usage nobody knows: as if its bound was reached, or as if they were none."""

Counted: TypeAlias = Literal["all", "input", "output"]
"""Which tokens: what was sent, what was generated, or both."""


@frozen
class Spending:
    """What was paid for since a conversation was opened, and how many calls did not say their usage or price."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    unmetered: int = 0
    unpriced: int = 0


START = Spending()


@frozen
class SpendingOf:
    """The step that adds up what was spent in the turns of one agent, or of all."""

    agent: AgentName | None

    def __call__(self, so_far: Spending, entry: Entry) -> Spending:
        if isinstance(entry, Opened):
            return START
        if not isinstance(entry, Spent) or self.agent not in (None, entry.agent):
            return so_far
        paid = [charge for charge in entry.charges if not charge.cached]
        return Spending(
            so_far.input_tokens + sum(charge.usage.input_tokens for charge in paid),
            so_far.output_tokens + sum(charge.usage.output_tokens for charge in paid),
            so_far.usd + sum((charge.cost_usd for charge in paid if charge.cost_usd is not None), Decimal(0)),
            so_far.unmetered + sum(charge.unmetered for charge in paid),
            so_far.unpriced + sum(charge.calls for charge in paid if charge.cost_usd is None),
        )


def spending(log: Log, by: AgentName | None = None) -> Spending:
    """What the conversation, or one agent in it, spent so far; O(1) an entry, once."""
    return log.fold(Fold(START, SpendingOf(by)))


@final
@frozen
class TokensUsed(Rule):
    """See ``tokens_used``."""

    count: int = field(converter=from_one)
    of: Counted = "all"
    by: AgentName | None = field(default=None, converter=maybe_name)
    unknown: IfUnknown = "reached"

    def __call__(self, log: Log, /) -> bool:
        spent = spending(log, self.by)
        return self._used(spent) >= self.count or (self.unknown == "reached" and spent.unmetered > 0)

    def _used(self, spent: Spending) -> int:
        match self.of:
            case "all":
                return spent.input_tokens + spent.output_tokens
            case "input":
                return spent.input_tokens
            case "output":
                return spent.output_tokens
            case _ as never:
                assert_never(never)

    def __str__(self) -> str:
        kind = "" if self.of == "all" else f"{self.of} "
        whose = "" if self.by is None else f" by {self.by}"
        unsure = ", or a call did not say how many" if self.unknown == "reached" else ""
        tokens = f"token{'s were' if self.count > 1 else ' was'}"
        return f"{self.count} {kind}{tokens} used{whose}{unsure}"


def tokens_used(
    count: int, *, of: Counted = "all", by: str | None = None, unknown: IfUnknown = "reached"
) -> TokensUsed:
    """Holds when so many tokens were used in this conversation (in the turns of the agent ``by``, where one is named).

    It holds also when a call did not say how many it used, unless ``unknown`` ones are ``ignored``.
    """
    return TokensUsed(count, of, by, unknown)


def _dollars(given: Decimal | int | str) -> Decimal:
    try:
        usd = Decimal(given)
    except InvalidOperation:
        usd = Decimal("nan")
    if not usd.is_finite() or usd <= 0:
        raise ConfigError(f"a rule about cost needs an amount of US dollars above 0; found {given!r}")
    return usd


@final
@frozen
class CostReached(Rule):
    """See ``cost_reached``."""

    usd: Decimal = field(converter=_dollars)
    by: AgentName | None = field(default=None, converter=maybe_name)
    unknown: IfUnknown = "reached"

    def __call__(self, log: Log, /) -> bool:
        spent = spending(log, self.by)
        return spent.usd >= self.usd or (self.unknown == "reached" and spent.unpriced > 0)

    def __str__(self) -> str:
        whose = "" if self.by is None else f" by {self.by}"
        unsure = ", or a price is unknown" if self.unknown == "reached" else ""
        return f"{self.usd} US dollars were spent{whose}{unsure}"


def cost_reached(
    usd: Decimal | int | str, *, by: str | None = None, unknown: IfUnknown = "reached"
) -> CostReached:
    """Holds when this conversation (or the agent ``by`` in it) cost so many US dollars, such as ``"0.50"``.

    It holds also when the price of a call is unknown, unless ``unknown`` ones are ``ignored``.
    """
    return CostReached(usd, by, unknown)
