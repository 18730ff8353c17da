"""What replies cost, for providers that do not say so themselves.

    World(handler, prices=first_known(read_prices(Path("prices.toml")), usual_prices))

A table is any function of a reply; None where it does not know the price. What nobody knows stays unknown, never nought.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import msgspec
from attrs import evolve, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.usage import Usage

from .tokens import TokenCounter, estimated_tokens

MILLION = Decimal(1_000_000)


class PriceTable(Protocol):
    """What a reply cost in US dollars, or would have cost, were it not from a cache; None where that is not known."""

    def __call__(self, reply: ModelReply, /) -> Decimal | None: ...


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """US dollars for a million tokens. Without ``cache_write`` what is written costs as ``input`` does.

    ``above``: the rates of the whole call, where more tokens than that are sent.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    above: int = 0

    def of(self, usage: Usage) -> Decimal | None:
        """What these tokens cost; None where they were read from a cache, and nobody knows that price."""
        if usage.cache_read and self.cache_read is None:
            return None
        written = self.input if self.cache_write is None else self.cache_write
        total = usage.fresh_input * self.input + usage.cache_write * written
        total += usage.cache_read * (self.cache_read or 0) + usage.output_tokens * self.output
        return total / MILLION


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rates of some models of one provider, where they were read and when."""

    provider: str
    models: tuple[str, ...]
    checked: date
    source: str
    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    tier: tuple[Rates, ...] = ()

    def rates(self, sent: int) -> Rates:
        """The rates of a call that sends so many tokens."""
        usual = Rates(
            input=self.input, output=self.output, cache_read=self.cache_read, cache_write=self.cache_write
        )
        return max((usual, *(tier for tier in self.tier if sent > tier.above)), key=lambda rates: rates.above)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[Price, ...]


def _by_name(prices: tuple[Price, ...]) -> Mapping[tuple[str, str], Price]:
    return {(price.provider, model): price for price in prices for model in price.models}


@frozen
class Prices:
    """Prices by the names of provider and model, exactly as replies carry them."""

    prices: tuple[Price, ...]
    _known: Mapping[tuple[str, str], Price] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_known", _by_name(self.prices))

    def __call__(self, reply: ModelReply, /) -> Decimal | None:
        price = self._known.get((reply.provider, reply.model))
        if price is None or reply.usage is None:
            return None
        return price.rates(reply.usage.input_tokens).of(reply.usage)

    def worst_case(
        self, provider: str, model: str, tokens: TokenCounter = estimated_tokens
    ) -> Callable[[CallModel], Decimal]:
        """For ``Budget(worst_case_usd=...)``: what a call of this model may cost, nothing of it read from a cache.

        Answers count with ``max_tokens``, where the call sets it. ``ConfigError`` for a model without a price.
        """
        price = self._known.get((provider, model))
        if price is None:
            names = ", ".join(sorted(name for of, name in self._known if of == provider)) or "none"
            raise ConfigError(f"no price for model {model!r} of {provider!r}; there are: {names}")

        def worst(call: CallModel) -> Decimal:
            sent = tokens(call)
            rates = price.rates(sent)
            dearest = max(rates.input, rates.cache_write or rates.input)
            return (sent * dearest + (call.settings.max_tokens or 0) * rates.output) / MILLION

        return worst


def prices_of(text: str, what: str = "prices") -> Prices:
    """The table that a TOML text is: ``[[price]]`` entries as in the built-in one. ``ConfigError`` says what is wrong."""
    try:
        # Numbers as they stand: 0.1 of a dollar is no float.
        data = tomllib.loads(text, parse_float=Decimal)
        return Prices(msgspec.convert(data, type=_File).price)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{what} cannot be read: {error}") from error


def read_prices(file: Path) -> Prices:
    """The table in a TOML file."""
    try:
        return prices_of(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ConfigError(f"no prices at {file}: {error}") from error


@lru_cache(maxsize=1)
def built_in_prices() -> Prices:
    """The table that comes with this library: few models, each with its source and the day it was read."""
    return prices_of(
        (files("typedagents.interpreter") / "prices.toml").read_text(encoding="utf-8"), "the built-in prices"
    )


def usual_prices(reply: ModelReply, /) -> Decimal | None:
    """The built-in table, which is read when the first reply needs it."""
    return built_in_prices()(reply)


@frozen
class _FirstKnown:
    tables: tuple[PriceTable, ...]

    def __call__(self, reply: ModelReply, /) -> Decimal | None:
        found = (table(reply) for table in self.tables)
        return next((cost for cost in found if cost is not None), None)


def first_known(*tables: PriceTable) -> PriceTable:
    """The price of the first of these tables that knows one."""
    return _FirstKnown(tables)


def priced(reply: ModelReply, table: PriceTable) -> ModelReply:
    """``reply`` with its cost, where ``table`` knows it. What the provider said itself counts."""
    if reply.cost_usd is not None or reply.usage is None:
        return reply
    cost = table(reply)
    return reply if cost is None else evolve(reply, cost_usd=cost)
