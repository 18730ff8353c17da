"""What Temporal is given to keep: JSON by msgspec, packed where it is long, encrypted where there is a key ring."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from os import urandom

from attrs import frozen
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
from typedagents.durable.keys import KeyRing

ENCRYPTED = b"binary/encrypted"
NONCE_BYTES = 12

LONG_BYTES = 1000

MOST_BYTES = 1_500_000
"""Temporal takes 2 MB in one piece; what is around it needs some of that."""


class MsgspecPayloadConverter(EncodingPayloadConverter):
    """JSON, read back as the type that is declared where it arrives; ``TraceError`` where it is none."""

    @property
    def encoding(self) -> str:
        return "json/plain"

    def to_payload(self, value: object) -> Payload | None:
        return Payload(metadata={"encoding": b"json/plain"}, data=json.encode(value))

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> object:
        try:
            return json.decode(self.data(payload), type=type_hint or object)
        except (MsgspecError, DecodeError, UnicodeDecodeError, zlib.error) as error:
            raise TraceError(
                f"Temporal handed over what is no {getattr(type_hint, '__name__', 'JSON')}: {error}: {payload.data[:60]!r}"
            ) from error

    def data(self, payload: Payload) -> bytes:
        """The JSON."""
        return payload.data


class PackedPayloadConverter(MsgspecPayloadConverter):
    """The same, packed where it is long: the lines of a turn say most of it twice, and its effect's result once more."""

    @property
    def encoding(self) -> str:
        return "json/zlib"

    def to_payload(self, value: object) -> Payload | None:
        data = json.encode(value)
        if len(data) < LONG_BYTES:
            return None
        return Payload(metadata={"encoding": b"json/zlib"}, data=zlib.compress(data, 1))

    def data(self, payload: Payload) -> bytes:
        return zlib.decompress(payload.data)


class MsgspecConverter(CompositePayloadConverter):
    """Nothing, and JSON."""

    def __init__(self) -> None:
        super().__init__(BinaryNullPayloadConverter(), PackedPayloadConverter(), MsgspecPayloadConverter())


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
