"""``budget``: what calls of a provider may cost together, whoever makes them and in however many runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import count
from threading import Lock
from typing import ClassVar, TypeAlias

from attrs import Factory, evolve, field, frozen

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.usage import NO_USAGE, Charge, Usage
from typedagents.interpreter.budget import Budget, Spending
from typedagents.interpreter.ports import ModelProvider
from typedagents.interpreter.prices import PriceTable, priced, usual_prices
from typedagents.providers.faults import ADVICE

from .wrapping import Wrapper, answered, lost

AskTokens: TypeAlias = Callable[[CallModel], Awaitable[int]]
"""Asks how many tokens a call sends."""


def _bounded(budget: Budget) -> Budget:
    if budget.max_usd is None and budget.max_tokens is None and budget.max_model_calls is None:
        raise ConfigError("this budget bounds nothing; give max_usd, max_tokens or max_model_calls")
    return budget


def _nothing_spent(allowance: Allowance) -> Spending:
    return Spending(allowance.budget)


@frozen(eq=False)
class Allowance:
    """What may be spent, and what has been; one value for all providers that share it, in any thread.

    ``name`` is what errors call it. ``prices`` say what replies cost whose providers do not. What is not known, or may
    have been paid for though the call failed, counts at its worst case.
    """

    budget: Budget = field(converter=_bounded)
    name: str = "budget"
    prices: PriceTable = field(default=usual_prices, kw_only=True)
    _spending: Spending = field(default=Factory(_nothing_spent, takes_self=True), init=False, repr=False)
    _tickets: count[int] = field(factory=count, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    @property
    def spent_tokens(self) -> int:
        return self._spending.tokens

    @property
    def spent_usd(self) -> Decimal:
        return self._spending.usd

    @property
    def calls(self) -> int:
        return self._spending.model_calls

    def begun(self, request: CallModel, exact: int | None = None) -> str:
        """The ticket for a call that sends ``exact`` tokens (None: by estimate), when its worst case is covered; else
        ``ProviderError``.
        """
        with self._lock:
            ticket = str(next(self._tickets))
            if exact is not None:
                self._spending.count.learn(ticket, request, exact)
            refusal = self._spending.refusal(ticket, request)
        if refusal is None:
            return ticket
        raise ProviderError(
            f"budget {self.name!r}: {refusal} does not allow this call; it was not sent; {ADVICE['budget']}",
            kind="budget",
            facts={"budget": self.name, "retryable": "false", "sent": "false"},
        )

    def ended(self, ticket: str, came: ModelReply | ProviderError | None) -> None:
        """Count what a call really cost; None: it was given up."""
        charge = lost(came) if isinstance(came, ProviderError) else self._charge(came)
        with self._lock:
            tokens, usd = self._spending.reserved.get(ticket, (0, Decimal(0)))
            if charge is not None and not charge.cached:
                known = charge.usage if charge.usage != NO_USAGE or not charge.unmetered else Usage(tokens)
                charge = evolve(
                    charge, usage=known, cost_usd=usd if charge.cost_usd is None else charge.cost_usd
                )
            self._spending.finished(ticket, "", charge)
            self._spending.charges.clear()  # a bill is made of a run; this lives longer

    def _charge(self, came: ModelReply | None) -> Charge:
        if came is None:
            return Charge("", unmetered=1)
        return priced(came, self.prices).charge


@frozen
class Budgeted(Wrapper):
    """See ``budget``."""

    word: ClassVar[str] = "budget"

    provider: ModelProvider
    allowance: Allowance
    tokens: AskTokens | None = None

    @property
    def wrapped(self) -> tuple[ModelProvider, ...]:
        return (self.provider,)

    def objection(self, inner: Wrapper, /) -> str:
        same = isinstance(inner, Budgeted) and inner.allowance is self.allowance
        return "both spend the same allowance, and each call would be counted twice; keep one" if same else ""

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The answer, where its worst case is covered."""
        ticket = self.allowance.begun(request, await self._counted(request))
        came: ModelReply | ProviderError | None = None
        try:
            came = await answered(self.provider, request, call)
            return came
        except ProviderError as error:
            came = error
            raise
        finally:
            self.allowance.ended(ticket, came)

    async def _counted(self, request: CallModel) -> int | None:
        try:
            return None if self.tokens is None else await self.tokens(request)
        except ProviderError:
            return None  # to be counted is no reason to fail; the estimate stands


def budget(
    provider: ModelProvider, allowed: Budget | Allowance, *, tokens: AskTokens | None = None
) -> Budgeted:
    """``provider``, asked only while ``allowed`` covers the worst case of the next call.

    A call that is not covered fails with kind ``budget``, and is not sent. A ``Budget`` is this provider's alone; give
    one ``Allowance(Budget(...), "name")`` to several that share it. The budget of a ``World`` bounds one run and ends it;
    this one bounds calls of any runs, and policies see the failure. ``tokens`` is asked before each call how much it sends, such as
    ``AnthropicMessages(...).count_tokens``; without it, and where it fails, that is estimated.
    """
    return Budgeted(provider, allowed if isinstance(allowed, Allowance) else Allowance(allowed), tokens)
