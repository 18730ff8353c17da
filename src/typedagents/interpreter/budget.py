"""Budgets: what a whole run may cost, checked before each effect. A refusal ends the run, out of any policy's reach."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from attrs import define, field, frozen
from attrs.validators import ge, optional

from typedagents.core.chain import Fold
from typedagents.core.effect import AnyEffect
from typedagents.core.message import Message
from typedagents.core.model import CallModel
from typedagents.core.usage import Charge, Usage, merged
from typedagents.policies.transforms.measures import approximate_tokens


def _weigh(so_far: int, message: Message) -> int:
    return so_far + approximate_tokens(message)


WEIGHT: Fold[Message, int] = Fold(0, _weigh)
"""A rough count of the tokens in a conversation; O(1) a message."""


def worst_case_tokens(effect: CallModel) -> int:
    """What a call may use up: what is sent, by estimate, and all that may be answered, where that is bounded."""
    return effect.transcript.fold(WEIGHT) + (effect.settings.max_tokens or 0)


@frozen
class Budget:
    """Upper bounds for a run, nested conversations included; None: no bound.

    Tokens are checked with the worst case of the next call (what is sent, by estimate, and ``max_tokens`` of the
    answer, where it is set); money with ``worst_case_usd``, where a price is known, else with what was spent.
    """

    max_usd: Decimal | None = field(default=None, validator=optional(ge(Decimal(0))))
    max_tokens: int | None = field(default=None, validator=optional(ge(0)))
    max_model_calls: int | None = field(default=None, validator=optional(ge(0)))
    max_effects: int | None = field(default=None, validator=optional(ge(0)))
    worst_case_usd: Callable[[CallModel], Decimal] | None = field(default=None, eq=False)


@define
class Spending:
    """What a run has cost so far, effects under way at their worst case.

    What is spent within an effect of another run counts in ``outer`` as well, whose budget binds it too.
    """

    budget: Budget
    effects: int = 0
    model_calls: int = 0
    charges: list[tuple[str, Charge]] = field(factory=list)
    reserved: dict[str, tuple[int, Decimal]] = field(factory=dict)
    tokens: int = 0
    usd: Decimal = Decimal(0)
    outer: Spending | None = None

    def begun(self, path: str, effect: AnyEffect) -> None:
        """Count an effect that was allowed before, by the trace."""
        self._count(effect)
        if isinstance(effect, CallModel):
            self.reserved[path] = self._worst_case(effect)

    def refusal(self, path: str, effect: AnyEffect) -> str | None:
        """Why the budget does not allow this effect; or None, and it is counted."""
        budget = self.budget
        if budget.max_effects is not None and self.effects >= budget.max_effects:
            return f"max_effects={budget.max_effects}"
        if (
            effect.metered
            and budget.max_model_calls is not None
            and self.model_calls >= budget.max_model_calls
        ):
            return f"max_model_calls={budget.max_model_calls}"
        if isinstance(effect, CallModel) and not (budget.max_tokens is None and budget.max_usd is None):
            refusal = self._too_dear(path, effect)
            if refusal is not None:
                return refusal
        refusal = None if self.outer is None else self.outer.refusal(path, effect)
        if refusal is None:
            self._count(effect)
        return refusal

    def _too_dear(self, path: str, effect: CallModel) -> str | None:
        """Why what is left does not cover the worst case of this call; or None, and it is held back for it."""
        budget = self.budget
        tokens, usd = self._worst_case(effect)
        held_tokens = sum(tokens for tokens, _ in self.reserved.values())
        held_usd = sum((usd for _, usd in self.reserved.values()), start=Decimal(0))
        if budget.max_tokens is not None:
            left = budget.max_tokens - self.tokens - held_tokens
            if left <= 0 or tokens > left:
                return (
                    f"max_tokens={budget.max_tokens} (spent {self.tokens}, the next call may need {tokens})"
                )
        if budget.max_usd is not None:
            left_usd = budget.max_usd - self.usd - held_usd
            if left_usd <= 0 or usd > left_usd:
                return f"max_usd={budget.max_usd} (spent {self.usd}, the next call may cost {usd})"
        self.reserved[path] = (tokens, usd)
        return None

    def _worst_case(self, effect: CallModel) -> tuple[int, Decimal]:
        """The tokens and US dollars that this call may use up."""
        return worst_case_tokens(effect), self.budget.worst_case_usd(
            effect
        ) if self.budget.worst_case_usd else Decimal(0)

    def finished(self, path: str, agent: str, charge: Charge | None) -> None:
        """Count what an effect really cost."""
        if self.outer is not None:
            self.outer.finished(path, agent, charge)
        if self.reserved:
            self.reserved.pop(path, None)
        if charge is None:
            return
        self.charges.append((agent, charge))
        if not charge.cached:
            self.tokens += charge.usage.total
            self.usd += charge.cost_usd or 0

    def _count(self, effect: AnyEffect) -> None:
        self.effects += 1
        self.model_calls += effect.metered


@frozen
class Bill:
    """What a run cost: by agent and model, cached answers apart. ``cost_usd`` is None where a price is unknown."""

    by_agent: tuple[tuple[str, tuple[Charge, ...]], ...] = ()

    @classmethod
    def of(cls, charges: list[tuple[str, Charge]]) -> Bill:
        by_agent: dict[str, list[Charge]] = {}
        for agent, charge in charges:
            by_agent.setdefault(agent, []).append(charge)
        return cls(tuple([(agent, merged(by_agent[agent])) for agent in sorted(by_agent)]))

    @property
    def by_model(self) -> tuple[Charge, ...]:
        return merged(charge for _, charges in self.by_agent for charge in charges)

    @property
    def usage(self) -> Usage:
        """Tokens of all paid calls."""
        return sum((charge.usage for charge in self.by_model if not charge.cached), Usage())

    @property
    def calls(self) -> int:
        return sum(charge.calls for charge in self.by_model)

    @property
    def cost_usd(self) -> Decimal | None:
        """What was paid; None as soon as one price is unknown. Nothing asked costs nothing."""
        total = Decimal(0)
        for charge in self.by_model:
            if charge.cached:
                continue
            if charge.cost_usd is None:
                return None
            total += charge.cost_usd
        return total

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known."""
        return tuple(
            charge.model for charge in self.by_model if charge.cost_usd is None and not charge.cached
        )
