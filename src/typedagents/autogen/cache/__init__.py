"""Caches of models' answers: in a folder, in a Redis server, in memory."""

from .abstract_cache_base import AbstractCache
from .cache import Cache
from .disk_cache import DiskCache
from .in_memory_cache import InMemoryCache
from .redis_cache import RedisCache

__all__ = ["AbstractCache", "Cache", "DiskCache", "InMemoryCache", "RedisCache"]
