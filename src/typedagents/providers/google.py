"""Google's Gemini API, and servers that speak its format (Vertex AI among them)."""

from __future__ import annotations

from typing import ClassVar

from attrs import Factory, evolve, field, frozen

from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .codec import Encoded
from .counting import Counting, only
from .formats.format_codec import FormatCodec
from .formats.gemini import GEMINI, GeminiProfile, gemini_codec
from .formats.rope import JSON
from .keys import Key, resolved, usual_key
from .service import address

GEMINI_URL = "https://generativelanguage.googleapis.com"
GEMINI_HOST = "generativelanguage.googleapis.com"
KEY_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
COUNTED = ("contents", "systemInstruction", "tools", "generationConfig")
"""What Vertex AI takes where tokens are counted."""


def _usual_key(provider: Gemini) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (GEMINI_HOST,))


@frozen(kw_only=True)
class Gemini(Counting):
    """A model behind Google's Gemini API, as a ``ModelProvider``.

    What is said of ``OpenAIChat`` holds here too; ``api_key`` is ``GEMINI_API_KEY`` or ``GOOGLE_API_KEY`` for Google's own
    host where it is left out. For Vertex AI give its ``base_url``, a ``GeminiProfile`` with the path of its models,
    ``key_header="authorization"``, ``key_prefix="Bearer "`` and ``counts_requests=False``, and as ``api_key`` a function that gives the token.
    """

    base_url: str = field(default=GEMINI_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: GeminiProfile = GEMINI
    counted: ClassVar[str] = "totalTokens"

    @property
    def codec(self) -> FormatCodec[GeminiProfile]:
        return gemini_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.models

    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        path = written.path.removesuffix("generateContent") + "countTokens"
        if not self.profile.counts_requests:
            return evolve(written, path=path, body=JSON.encode(only(written.body, COUNTED)))
        name = f"models/{model.removeprefix('models/')}"
        body = b'{"generateContentRequest":{"model":' + JSON.encode(name) + b"," + written.body[1:] + b"}"
        return evolve(written, path=path, body=body)

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)
