"""Answers that are kept: the same request is paid once. Nothing is kept unless a provider is put into ``cache``.

cache(model, sqlite_store("answers.sqlite"))            in a file, for the processes of one machine
cache(model, redis_store("redis://localhost:6379/0"))   in a server, for several (extra ``redis``)
"""

from .cache import cache
from .redis_store import redis_store
from .sqlite_store import sqlite_store
from .store import CacheStore

__all__ = ["CacheStore", "cache", "redis_store", "sqlite_store"]
