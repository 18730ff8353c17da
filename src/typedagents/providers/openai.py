"""OpenAI's chat-completions API, and every server that speaks its format (local ones included)."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlsplit

from attrs import Factory, evolve, field, frozen

from typedagents.core.handler import Call
from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .keys import Key, resolved, usual_key
from .openai_chat import COMPATIBLE, OPENAI, ChatCodec, Profile
from .service import Service, address

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"
KEY_VARIABLES = ("OPENAI_API_KEY",)


def _usual_key(provider: OpenAIChat) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (OPENAI_HOST,))


def _usual_profile(provider: OpenAIChat) -> Profile:
    return (
        OPENAI
        if provider.host == OPENAI_HOST
        else evolve(COMPATIBLE, provider=urlsplit(provider.base_url).netloc)
    )


@frozen(kw_only=True)
class OpenAIChat(Service):
    """A model behind a chat-completions API, as a ``ModelProvider``.

    ``model`` is the name the server knows; where it is empty, the name in the request is sent. ``api_key`` is a
    ``Secret``, ``from_env("NAME")``, a function that gives the key before each request, or ``NoKey()``; left out, it
    is ``OPENAI_API_KEY`` for OpenAI's own host and nothing for this machine. ``delivery="streamed"`` shows the words
    to watchers as they come. ``settings`` are the defaults for what a request leaves open. A new ``profile`` is
    needed only where a server wants to be spoken to in an unusual way.
    """

    base_url: str = field(default=OPENAI_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: Profile = Factory(_usual_profile, takes_self=True)

    @property
    def codec(self) -> ChatCodec:
        return ChatCodec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)

    def labels(self, call: Call) -> Headers:
        name = self.profile.idempotency_header
        return ((name, sha256(call.id.encode()).hexdigest()),) if name else ()
