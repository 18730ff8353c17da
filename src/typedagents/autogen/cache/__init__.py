"""Caches of model answers: their names are known, and they keep nothing yet."""

from .abstract_cache_base import AbstractCache
from .cache import Cache
from .in_memory_cache import InMemoryCache

__all__ = ["AbstractCache", "Cache", "InMemoryCache"]
