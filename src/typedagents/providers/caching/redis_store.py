"""Answers in a Redis server, or in one that speaks like it. Needs the extra ``redis``."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.interpreter.secrets import Secret

if TYPE_CHECKING:
    from redis import Redis

PATIENCE_S = 5.0
"""How long the server may take; an answer is not worth more waiting than that."""


@define(eq=False)
class _Client:
    """The client, made when it is first needed; threads share it."""

    client: Redis | None = None
    lock: Lock = field(factory=Lock)


@frozen
class RedisStore:
    """See ``redis_store``."""

    url: Secret = field(repr=False)
    prefix: str = "typedagents:"
    expires_s: int | None = None
    _client: _Client = field(factory=_Client, init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        try:
            from redis import Redis
        except ModuleNotFoundError as error:
            raise ConfigError(
                "redis_store needs the package redis, which is not installed: pip install 'typedagents[redis]'"
            ) from error
        try:
            Redis.from_url(self.url.reveal()).close()
        except ValueError as error:
            raise ConfigError(
                "redis_store takes an address such as 'redis://localhost:6379/0' or 'rediss://...'"
            ) from error
        if self.expires_s is not None and self.expires_s <= 0:
            raise ConfigError(f"redis_store takes expires_s of at least 1; found {self.expires_s}")

    def get(self, key: str, /) -> bytes | None:
        return self._connected().get(self.prefix + key)

    def put(self, key: str, data: bytes, /) -> None:
        self._connected().set(self.prefix + key, data, ex=self.expires_s)

    def close(self) -> None:
        """Close the connections; the next use opens others."""
        with self._client.lock:
            client, self._client.client = self._client.client, None
        if client is not None:
            client.close()

    def _connected(self) -> Redis:
        from redis import Redis

        with self._client.lock:
            if self._client.client is None:
                self._client.client = Redis.from_url(
                    self.url.reveal(), socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
                )
            return self._client.client


def redis_store(
    url: str | Secret, *, prefix: str = "typedagents:", expires_s: int | None = None
) -> RedisStore:
    """Answers in the server at ``url``, for programs on several machines: ``redis_store("redis://localhost:6379/0")``.

    A password may stand in the address, which is never shown. ``expires_s``: forget answers after that time. The server
    may also forget them by its own rules; they are made anew then.
    """
    return RedisStore(url if isinstance(url, Secret) else Secret(url), prefix, expires_s)
