"""A cache of one's own, in this process."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class InMemoryCache:
    """Values by keys; those of different seeds are apart."""

    def __init__(self, seed: str | int = "") -> None:
        self._seed = str(seed)
        self._cache: dict[str, object] = {}

    def _prefixed_key(self, key: str) -> str:
        return f"{self._seed}_{key}" if self._seed else key

    def get(self, key: str, default: object = None) -> object:
        """The value under ``key``; ``default`` where there is none."""
        return self._cache.get(self._prefixed_key(key), default)

    def set(self, key: str, value: object) -> None:
        """Keeps ``value``, which may be None."""
        self._cache[self._prefixed_key(key)] = value

    def close(self) -> None:
        """Keeps what there is: it goes with the object."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
