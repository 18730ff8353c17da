"""Anthropic's Messages format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
messages_codec(profile)                         these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import ANTHROPIC, MessagesProfile

__all__ = ["ANTHROPIC", "messages_codec", "MessagesProfile", "StreamDecoder", "decode", "encode"]


def messages_codec(profile: MessagesProfile) -> FormatCodec[MessagesProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
