"""Anthropic's Messages API, and servers that speak its format."""

from __future__ import annotations

from attrs import Factory, evolve, field, frozen

from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .codec import Encoded
from .counting import Counting, below, only
from .formats.anthropic_messages import ANTHROPIC, MessagesProfile, messages_codec
from .formats.format_codec import FormatCodec
from .formats.rope import JSON
from .keys import Key, resolved, usual_key
from .service import address

ANTHROPIC_URL = "https://api.anthropic.com"
ANTHROPIC_HOST = "api.anthropic.com"
KEY_VARIABLES = ("ANTHROPIC_API_KEY",)
COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")
"""What counts as sent; the rest is refused where tokens are counted."""


def _usual_key(provider: AnthropicMessages) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (ANTHROPIC_HOST,))


@frozen(kw_only=True)
class AnthropicMessages(Counting):
    """A model behind Anthropic's Messages API, as a ``ModelProvider``.

    What is said of ``OpenAIChat`` holds here too; ``api_key`` is ``ANTHROPIC_API_KEY`` for Anthropic's own host where it
    is left out. Limits of tokens are needed in this format: ``profile`` says which is sent where a request names none.
    """

    base_url: str = field(default=ANTHROPIC_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: MessagesProfile = ANTHROPIC

    @property
    def codec(self) -> FormatCodec[MessagesProfile]:
        return messages_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        body = JSON.encode(only(written.body, COUNTED))
        return evolve(written, path=below(written.path, "count_tokens"), body=body)

    def key_headers(self, key: Secret) -> Headers:
        return (("x-api-key", key.reveal()),)
