"""Bedrock's Converse format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
ConverseCodec(profile)                          these together, as a ``Codec``
"""

from .converse_codec import ConverseCodec
from .decode import StreamDecoder, decode
from .encode import encode
from .profile import BEDROCK, ConverseProfile

__all__ = ["BEDROCK", "ConverseCodec", "ConverseProfile", "StreamDecoder", "decode", "encode"]
