from abc import ABC, abstractmethod
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload

class EncodingPayloadConverter(ABC):
    @property
    @abstractmethod
    def encoding(self) -> str: ...
    @abstractmethod
    def to_payload(self, value: object) -> Payload | None: ...
    @abstractmethod
    def from_payload(self, payload: Payload, type_hint: type | None = None) -> object: ...

class BinaryNullPayloadConverter(EncodingPayloadConverter):
    @property
    def encoding(self) -> str: ...
    def to_payload(self, value: object) -> Payload | None: ...
    def from_payload(self, payload: Payload, type_hint: type | None = None) -> object: ...

class CompositePayloadConverter:
    def __init__(self, *converters: EncodingPayloadConverter) -> None: ...

class PayloadCodec(ABC):
    @abstractmethod
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]: ...
    @abstractmethod
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]: ...

class DataConverter:
    def __init__(
        self,
        payload_converter_class: type[CompositePayloadConverter] = ...,
        *,
        payload_codec: PayloadCodec | None = ...,
    ) -> None: ...
