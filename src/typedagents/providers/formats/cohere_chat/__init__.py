"""Cohere's chat format (version 2) as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
cohere_codec(profile)                           these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import COHERE, CohereProfile

__all__ = ["COHERE", "cohere_codec", "CohereProfile", "StreamDecoder", "decode", "encode"]


def cohere_codec(profile: CohereProfile) -> FormatCodec[CohereProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
