"""The model behind an agent: an ``llm_config`` as one ``ModelProvider``.

    provider_of({"config_list": [{"model": "a", "api_key": "..."}, {"model": "b", ...}], "temperature": 0})

Entries are asked in order: the next one where one fails, whoever's fault it is, but not where it refuses what was
said (``content_filter``). With ``routing_method="round_robin"`` each call begins with the next entry. What an entry
says of a call wins over what the configuration says. An entry whose ``provider`` is a ``ModelProvider`` is asked
through that: for tests, and for models of one's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from inspect import isawaitable
from typing import Final, TypeVar

from attrs import define, field, frozen

from typedagents.autogen.exception_utils import InvalidType, InvalidValue
from typedagents.core.errors import ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.caching import CacheStore
from typedagents.providers.configuration.asking import as_told
from typedagents.providers.configuration.endpoints import endpoint_of
from typedagents.providers.configuration.fields import check_fields
from typedagents.providers.configuration.options import Options, dicts_in
from typedagents.providers.configuration.sampling import settings_of

from .caching import through_cache
from .custom_clients import Registered, client_of
from .sampling import OWN_FIELDS, output_of

T = TypeVar("T")
ROUTES: Final = (None, "fixed_order", "round_robin")


@define(eq=False)
class Rotation:
    """Who is asked first, the next one each time."""

    begun: int = 0

    def of(self, entries: Sequence[T], method: object) -> Sequence[T]:
        """``entries`` in the order in which they are asked now."""
        if method != "round_robin":
            return entries
        first = self.begun % len(entries)
        self.begun += 1
        return [*entries[first:], *entries[:first]]


@frozen
class InTurn:
    """Asks these in order, until one answers."""

    providers: tuple[ModelProvider, ...]
    method: object = None
    rotation: Rotation = field(factory=Rotation, eq=False)

    def complete(self, request: CallModel, call: Call, /) -> ModelReply | Awaitable[ModelReply]:
        failures: list[ProviderError] = []
        providers = self.rotation.of(self.providers, self.method)
        for index, provider in enumerate(providers):
            try:
                answer = provider.complete(request, call)
            except ProviderError as error:
                failures.append(passed_over(error))
                continue
            if isinstance(answer, ModelReply):
                return answer
            return self._waited(answer, providers[index + 1 :], request, call, failures)
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
    if llm_config.get("routing_method") not in ROUTES:
        raise InvalidValue(
            f"routing_method is 'fixed_order' or 'round_robin'; found {llm_config['routing_method']!r:.60}"
        )
    for entry in entries_of(llm_config):
        asked = [name for name in ("provider", "model_client_cls", "azure_deployment") if entry.get(name)]
        if not entry.get("model") and not asked and entry.get("api_type") != "local":
            found = ", ".join(sorted(name for name in entry if name != "model")) or "nothing"
            raise InvalidValue(f"an entry of llm_config names no model; found {found} in it")
        check_fields(entry, OWN_FIELDS)
    return llm_config


def provider_of(
    llm_config: Options,
    clients: Sequence[Registered] = (),
    *,
    in_threads: bool = True,
    store: CacheStore | None = None,
    rotation: Rotation | None = None,
) -> ModelProvider:
    """The model behind this configuration. ``ConfigError`` says what is missing: a model, a key, a registered client.

    ``clients`` are the model client classes that a program registered; they are asked in threads, unless nothing else
    goes on meanwhile. ``store``: where answers are kept, whatever the entries say of that. ``rotation``: whose turn it is.
    """
    providers = [
        configured(entry, clients, in_threads=in_threads, store=store)
        for entry in entries_of(checked(llm_config))
    ]
    if len(providers) == 1:
        return providers[0]
    return InTurn(tuple(providers), llm_config.get("routing_method"), rotation or Rotation())


def configured(
    entry: Options,
    clients: Sequence[Registered] = (),
    *,
    in_threads: bool = True,
    store: CacheStore | None = None,
) -> ModelProvider:
    """The provider of one entry, asked as that entry says; through a cache where one is chosen or named."""
    named = entry.get("model_client_cls")
    endpoint = endpoint_of(entry) if named is None else client_of(entry, clients, in_threads=in_threads)
    told = as_told(endpoint, entry, settings_of(entry, OWN_FIELDS), output_of(entry))
    return through_cache(told, entry, store)
