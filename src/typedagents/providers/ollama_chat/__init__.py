"""Ollama's own chat format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
OllamaCodec(profile)                            these together, as a ``Codec``
"""

from .decode import StreamDecoder, decode
from .encode import encode
from .ollama_codec import OllamaCodec
from .profile import OLLAMA, OllamaProfile

__all__ = ["OLLAMA", "OllamaCodec", "OllamaProfile", "StreamDecoder", "decode", "encode"]
