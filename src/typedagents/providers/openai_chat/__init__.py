"""The chat-completions format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
classify(status, headers, body)                 -> ProviderError
"""

from .decode import StreamDecoder, classify, decode, is_stream
from .encode import Encoded, encode
from .profile import COMPATIBLE, OPENAI, Profile

__all__ = [
    "COMPATIBLE",
    "OPENAI",
    "Encoded",
    "Profile",
    "StreamDecoder",
    "classify",
    "decode",
    "encode",
    "is_stream",
]
