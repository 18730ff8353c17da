"""What the caches that outlive a program share: values as JSON, in a store of ours."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from msgspec.json import decode

from typedagents.core.json_text import json_text
from typedagents.providers.caching import CacheStore

OWN = "value:"
"""Before the keys of the program's own values, which are apart from models' answers."""


class Kept:
    """Values by keys in ``store``, where models' answers are kept too. Values are what JSON can hold."""

    def __init__(self, store: CacheStore) -> None:
        self.store = store

    def get(self, key: str, default: object = None) -> object:
        """The value under ``key``; ``default`` where there is none."""
        data = self.store.get(OWN + key)
        return default if data is None else decode(data)

    def set(self, key: str, value: object) -> None:
        """Keeps ``value``. ``ConfigError`` where JSON cannot hold it."""
        self.store.put(OWN + key, json_text(value).encode())

    def close(self) -> None:
        """Closes what is open; the next use opens it again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
