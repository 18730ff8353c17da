"""Cohere's chat format as a ``Codec``."""

from __future__ import annotations

from attrs import frozen

from typedagents.core.errors import ProviderError
from typedagents.core.model import CallModel, ModelReply
from typedagents.interpreter.ports import Headers
from typedagents.providers.codec import Clean, Encoded
from typedagents.providers.streaming import is_event_stream

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import CohereProfile


@frozen
class CohereCodec:
    """See ``Codec``."""

    profile: CohereProfile

    def encode(self, request: CallModel, /, *, model: str, stream: bool) -> Encoded:
        return encode(request, self.profile, model=model, stream=stream)

    def decode(
        self, status: int, headers: Headers, body: bytes, /, *, asked: str
    ) -> ModelReply | ProviderError:
        return decode(status, headers, body, provider=self.profile.provider, asked=asked)

    def streaming(self, asked: str, status: int, headers: Headers, clean: Clean, /) -> StreamDecoder:
        return StreamDecoder(self.profile.provider, asked, status, headers, clean)

    def is_stream(self, headers: Headers, /) -> bool:
        return is_event_stream(headers)
