"""Cohere's chat API."""

from __future__ import annotations

from attrs import Factory, field, frozen

from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .formats.cohere_chat import COHERE, CohereProfile, cohere_codec
from .formats.format_codec import FormatCodec
from .keys import Key, resolved, usual_key
from .service import Service, address

COHERE_URL = "https://api.cohere.com"
COHERE_HOSTS = ("api.cohere.com", "api.cohere.ai")
KEY_VARIABLES = ("CO_API_KEY", "COHERE_API_KEY")


def _usual_key(provider: Cohere) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, COHERE_HOSTS)


@frozen(kw_only=True)
class Cohere(Service):
    """A model behind Cohere's chat API (version 2), as a ``ModelProvider``.

    What is said of ``OpenAIChat`` holds here too; ``api_key`` is ``CO_API_KEY`` or ``COHERE_API_KEY`` for Cohere's own
    host where it is left out.
    """

    base_url: str = field(default=COHERE_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: CohereProfile = COHERE

    @property
    def codec(self) -> FormatCodec[CohereProfile]:
        return cohere_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)
