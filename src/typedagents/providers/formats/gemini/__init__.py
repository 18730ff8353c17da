"""Google's generateContent format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
gemini_codec(profile)                           these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import GEMINI, GeminiProfile

__all__ = ["GEMINI", "gemini_codec", "GeminiProfile", "StreamDecoder", "decode", "encode"]


def gemini_codec(profile: GeminiProfile) -> FormatCodec[GeminiProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
