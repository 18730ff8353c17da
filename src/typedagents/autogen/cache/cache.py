"""Caches of models' answers, as programs name them.

    with Cache.disk(cache_seed=41) as cache:
        user.initiate_chat(assistant, message="What is 2**10?", cache=cache)

The same question to the same model is asked once, and answered from the cache from then on, in other runs of the
program too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from typedagents.autogen.exception_utils import InvalidValue

from .abstract_cache_base import AbstractCache
from .cache_factory import CacheFactory
from .disk_cache import ROOT

SEED = 42
OPTIONS = ("cache_seed", "redis_url", "cache_path_root", "cosmos_db_config")


def _text(config: Mapping[str, object], option: str) -> str | None:
    value = config.get(option)
    return None if value is None else f"{value}"


class Cache:
    """The cache that ``config`` describes: see ``Cache.disk()`` and its like."""

    def __init__(self, config: Mapping[str, object]) -> None:
        unknown = sorted(config.keys() - set(OPTIONS))
        if unknown:
            raise InvalidValue(f"a cache has no option {', '.join(unknown)}; it has: {', '.join(OPTIONS)}")
        self.config = dict(config)
        cosmos = config.get("cosmos_db_config")
        described = cosmos if isinstance(cosmos, Mapping) else config
        seed = described.get("cache_seed", SEED)
        self.cache: AbstractCache = CacheFactory.cache_factory(
            seed=seed if isinstance(seed, int) else f"{seed}",
            redis_url=_text(config, "redis_url"),
            cache_path_root=_text(config, "cache_path_root"),
            cosmosdb_config=cosmos if isinstance(cosmos, Mapping) else None,
        )

    @staticmethod
    def disk(cache_seed: str | int = SEED, cache_path_root: str = ROOT) -> Cache:
        """A cache in a folder of its seed's name below ``cache_path_root``, which holds one SQLite file."""
        return Cache({"cache_seed": cache_seed, "cache_path_root": cache_path_root})

    @staticmethod
    def redis(cache_seed: str | int = SEED, redis_url: str = "redis://localhost:6379/0") -> Cache:
        """A cache in a Redis server (extra ``redis``)."""
        return Cache({"cache_seed": cache_seed, "redis_url": redis_url})

    def get(self, key: str, default: object = None) -> object:
        """The value under ``key``; ``default`` where there is none."""
        return self.cache.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Keeps ``value``, which JSON can hold."""
        self.cache.set(key, value)

    def close(self) -> None:
        """Closes what is open."""
        self.cache.close()

    def __enter__(self) -> AbstractCache:
        return self.cache.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cache.__exit__(kind, error, trace)
