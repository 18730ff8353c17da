"""What Temporal is given to keep: JSON by msgspec, encrypted where there is a key ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import urandom
from types import MappingProxyType

from attrs import field, frozen
from msgspec import DecodeError, MsgspecError, json
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    BinaryNullPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
    EncodingPayloadConverter,
    PayloadCodec,
)

from typedagents.core.errors import ConfigError, TraceError

ENCRYPTED = b"binary/encrypted"
NONCE_BYTES = 12

MOST_BYTES = 1_500_000
"""Temporal takes 2 MB in one piece; what is around it needs some of that."""


class MsgspecPayloadConverter(EncodingPayloadConverter):
    """JSON, read back as the type that is declared where it arrives; ``TraceError`` where it is none."""

    @property
    def encoding(self) -> str:
        return "json/plain"

    def to_payload(self, value: object) -> Payload:
        return Payload(metadata={"encoding": b"json/plain"}, data=json.encode(value))

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> object:
        try:
            return json.decode(payload.data, type=type_hint or object)
        except (MsgspecError, DecodeError, UnicodeDecodeError) as error:
            raise TraceError(
                f"Temporal handed over what is no {getattr(type_hint, '__name__', 'JSON')}: {error}: {payload.data[:60]!r}"
            ) from error


class MsgspecConverter(CompositePayloadConverter):
    """Nothing, and JSON."""

    def __init__(self) -> None:
        super().__init__(BinaryNullPayloadConverter(), MsgspecPayloadConverter())


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


@frozen
class Encryption(PayloadCodec):
    """Encrypts all that Temporal keeps, and names the key beside it."""

    ring: KeyRing

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name = self.ring.current.encode()
        cipher = AESGCM(self.ring.keys[self.ring.current])
        encoded: list[Payload] = []
        for payload in payloads:
            nonce = urandom(NONCE_BYTES)
            hidden = nonce + cipher.encrypt(nonce, payload.SerializeToString(), name)
            encoded.append(Payload(metadata={"encoding": ENCRYPTED, "key": name}, data=hidden))
        return encoded

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        name = payload.metadata.get("key", b"")
        key = self.ring.keys.get(name.decode())
        if key is None:
            known = ", ".join(self.ring.keys)
            raise ConfigError(
                f"encrypted with key {name.decode()!r}, which is not in the ring; in it are: {known}"
            )
        nonce, hidden = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            return Payload.FromString(AESGCM(key).decrypt(nonce, hidden, name))
        except InvalidTag as error:
            raise TraceError(
                f"what Temporal keeps does not open with key {name.decode()!r}; it was damaged, or the key is another of that name"
            ) from error


def data_converter(ring: KeyRing | None = None) -> DataConverter:
    """What every client and worker of one namespace has in common."""
    return DataConverter(MsgspecConverter, payload_codec=None if ring is None else Encryption(ring))
