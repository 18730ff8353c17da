"""OpenAI's chat-completions API, and every server that speaks its format (local ones included)."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from anyio import move_on_after
from attrs import Factory, asdict, evolve, field, frozen

from typedagents import __version__
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, Settings
from typedagents.interpreter.ports import Deadlines, Headers, HttpRequest, HttpStream, HttpTransport
from typedagents.interpreter.secrets import Secret

from .http import shared_transport
from .keys import Key, current, resolved, usual_key
from .openai_chat import COMPATIBLE, OPENAI, Profile, StreamDecoder, classify, decode, encode, is_stream

Delivery: TypeAlias = Literal["streamed", "whole"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"
KEY_VARIABLES = ("OPENAI_API_KEY",)
AFTERTHOUGHT_S = 1.0
"""How long a server may keep a stream open after its end before the connection is given up."""

NO_DEFAULTS = Settings()


def _address(url: str) -> str:
    """``url`` without a slash at its end, when it is one that can be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"base_url {url!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigError(
            f"base_url is an address such as {OPENAI_URL!r} or 'http://localhost:8080/v1'; found {url!r}"
        )
    if parts.username or parts.password:
        raise ConfigError(
            f"base_url for {parts.hostname} holds a user name or password; give api_key=Secret(...) instead"
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"base_url {url!r} holds a query; give it as profile=Profile(query=...) instead")
    return url.rstrip("/")


def _usual_key(provider: OpenAIChat) -> Key:
    return usual_key(provider.host, KEY_VARIABLES, (OPENAI_HOST,))


def _usual_profile(provider: OpenAIChat) -> Profile:
    return (
        OPENAI
        if provider.host == OPENAI_HOST
        else evolve(COMPATIBLE, provider=urlsplit(provider.base_url).netloc)
    )


@frozen(kw_only=True)
class OpenAIChat:
    """A model behind a chat-completions API, as a ``ModelProvider``.

    ``model`` is the name the server knows; where it is empty, the name in the request is sent. ``api_key`` is a
    ``Secret``, ``from_env("NAME")``, a function that gives the key before each request, or ``NoKey()``; left out, it
    is ``OPENAI_API_KEY`` for OpenAI's own host and nothing for this machine. ``delivery="streamed"`` shows the words
    to watchers as they come. ``settings`` are the defaults for what a request leaves open. A new ``profile`` is
    needed only where a server wants to be spoken to in an unusual way.
    """

    model: str = ""
    base_url: str = field(default=OPENAI_URL, converter=_address)
    api_key: Key = field(default=Factory(_usual_key, takes_self=True), converter=resolved, repr=False)
    delivery: Delivery = "whole"
    settings: Settings = NO_DEFAULTS
    profile: Profile = Factory(_usual_profile, takes_self=True)
    headers: Headers = field(default=(), repr=False)
    deadlines: Deadlines = Deadlines()
    transport: HttpTransport = field(factory=shared_transport, repr=False)

    @property
    def host(self) -> str:
        """Who is asked."""
        return urlsplit(self.base_url).hostname or ""

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The model's answer; what goes wrong is a ``ProviderError`` (kinds: ``typedagents.providers.faults``)."""
        model = self.model or request.model
        asked = f"model {model!r} at {self.base_url}{self.profile.path}"
        if not model:
            raise ProviderError(
                f"{asked}: no model named; give OpenAIChat(model=...)", kind="invalid_request"
            )
        key = await current(self.api_key, asked)
        answer = await self._asked(request, call, key, model, asked)
        if isinstance(answer, ModelReply):
            return answer if answer.model else evolve(answer, model=model)
        raise scrubbed(answer, key)

    async def _asked(
        self, request: CallModel, call: Call, key: Secret | None, model: str, asked: str
    ) -> ModelReply | ProviderError:
        streamed = self.delivery == "streamed"
        if self.settings is not NO_DEFAULTS:
            request = evolve(request, settings=completed(request.settings, self.settings))
        written = encode(request, self.profile, model=model, stream=streamed)
        outgoing = HttpRequest(
            "POST",
            self.base_url + written.path,
            (*written.headers, ("user-agent", f"typedagents/{__version__}"), *self._idempotency(call)),
            written.body,
            (*self.headers, *self._key_header(key)),
        )
        deadlines = self.deadlines
        if call.deadline_s is not None:
            total = call.deadline_s if deadlines.total_s is None else min(call.deadline_s, deadlines.total_s)
            deadlines = evolve(deadlines, total_s=total)
        try:
            if streamed:
                async with self.transport.open(outgoing, deadlines) as stream:
                    return await self._streamed(stream, call, key, asked)
            reply = await self.transport.send(outgoing, deadlines)
        except ProviderError as error:
            return error
        body = key.scrub_bytes(reply.body) if key else reply.body
        return decode(reply.status, reply.headers, body, provider=self.profile.provider, asked=asked)

    def _idempotency(self, call: Call) -> Headers:
        name = self.profile.idempotency_header
        return ((name, sha256(call.id.encode()).hexdigest()),) if name else ()

    def _key_header(self, key: Secret | None) -> Headers:
        return ((self.profile.key_header, self.profile.key_prefix + key.reveal()),) if key else ()

    async def _streamed(
        self, stream: HttpStream, call: Call, key: Secret | None, asked: str
    ) -> ModelReply | ProviderError:
        status, headers, provider = stream.status, stream.headers, self.profile.provider
        if not 200 <= status < 300 or not is_stream(headers):
            body = await stream.read()
            body = key.scrub_bytes(body) if key else body
            if 200 <= status < 300:
                return decode(status, headers, body, provider=provider, asked=asked)
            return classify(status, headers, body, asked=asked)
        decoder = StreamDecoder(provider, asked, status, headers, key.scrub_bytes if key else bytes)
        broken = await self._followed(stream, decoder, call)
        answer = decoder.finish()
        if broken is None or isinstance(answer, ModelReply) or decoder.done:
            return answer
        cut = broken.kind == "connection"
        said, kind = (answer.text, answer.kind) if cut else (broken.text, broken.kind)
        return ProviderError(said, kind=kind, facts={**answer.facts, "cause": broken.text})

    async def _followed(self, stream: HttpStream, decoder: StreamDecoder, call: Call) -> ProviderError | None:
        """Feed the stream to the decoder and show what it says; what broke it off, if something did."""
        chunks = stream.chunks()
        try:
            async for chunk in chunks:
                for delta in decoder.feed(chunk):
                    call.emit(delta)
                if decoder.done:
                    break
            if decoder.ended_well:
                # Read to the end, so that the connection can be used again.
                with move_on_after(AFTERTHOUGHT_S):
                    async for _ in chunks:
                        pass
        except ProviderError as error:
            return error
        for delta in decoder.end():
            call.emit(delta)
        return None


def completed(settings: Settings, defaults: Settings) -> Settings:
    """``settings``, with ``defaults`` for what it leaves open; of two extras of one name, its own counts."""
    said = {name: value for name, value in asdict(settings, recurse=False).items() if value not in (None, ())}
    extra = {**dict(defaults.extra), **dict(settings.extra)}
    return evolve(defaults, **{**said, "extra": tuple(extra.items())})


def scrubbed(error: ProviderError, key: Secret | None) -> ProviderError:
    """``error`` without the key, which services quote in their complaints, and without the frames that knew it."""
    if key is None:
        return ProviderError(error.text, kind=error.kind, facts=error.facts)
    facts = {name: key.scrub(value) for name, value in error.facts.items()}
    return ProviderError(key.scrub(error.text), kind=error.kind, facts=facts)
