"""Ollama in its own format, which can do more than its OpenAI-compatible one."""

from __future__ import annotations

from attrs import Factory, field, frozen

from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .formats.format_codec import FormatCodec
from .formats.ollama_chat import OLLAMA, OllamaProfile, ollama_codec
from .keys import Key, resolved, usual_key
from .service import Service, address

OLLAMA_URL = "http://localhost:11434"
OLLAMA_HOST = "ollama.com"
KEY_VARIABLES = ("OLLAMA_API_KEY",)


def _usual_key(provider: Ollama) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (OLLAMA_HOST,))


@frozen(kw_only=True)
class Ollama(Service):
    """A model behind Ollama's own API, as a ``ModelProvider``. What is said of ``OpenAIChat`` holds here too.

    In ``settings.extra`` the names of its options stand: ``("num_ctx", "8192")`` is how many tokens of a conversation it
    looks at, and what is longer is cut without a word. ``base_url="https://ollama.com"`` asks its own cloud, with the
    key in ``OLLAMA_API_KEY``.
    """

    base_url: str = field(default=OLLAMA_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: OllamaProfile = OLLAMA

    @property
    def codec(self) -> FormatCodec[OllamaProfile]:
        return ollama_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)
