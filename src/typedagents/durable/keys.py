"""Keys that encrypt what an engine is given to keep."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from typedagents.core.errors import ConfigError


def _keys(keys: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name, key in keys.items():
        if len(key) not in (16, 24, 32):
            raise ConfigError(
                f"key {name!r} has {len(key)} bytes; AES takes 16, 24 or 32, as os.urandom(32) gives"
            )
    return MappingProxyType(dict(keys))


@frozen
class KeyRing:
    """AES keys by name. ``current`` encrypts; the others read what was encrypted before, so keep them as long as that."""

    keys: Mapping[str, bytes] = field(converter=_keys, repr=lambda keys: f"<{len(keys)} hidden>")
    current: str

    def __attrs_post_init__(self) -> None:
        if self.current not in self.keys:
            raise ConfigError(
                f"the current key is {self.current!r}, which is not in the ring; in it are: {', '.join(self.keys) or 'none'}"
            )
