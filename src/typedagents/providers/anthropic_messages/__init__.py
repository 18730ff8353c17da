"""Anthropic's Messages format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
MessagesCodec(profile)                          these together, as a ``Codec``
"""

from .decode import StreamDecoder, decode
from .encode import encode
from .messages_codec import MessagesCodec
from .profile import ANTHROPIC, MessagesProfile

__all__ = ["ANTHROPIC", "MessagesCodec", "MessagesProfile", "StreamDecoder", "decode", "encode"]
