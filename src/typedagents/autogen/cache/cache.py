"""Caches of model answers, as programs name them.

They are taken wherever AutoGen takes them and hold nothing yet: answers are not kept between runs. To have a run
again without asking a model, replay its trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from typedagents.autogen.exception_utils import InvalidValue

OPTIONS = ("cache_seed", "redis_url", "cache_path_root", "cosmos_db_config")


class Cache:
    """A cache that is described: by ``Cache.disk()`` and its like. See the module's text for what it does."""

    def __init__(self, config: Mapping[str, object]) -> None:
        unknown = sorted(config.keys() - set(OPTIONS))
        if unknown:
            raise InvalidValue(f"a cache has no option {', '.join(unknown)}; it has: {', '.join(OPTIONS)}")
        self.config = dict(config)

    @staticmethod
    def disk(cache_seed: str | int = 42, cache_path_root: str = ".cache") -> Cache:
        """A cache in files of this folder."""
        return Cache({"cache_seed": cache_seed, "cache_path_root": cache_path_root})

    @staticmethod
    def redis(cache_seed: str | int = 42, redis_url: str = "redis://localhost:6379/0") -> Cache:
        """A cache in a Redis server, which is not connected to."""
        return Cache({"cache_seed": cache_seed, "redis_url": redis_url})

    def get(self, key: str, default: object = None) -> object:
        """``default``: nothing is kept."""
        return default

    def set(self, key: str, value: object) -> None:
        """Keeps nothing."""

    def close(self) -> None:
        """Does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
