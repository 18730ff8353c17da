"""OpenAI's Responses format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
responses_codec(profile)                        these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import RESPONSES, ResponsesProfile

__all__ = ["RESPONSES", "responses_codec", "ResponsesProfile", "StreamDecoder", "decode", "encode"]


def responses_codec(profile: ResponsesProfile) -> FormatCodec[ResponsesProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
