"""Ollama's own chat format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
ollama_codec(profile)                           these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import OLLAMA, OllamaProfile

__all__ = ["OLLAMA", "ollama_codec", "OllamaProfile", "StreamDecoder", "decode", "encode"]


def ollama_codec(profile: OllamaProfile) -> FormatCodec[OllamaProfile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
