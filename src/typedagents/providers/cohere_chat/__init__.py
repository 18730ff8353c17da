"""Cohere's chat format (version 2) as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
CohereCodec(profile)                            these together, as a ``Codec``
"""

from .cohere_codec import CohereCodec
from .decode import StreamDecoder, decode
from .encode import encode
from .profile import COHERE, CohereProfile

__all__ = ["COHERE", "CohereCodec", "CohereProfile", "StreamDecoder", "decode", "encode"]
