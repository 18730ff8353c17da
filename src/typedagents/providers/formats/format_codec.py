"""A wire format put together: its functions and its decoder of streams, with a profile of who is spoken to."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from attrs import frozen

from typedagents.core.errors import ProviderError
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import Clean, Encoded

from .streaming import EventStreamDecoding, is_event_stream


class Named(Protocol):
    """How a kind of server differs from others, whatever the format."""

    @property
    def provider(self) -> str: ...


ProfileT = TypeVar("ProfileT", bound=Named)
P_contra = TypeVar("P_contra", bound=Named, contravariant=True)


class Encode(Protocol[P_contra]):
    """See ``Codec.encode``."""

    def __call__(self, request: CallModel, profile: P_contra, *, model: str, stream: bool) -> Encoded: ...


class Decode(Protocol):
    """See ``Codec.decode``."""

    def __call__(
        self, status: int, headers: Headers, body: bytes, *, provider: str, asked: str
    ) -> ModelReply | ProviderError: ...


@frozen
class FormatCodec(Generic[ProfileT]):
    """A format as a ``Codec``, for one kind of server."""

    profile: ProfileT
    encoder: Encode[ProfileT]
    decoder: Decode
    stream: type[EventStreamDecoding]

    def encode(self, request: CallModel, /, *, model: str, stream: bool) -> Encoded:
        return self.encoder(request, self.profile, model=model, stream=stream)

    def decode(
        self, status: int, headers: Headers, body: bytes, /, *, asked: str
    ) -> ModelReply | ProviderError:
        return self.decoder(status, headers, body, provider=self.profile.provider, asked=asked)

    def streaming(self, asked: str, status: int, headers: Headers, clean: Clean, /) -> EventStreamDecoding:
        return self.stream(self.profile.provider, asked, status, headers, clean)

    def is_stream(self, headers: Headers, /) -> bool:
        return is_event_stream(headers, self.stream.content_type)
