"""The chat-completions format as a codec: pure functions between bytes and values, for any transport.

encode(request, profile, model=..., stream=...) -> Encoded
decode(status, headers, body)                   -> ModelReply | ProviderError
StreamDecoder: feed(bytes) -> deltas, finish()  -> ModelReply | ProviderError
chat_codec(profile)                             these together, as a ``Codec``
"""

from typedagents.providers.formats.format_codec import FormatCodec

from .decode import StreamDecoder, decode
from .encode import encode
from .profile import AZURE, COMPATIBLE, OPENAI, PROFILES, Profile, azure_deployment

__all__ = [
    "AZURE",
    "COMPATIBLE",
    "OPENAI",
    "PROFILES",
    "chat_codec",
    "Profile",
    "StreamDecoder",
    "azure_deployment",
    "decode",
    "encode",
]


def chat_codec(profile: Profile) -> FormatCodec[Profile]:
    """The format as one kind of server speaks it."""
    return FormatCodec(profile, encode, decode, StreamDecoder)
