"""The model behind an agent: an ``llm_config`` as one ``ModelProvider``.

    provider_of({"config_list": [{"model": "a", "api_key": "..."}, {"model": "b", ...}], "temperature": 0})

Entries are asked in order: the next one where one fails, whoever's fault it is, but not where it refuses what was said
(``content_filter``). What an entry says of a call wins over what the configuration says. An entry whose ``provider`` is
a ``ModelProvider`` is asked through that: for tests, and for models of one's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from decimal import Decimal
from inspect import isawaitable

import anyio
from attrs import evolve, frozen

from typedagents.autogen.exception_utils import InvalidType, InvalidValue
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, OutputSpec, Settings
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.service import NO_DEFAULTS, completed

from .custom_clients import Registered, client_of
from .endpoints import endpoint_of
from .options import Options, dicts_in, whole_in
from .sampling import output_of, settings_of

PER = Decimal(1000)
"""Prices are for so many tokens."""

RETRIED = frozenset({"connection", "rate_limit", "overloaded", "server"})
USUAL_RETRIES = 2
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0


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
    retries: int = USUAL_RETRIES

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        if self.settings is not NO_DEFAULTS or self.output is not None:
            settings = completed(request.settings, self.settings)
            request = evolve(request, settings=settings, output=request.output or self.output)
        # What answers at once is passed on at once: a run without anything to wait for needs no event loop.
        answer = self.provider.complete(request, call)
        return self._priced(answer) if isinstance(answer, ModelReply) else self._waited(answer, request, call)

    async def _waited(
        self, answer: ModelReply | Awaitable[ModelReply], request: CallModel, call: Call
    ) -> ModelReply:
        for attempt in range(self.retries):
            try:
                return self._priced(await answer if isawaitable(answer) else answer)
            except ProviderError as error:
                if error.kind not in RETRIED or error.facts.get("retryable") == "false":
                    raise
                wait_s = _wait(error, attempt)
            await anyio.sleep(wait_s)
            answer = self.provider.complete(request, call)
        return self._priced(await answer if isawaitable(answer) else answer)

    def _priced(self, reply: ModelReply) -> ModelReply:
        return reply if self.price is None else evolve(reply, cost_usd=self.price.of(reply))


def _wait(error: ProviderError, attempt: int) -> float:
    """As long as the service asks for, or twice as long each time; bounded."""
    asked = error.facts.get("retry_after")
    return min(LONGEST_WAIT_S, float(asked) if asked else FIRST_WAIT_S * 2.0**attempt)


@frozen
class InTurn:
    """Asks these in order, until one answers."""

    providers: tuple[ModelProvider, ...]

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        failures: list[ProviderError] = []
        for index, provider in enumerate(self.providers):
            try:
                answer = provider.complete(request, call)
            except ProviderError as error:
                failures.append(passed_over(error))
                continue
            if isinstance(answer, ModelReply):
                return answer
            return self._waited(answer, self.providers[index + 1 :], request, call, failures)
        raise all_of(failures)

    async def _waited(
        self,
        answer: ModelReply | Awaitable[ModelReply],
        others: Sequence[ModelProvider],
        request: CallModel,
        call: Call,
        failures: list[ProviderError],
    ) -> ModelReply:
        """``answer``, or else that of the first of the others that gives one."""
        try:
            return await answer if isawaitable(answer) else answer
        except ProviderError as error:
            failures.append(passed_over(error))
        for provider in others:
            try:
                following = provider.complete(request, call)
                return await following if isawaitable(following) else following
            except ProviderError as error:
                failures.append(passed_over(error))
        raise all_of(failures)


def passed_over(error: ProviderError) -> ProviderError:
    """``error``, when the next may be asked: what one service refuses to hear is not told to another."""
    if error.kind == "content_filter":
        raise error
    return error


def all_of(failures: Sequence[ProviderError]) -> ProviderError:
    """The last failure, which also says what became of those before."""
    last = failures[-1]
    texts = "; before that, ".join(error.text for error in reversed(failures))
    return ProviderError(texts, kind=last.kind, facts=last.facts)


# --- configurations ---------------------------------------------------------------------------------------------


def entries_of(llm_config: Options) -> list[Options]:
    """The entries of a configuration, each completed by what is said for all. ``ValueError`` where there is none."""
    common = {name: value for name, value in llm_config.items() if name != "config_list"}
    if "config_list" not in llm_config or llm_config["config_list"] is None:
        return [common]
    listed = dicts_in(llm_config, "config_list")
    if not listed:
        raise InvalidValue(
            "config_list is empty; it has an entry for each model, of which the first that answers is used"
        )
    return [{**common, **entry} for entry in listed]


def checked(llm_config: object) -> Options:
    """``llm_config``, when it is one that names a model in each entry. Nothing is looked up, and no key is needed."""
    if not isinstance(llm_config, Mapping):
        raise InvalidType(f"llm_config is a dict, or False for none; found {type(llm_config).__name__}")
    if not llm_config:
        raise InvalidValue("llm_config is empty; give at least a model, or False for none")
    for entry in entries_of(llm_config):
        asked = [name for name in ("provider", "model_client_cls", "azure_deployment") if entry.get(name)]
        if not entry.get("model") and not asked and entry.get("api_type") != "local":
            raise InvalidValue(
                f"an entry of llm_config names no model; found {', '.join(sorted(entry)) or 'nothing'} in it"
            )
        _prove_possible(entry)
    return llm_config


def _prove_possible(entry: Options) -> None:
    if entry.get("http_client") is not None:
        raise InvalidValue(
            "http_client: clients of one's own come with a later version; proxies are taken from the environment"
        )
    if entry.get("n") not in (None, 1):
        raise InvalidValue(f"n={entry['n']!r}: a model is asked for one answer at a time")


def provider_of(
    llm_config: Options, clients: Sequence[Registered] = (), *, in_threads: bool = True
) -> ModelProvider:
    """The model behind this configuration. ``ConfigError`` says what is missing: a model, a key, a registered client.

    ``clients`` are the model client classes that a program registered; they are asked in threads, unless nothing else
    goes on meanwhile.
    """
    providers = [
        configured(entry, clients, in_threads=in_threads) for entry in entries_of(checked(llm_config))
    ]
    return providers[0] if len(providers) == 1 else InTurn(tuple(providers))


def configured(entry: Options, clients: Sequence[Registered] = (), *, in_threads: bool = True) -> Configured:
    """The provider of one entry, asked as that entry says."""
    named = entry.get("model_client_cls")
    provider = endpoint_of(entry) if named is None else client_of(entry, clients, in_threads=in_threads)
    retries, settings = whole_in(entry, "max_retries"), settings_of(entry)
    return Configured(
        provider,
        NO_DEFAULTS if settings == NO_DEFAULTS else settings,
        output_of(entry),
        _price(entry),
        USUAL_RETRIES if retries is None else max(0, retries),
    )


def _price(entry: Options) -> Price | None:
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
