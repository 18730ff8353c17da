"""One entry as a provider, and several as one with a fallback order."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Settings
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.faults import ProviderKind
from typedagents.providers.service import NO_DEFAULTS, Service, completed
from typedagents.providers.wrappers import Limiter, fallback, limit, retry
from typedagents.providers.wrappers.fallback import ELSEWHERE

from .endpoints import endpoint_of
from .errors import InvalidValue
from .fields import called, check_fields
from .options import Options, number_in, whole_in
from .sampling import settings_of

PER = Decimal(1000)
"""Prices are for so many tokens."""

USUAL_RETRIES = 2


def provider_of(entry: Options) -> ModelProvider:
    """The provider that one entry describes, with its limits inside of its retries.

    ``provider_of({"model": "gpt-5", "api_key_env": "OPENAI_API_KEY", "temperature": 0, "max_retries": 4})``. The fields are
    those of AutoGen's lists, and ours: see the how-to page on configuration. ``ConfigError`` says what is wrong or missing.
    """
    check_fields(entry)
    if entry.get("model_client_cls") is not None:
        raise InvalidValue(
            f"{called(entry)}: model_client_cls is for AutoGen's agents; give provider=an object with complete(request, call)"
        )
    return as_told(endpoint_of(entry), entry, settings_of(entry))


def providers_from(
    entries: Sequence[Options], *, kinds: Collection[ProviderKind] = ELSEWHERE, sticky: bool = False
) -> ModelProvider:
    """These entries as one provider: where one fails, the next is asked (``fallback``)."""
    providers = [provider_of(entry) for entry in entries]
    if not providers:
        raise InvalidValue("a provider is made of at least one entry; found none")
    return providers[0] if len(providers) == 1 else fallback(*providers, kinds=kinds, sticky=sticky)


def as_told(
    endpoint: ModelProvider, entry: Options, settings: Settings, output: OutputSpec | None = None
) -> ModelProvider:
    """``endpoint``, asked as the entry says: its settings, limits and retries."""
    told, price, limiter = endpoint, price_of(entry), limiter_of(entry)
    if output is not None or price is not None or not isinstance(endpoint, Service):
        if (settings, output, price) != (NO_DEFAULTS, None, None):
            told = Configured(endpoint, settings, output, price)
    elif settings != NO_DEFAULTS:
        told = evolve(endpoint, settings=settings)
    if limiter is not None:
        told = limit(told, limiter)
    retries = whole_in(entry, "max_retries")
    if (
        retries is None
    ):  # Services are asked again; what stands in this process is not, unless the entry says so.
        retries = USUAL_RETRIES if isinstance(endpoint, Service) else 0
    return retry(told, attempts=1 + retries) if retries > 0 else told


@frozen
class Price:
    """US dollars for a thousand tokens, sent and generated."""

    sent: Decimal
    generated: Decimal

    def of(self, reply: ModelReply) -> Decimal | None:
        """What ``reply`` cost; None where it does not say what it used."""
        if reply.usage is None:
            return None
        return (reply.usage.input_tokens * self.sent + reply.usage.output_tokens * self.generated) / PER


@frozen
class Configured:
    """A provider, asked with what a configuration says where the request leaves it open."""

    provider: ModelProvider
    settings: Settings = NO_DEFAULTS
    output: OutputSpec | None = None
    price: Price | None = None

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        if self.settings != NO_DEFAULTS or self.output is not None:
            settings = completed(request.settings, self.settings)
            request = evolve(request, settings=settings, output=request.output or self.output)
        # What answers at once is passed on at once: a run without anything to wait for needs no event loop.
        answer = self.provider.complete(request, call)
        return self._priced(answer) if isinstance(answer, ModelReply) else self._waited(answer)

    async def _waited(self, answer: Awaitable[ModelReply]) -> ModelReply:
        return self._priced(await answer)

    def _priced(self, reply: ModelReply) -> ModelReply:
        return reply if self.price is None else evolve(reply, cost_usd=self.price.of(reply))


def price_of(entry: Options) -> Price | None:
    """What ``price`` says: one number, or two for what is sent and what is generated."""
    told = entry.get("price")
    match told:
        case None:
            return None
        case int() | float():
            return Price(Decimal(str(told)), Decimal(str(told)))
        case [int() | float() as sent, int() | float() as generated]:
            return Price(Decimal(str(sent)), Decimal(str(generated)))
        case _:
            raise InvalidValue(f"price is US dollars for 1000 tokens, [sent, generated]; found {told!r:.60}")


def limiter_of(entry: Options) -> Limiter | None:
    """What its service allows, as far as the entry says; ``api_rate_limit`` is AG2's word, for requests in a second."""
    rate = number_in(entry, "api_rate_limit")
    per_minute = whole_in(entry, "requests_per_minute")
    if rate is not None:
        if per_minute is not None or rate <= 0:
            raise InvalidValue(
                f"{called(entry)}: api_rate_limit is a number above 0, and requests_per_minute is not given with it"
            )
        per_minute = max(1, int(rate * 60))
    concurrency, tokens = whole_in(entry, "concurrency"), whole_in(entry, "tokens_per_minute")
    if (concurrency, per_minute, tokens) == (None, None, None):
        return None
    return Limiter(concurrency=concurrency, requests_per_minute=per_minute, tokens_per_minute=tokens)
