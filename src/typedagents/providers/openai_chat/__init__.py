"""The chat-completions format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
ChatCodec(profile)                              these together, as a ``Codec``
"""

from .chat_codec import ChatCodec
from .decode import StreamDecoder, decode
from .encode import encode
from .profile import AZURE, COMPATIBLE, OPENAI, PROFILES, Profile, azure_deployment

__all__ = [
    "AZURE",
    "COMPATIBLE",
    "OPENAI",
    "PROFILES",
    "ChatCodec",
    "Profile",
    "StreamDecoder",
    "azure_deployment",
    "decode",
    "encode",
]
