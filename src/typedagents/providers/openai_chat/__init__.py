"""The chat-completions format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
ChatCodec(profile)                              these together, as a ``Codec``
"""

from .chat_codec import ChatCodec
from .decode import StreamDecoder, decode
from .encode import encode
from .profile import COMPATIBLE, OPENAI, Profile

__all__ = [
    "COMPATIBLE",
    "OPENAI",
    "ChatCodec",
    "Profile",
    "StreamDecoder",
    "decode",
    "encode",
]
