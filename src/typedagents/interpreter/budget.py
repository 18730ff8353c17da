"""Budgets: what a whole run may cost, checked before each effect. A refusal ends the run, out of any policy's reach."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from attrs import Factory, define, field, frozen
from attrs.validators import ge, optional

from typedagents.core.effect import AnyEffect
from typedagents.core.model import CallModel
from typedagents.core.usage import Charge

from .bill import Bill, Billed
from .tokens import Corrected, TokenCounter, estimated_tokens, worst_case_tokens


@frozen
class Budget:
    """Upper bounds for a run, nested conversations included; None: no bound.

    Tokens are checked with the worst case of the next call (what is sent, by estimate, and ``max_tokens`` of the
    answer, where it is set); money with ``worst_case_usd``, where a price is known, else with what was spent.
    ``tokens`` counts what a call sends; what providers counted corrects it.
    """

    max_usd: Decimal | None = field(default=None, validator=optional(ge(Decimal(0))))
    max_tokens: int | None = field(default=None, validator=optional(ge(0)))
    max_model_calls: int | None = field(default=None, validator=optional(ge(0)))
    max_effects: int | None = field(default=None, validator=optional(ge(0)))
    worst_case_usd: Callable[[CallModel], Decimal] | None = field(default=None, eq=False)
    tokens: TokenCounter = field(default=estimated_tokens, eq=False)


@frozen
class Spent:
    """What a run has spent until it was stored; ``charges`` one for each agent and model, at no path."""

    effects: int = 0
    model_calls: int = 0
    charges: tuple[Billed, ...] = ()


@define
class Spending:
    """What a run has cost so far, effects under way at their worst case.

    What is spent within an effect of another run counts in ``outer`` as well, whose budget binds it too.
    """

    budget: Budget
    effects: int = 0
    model_calls: int = 0
    charges: list[Billed] = field(factory=list)
    reserved: dict[str, tuple[int, Decimal]] = field(factory=dict)
    asked: dict[str, CallModel] = field(factory=dict)
    """Calls under way, as far as their tokens were counted beforehand."""
    count: Corrected = field(default=Factory(lambda self: Corrected(self.budget.tokens), takes_self=True))
    tokens: int = 0
    usd: Decimal = Decimal(0)
    outer: Spending | None = None

    @classmethod
    def after(cls, budget: Budget, spent: Spent) -> Spending:
        """Spending that goes on where ``spent`` stopped."""
        paid = [one.charge for one in spent.charges if not one.charge.cached]
        tokens = sum(charge.usage.total for charge in paid)
        usd = sum((charge.cost_usd or Decimal(0) for charge in paid), start=Decimal(0))
        return cls(budget, spent.effects, spent.model_calls, list(spent.charges), tokens=tokens, usd=usd)

    def so_far(self) -> Spent:
        """What has been spent, agent by agent."""
        by_agent = Bill.of(self.charges).by_agent
        charges = tuple([Billed("", agent, charge) for agent, charges in by_agent for charge in charges])
        return Spent(self.effects, self.model_calls, charges)

    def begun(self, path: str, effect: AnyEffect) -> None:
        """Count an effect that was allowed before, by the trace."""
        self._count(effect)
        self.held(path, effect)

    def held(self, path: str, effect: AnyEffect) -> None:
        """Hold back the worst case of an effect that is counted already."""
        if isinstance(effect, CallModel):
            self.reserved[path], self.asked[path] = self._worst_case(effect), effect

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
        self.reserved[path], self.asked[path] = (tokens, usd), effect
        return None

    def _worst_case(self, effect: CallModel) -> tuple[int, Decimal]:
        """The tokens and US dollars that this call may use up."""
        usd = self.budget.worst_case_usd(effect) if self.budget.worst_case_usd else Decimal(0)
        return worst_case_tokens(effect, self.count), usd

    def finished(self, path: str, agent: str, charge: Charge | None) -> None:
        """Count what an effect really cost."""
        if self.outer is not None:
            self.outer.finished(path, agent, charge)
        if self.reserved:
            self.reserved.pop(path, None)
        asked = self.asked.pop(path, None)
        if charge is None:
            return
        self.charges.append(Billed(path, agent, charge))
        if asked is not None and charge.calls == 1 and not charge.unmetered and not charge.cached:
            self.count.learn(path, asked, charge.usage.input_tokens)
        if not charge.cached:
            self.tokens += charge.usage.total
            self.usd += charge.cost_usd or 0

    def _count(self, effect: AnyEffect) -> None:
        self.effects += 1
        self.model_calls += effect.metered
