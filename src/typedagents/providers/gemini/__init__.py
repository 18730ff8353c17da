"""Google's generateContent format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
GeminiCodec(profile)                            these together, as a ``Codec``
"""

from .decode import StreamDecoder, decode
from .encode import encode
from .gemini_codec import GeminiCodec
from .profile import GEMINI, GeminiProfile

__all__ = ["GEMINI", "GeminiCodec", "GeminiProfile", "StreamDecoder", "decode", "encode"]
