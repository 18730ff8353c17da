"""Which cache a description means."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.core.errors import ConfigError

from .abstract_cache_base import AbstractCache
from .disk_cache import ROOT, DiskCache, folder_of
from .in_memory_cache import InMemoryCache
from .redis_cache import RedisCache


class CacheFactory:
    """Makes caches."""

    @staticmethod
    def cache_factory(
        seed: str | int,
        redis_url: str | None = None,
        cache_path_root: str | None = ROOT,
        cosmosdb_config: Mapping[str, object] | None = None,
    ) -> AbstractCache:
        """In the server, where one is named, else in a folder of ``cache_path_root``; without that, in memory."""
        if cosmosdb_config:
            raise ConfigError("there is no cache in Cosmos DB here; use Cache.redis(...), or Cache.disk(...)")
        if redis_url:
            return RedisCache(seed, redis_url)
        return InMemoryCache(seed) if cache_path_root is None else DiskCache(folder_of(seed, cache_path_root))
