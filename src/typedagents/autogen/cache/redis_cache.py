"""A cache in a Redis server. Needs the extra ``redis``."""

from __future__ import annotations

from typedagents.providers.caching import redis_store

from .kept import Kept


class RedisCache(Kept):
    """A cache in the server at ``redis_url``; those of different seeds are apart. It is connected to when it is used."""

    def __init__(self, seed: str | int, redis_url: str) -> None:
        self.seed = seed
        self._server = redis_store(redis_url, prefix=f"autogen:{seed}:")
        super().__init__(self._server)

    def close(self) -> None:
        """Closes the connections; the next use opens others."""
        self._server.close()
