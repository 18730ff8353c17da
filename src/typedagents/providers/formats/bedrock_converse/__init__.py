"""Bedrock's Converse format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
converse_codec(profile)                         these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import BEDROCK, ConverseProfile

__all__ = ["BEDROCK", "converse_codec", "ConverseProfile", "StreamDecoder", "decode", "encode"]


def converse_codec(profile: ConverseProfile) -> FormatCodec[ConverseProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
