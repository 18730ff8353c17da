"""OpenAI's Responses format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
ResponsesCodec(profile)                         these together, as a ``Codec``
"""

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import RESPONSES, ResponsesProfile
from .responses_codec import ResponsesCodec

__all__ = ["RESPONSES", "ResponsesCodec", "ResponsesProfile", "StreamDecoder", "decode", "encode"]
