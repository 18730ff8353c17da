"""Which cache a model is asked through: one that a program made, or the folder that a ``cache_seed`` names.

Answers are kept by ``typedagents.providers.cache``. Nothing is kept unless the program says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeAlias

from attrs import frozen

from typedagents.autogen.cache.abstract_cache_base import AbstractCache
from typedagents.autogen.cache.disk_cache import DiskCache, folder_of
from typedagents.autogen.exception_utils import InvalidType
from typedagents.core.json_text import json_text
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers import cache
from typedagents.providers.caching import CacheStore
from typedagents.providers.configuration.fields import UNHEEDED
from typedagents.providers.configuration.options import Options

AnyCache: TypeAlias = AbstractCache | CacheStore
"""A cache of AutoGen's kind, or a store of ours."""

NO_MATTER: Final = UNHEEDED | frozenset(
    {
        *("api_key", "api_key_env", "azure_ad_token", "azure_ad_token_provider", "name", "tags"),
        *("aws_access_key", "aws_secret_key", "aws_session_token", "default_headers", "http_client"),
        *("timeout", "request_timeout", "max_retries", "stream", "price", "api_rate_limit"),
        *("concurrency", "requests_per_minute", "tokens_per_minute"),
        *("config_list", "messages", "prompt", "context", "filter_func", "agent", "tools", "functions"),
    }
)
"""What does not change what an entry answers, or stands in the request itself. Keys are in no digest."""


@frozen
class Classic:
    """A cache with ``get`` and ``set`` as a store."""

    cache: AbstractCache

    def get(self, key: str, /) -> bytes | None:
        found = self.cache.get(key)
        return found if isinstance(found, bytes) else None

    def put(self, key: str, data: bytes, /) -> None:
        self.cache.set(key, data)


def store_of(given: object) -> CacheStore | None:
    """``given`` as a store; None where there is none."""
    inner: object = getattr(given, "cache", given)
    store: object = getattr(inner, "store", inner)
    match store:
        case None:
            return None
        case CacheStore():
            return store
        case AbstractCache():
            return Classic(store)
        case _:
            raise InvalidType(
                f"cache is one of Cache.disk(), Cache.redis(), or an object with get and set; found {type(given).__name__}"
            )


def through_cache(provider: ModelProvider, entry: Options, chosen: CacheStore | None) -> ModelProvider:
    """``provider``, asked once for each request, where a cache was ``chosen`` or ``entry`` names one."""
    store = chosen or store_of(entry.get("cache")) or _of_seed(entry.get("cache_seed"))
    return provider if store is None else cache(provider, store, identity=_identity(entry))


def _of_seed(seed: object) -> CacheStore | None:
    """The answers of this seed on disk. What a program has told a cache to be called by names its folder."""
    return None if seed is None else DiskCache(folder_of(f"{seed}")).store


def _identity(entry: Options) -> str:
    """Who answers, and asked for what; keys are left out."""
    told = {name: _told(value) for name, value in entry.items() if name not in NO_MATTER}
    return sha256(json_text(dict(sorted(told.items()))).encode()).hexdigest()


def _told(value: object) -> object:
    """``value``, where JSON can say it; else what it is called, which goes for classes and providers of one's own."""
    match value:
        case None | str() | int() | float():
            return value
        case Mapping():
            return {f"{name}": _told(one) for name, one in value.items()}
        case list() | tuple():
            return [_told(one) for one in value]
        case type():
            return f"{value.__module__}.{value.__qualname__}"
        case _:
            return f"{type(value).__module__}.{type(value).__qualname__}"
