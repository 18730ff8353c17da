"""OpenAI's APIs, and every server that speaks one of their formats (local ones included)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from attrs import Factory, evolve, field, frozen

from typedagents.core.handler import Call
from typedagents.interpreter.ports import Headers
from typedagents.interpreter.secrets import Secret

from .codec import Encoded
from .counting import Counting, below, only
from .formats.format_codec import FormatCodec
from .formats.openai_chat import COMPATIBLE, PROFILES, Profile, chat_codec
from .formats.openai_responses import RESPONSES, ResponsesProfile, responses_codec
from .formats.rope import JSON
from .keys import Key, is_local, resolved, usual_key
from .service import Service, address

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"
KEY_VARIABLES = ("OPENAI_API_KEY",)
COUNTED = (
    *("model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning"),
    *("conversation", "previous_response_id", "truncation"),
)
"""What is taken where the tokens of Responses are counted."""

BY_HOST: Mapping[str, Profile] = {
    host: profile
    for host, profile in (
        (urlsplit(profile.base_url).hostname or "", profile) for profile in PROFILES.values()
    )
    if "{" not in profile.base_url and not is_local(host)
}
"""The known servers that have an address of their own, the same for all."""


def _usual_key(provider: OpenAIResponses) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (OPENAI_HOST,))


def _usual_profile(provider: OpenAIChat) -> Profile:
    known = BY_HOST.get(provider.host)
    return known or evolve(COMPATIBLE, provider=urlsplit(provider.base_url).netloc)


def _key_of_profile(provider: OpenAIChat) -> Key:
    known = BY_HOST.get(provider.host)
    return usual_key(provider.host, known.keys if known else (), (provider.host,) if known else ())


@frozen(kw_only=True)
class OpenAIChat(Service):
    """A model behind a chat-completions API, as a ``ModelProvider``.

    ``model`` is the name the server knows; where it is empty, the name in the request is sent. ``api_key`` is a
    ``Secret``, ``from_env("NAME")``, a function that gives the key before each request, or ``NoKey()``; left out, it
    is ``OPENAI_API_KEY`` for OpenAI's own host, that of another known service for its host, and nothing for this
    machine. ``delivery="streamed"`` shows the words to watchers as they come. ``settings`` are the defaults for what a
    request leaves open. A new ``profile`` is needed only where a server wants to be spoken to in an unusual way;
    ``compatible`` makes all of this from a server's name.
    """

    base_url: str = field(default=OPENAI_URL, converter=address)
    api_key: Key = field(default=Factory(_key_of_profile, takes_self=True), converter=resolved, repr=False)
    profile: Profile = Factory(_usual_profile, takes_self=True)

    @property
    def codec(self) -> FormatCodec[Profile]:
        return chat_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)

    def labels(self, call: Call) -> Headers:
        return labelled(self.profile.idempotency_header, call)


def _usual_responses(provider: OpenAIResponses) -> ResponsesProfile:
    if provider.host == OPENAI_HOST:
        return RESPONSES
    return ResponsesProfile(provider=urlsplit(provider.base_url).netloc)


@frozen(kw_only=True)
class OpenAIResponses(Counting):
    """A model behind a Responses API, as a ``ModelProvider``. What is said of ``OpenAIChat`` holds here too.

    The conversation is sent whole each time, and the server is told to store nothing: so it can be replayed, forked and
    taken to another service. ``ResponsesProfile(stateless=False)`` leaves that to the server.
    """

    base_url: str = field(default=OPENAI_URL, converter=address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    profile: ResponsesProfile = Factory(_usual_responses, takes_self=True)

    @property
    def codec(self) -> FormatCodec[ResponsesProfile]:
        return responses_codec(self.profile)

    @property
    def path(self) -> str:
        return self.profile.path

    def count_request(self, written: Encoded, model: str, /) -> Encoded:
        body = JSON.encode(only(written.body, COUNTED))
        return evolve(written, path=below(written.path, "input_tokens"), body=body)

    def key_headers(self, key: Secret) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),)

    def labels(self, call: Call) -> Headers:
        return labelled(self.profile.idempotency_header, call)


def labelled(name: str, call: Call) -> Headers:
    """The header by which a server knows a call that is made again; none where it has no name for it."""
    return ((name, sha256(call.id.encode()).hexdigest()),) if name else ()
