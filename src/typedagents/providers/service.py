"""A model behind an HTTP API, whatever its wire format: keys, deadlines, streams that break off."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

from anyio import move_on_after
from attrs import asdict, evolve, field, frozen

from typedagents import __version__
from typedagents.core.errors import ConfigError, ProviderError
from typedagents.core.handler import Call
from typedagents.core.model import CallModel, ModelReply, Settings
from typedagents.interpreter.ports import Deadlines, Headers, HttpRequest, HttpStream, HttpTransport
from typedagents.interpreter.secrets import Secret

from .codec import Codec, Decoding, Encoded
from .formats.outputs import Showing, said_plainly
from .http import shared_transport
from .keys import Credential, Key, current, resolved
from .limits import used_up
from .signing import AwsKeys

Delivery: TypeAlias = Literal["streamed", "whole"]

AFTERTHOUGHT_S = 1.0
"""How long a server may keep a stream open after its end before the connection is given up."""

NO_DEFAULTS = Settings()

SENDS = "takes a key that is sent; AwsKeys sign requests to Bedrock"


def address(url: str) -> str:
    """``url`` without a slash at its end, when it is one that can be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"base_url {_shown(url)!r} is no address: {_shown(str(error))}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigError(
            f"base_url is an address such as 'https://api.openai.com/v1' or 'http://localhost:8080/v1'; found {_shown(url)!r}"
        )
    if parts.username or parts.password:
        raise ConfigError(
            f"base_url for {parts.hostname} holds a user name or password; give api_key=Secret(...) instead"
        )
    if parts.query or parts.fragment:
        raise ConfigError(
            f"base_url {_shown(url)!r} holds a query; give it as profile=Profile(query=...) instead"
        )
    return url.rstrip("/")


def _shown(url: str) -> str:
    """``url`` without what may be a secret: who asks, and what is asked."""
    return re.sub(r"[^/]*@", "...@", re.split(r"[?#]", url, maxsplit=1)[0])


def host_of(url: str) -> str:
    """The host of an address."""
    return urlsplit(url).hostname or ""


@frozen(kw_only=True)
class Service(ABC):
    """What the providers of this package share.

    ``model`` is the name the service knows; where it is empty, the name in the request is sent. ``api_key`` is a
    ``Secret``, ``from_env("NAME")``, a function that gives the key before each request, or ``NoKey()``.
    ``delivery="streamed"`` shows the words to watchers as they come. ``settings`` are the defaults for what a request
    leaves open.
    """

    signs: ClassVar[bool] = False
    """Whether requests may be signed with ``AwsKeys``."""

    model: str = ""
    base_url: str = field(converter=address)
    api_key: Key = field(converter=resolved, repr=False)
    delivery: Delivery = "whole"
    settings: Settings = NO_DEFAULTS
    headers: Headers = field(default=(), repr=False)
    deadlines: Deadlines = Deadlines()
    transport: HttpTransport = field(factory=shared_transport, repr=False)

    @property
    @abstractmethod
    def codec(self) -> Codec:
        """How it is spoken to."""

    @property
    @abstractmethod
    def path(self) -> str:
        """Behind ``base_url``, as errors name it."""

    @abstractmethod
    def key_headers(self, key: Secret) -> Headers:
        """Where the key goes."""

    def signed_headers(self, keys: AwsKeys, request: HttpRequest) -> Headers:
        """What signs a request, where the service knows signatures."""
        del keys, request
        raise ProviderError(f"{type(self).__name__} {SENDS}", kind="auth")

    def __attrs_post_init__(self) -> None:
        if isinstance(self.api_key, AwsKeys) and not self.signs:
            raise ConfigError(f"{type(self).__name__} {SENDS}")

    def labels(self, call: Call) -> Headers:
        """Headers that tell one call from another."""
        del call
        return ()

    @property
    def host(self) -> str:
        """Who is asked."""
        return host_of(self.base_url)

    def whom(self, request: CallModel) -> tuple[str, str]:
        """The name of the model that is asked, and what errors call the asking."""
        model = self.model or request.model
        asked = f"model {model!r} at {self.base_url}{self.path}"
        if model:
            return model, asked
        raise ProviderError(
            f"{asked}: no model named; give {type(self).__name__}(model=...)", kind="invalid_request"
        )

    def written(self, request: CallModel, model: str, *, stream: bool) -> Encoded:
        """``request`` in this format, with our defaults for what it leaves open."""
        if self.settings is not NO_DEFAULTS:
            request = evolve(request, settings=completed(request.settings, self.settings))
        return self.codec.encode(request, model=model, stream=stream)

    def outgoing(self, written: Encoded, key: Credential | None, labels: Headers = ()) -> HttpRequest:
        """``written`` with an address, and the proof of who asks."""
        headers = (*written.headers, ("user-agent", f"typedagents/{__version__}"), *labels)
        plain = HttpRequest("POST", self.base_url + written.path, headers, written.body)
        return evolve(plain, secret_headers=(*self.headers, *self._proof(key, plain)))

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        """The model's answer; what goes wrong is a ``ProviderError`` (kinds: ``typedagents.providers.faults``)."""
        model, asked = self.whom(request)
        key = await current(self.api_key, asked)
        answer = await self._asked(request, call, key, model, asked)
        if isinstance(answer, ModelReply):
            if request.output is not None:
                answer = said_plainly(answer, request.output)
            return answer if answer.model else evolve(answer, model=model)
        raise scrubbed(answer, key)

    async def _asked(
        self, request: CallModel, call: Call, key: Credential | None, model: str, asked: str
    ) -> ModelReply | ProviderError:
        streamed = self.delivery == "streamed"
        written = self.written(request, model, stream=streamed)
        outgoing = self.outgoing(written, key, self.labels(call))
        deadlines = self.deadlines
        if call.deadline_s is not None:
            total = call.deadline_s if deadlines.total_s is None else min(call.deadline_s, deadlines.total_s)
            deadlines = evolve(deadlines, total_s=total)
        try:
            if streamed:
                async with self.transport.open(outgoing, deadlines) as stream:
                    show = Showing(call.emit, request.output.name if request.output else "")
                    return await self._streamed(stream, call, key, asked, show)
            reply = await self.transport.send(outgoing, deadlines)
        except ProviderError as error:
            return error
        _tell_of_limits(reply.status, reply.headers, call)
        body = key.scrub_bytes(reply.body) if key else reply.body
        return self.codec.decode(reply.status, reply.headers, body, asked=asked)

    def _proof(self, key: Credential | None, request: HttpRequest) -> Headers:
        """What proves who asks."""
        if isinstance(key, AwsKeys):
            return self.signed_headers(key, request)
        return self.key_headers(key) if key else ()

    async def _streamed(
        self, stream: HttpStream, call: Call, key: Credential | None, asked: str, show: Showing
    ) -> ModelReply | ProviderError:
        status, headers = stream.status, stream.headers
        _tell_of_limits(status, headers, call)
        if not 200 <= status < 300 or not self.codec.is_stream(headers):
            body = await stream.read()
            return self.codec.decode(status, headers, key.scrub_bytes(body) if key else body, asked=asked)
        decoder = self.codec.streaming(asked, status, headers, key.scrub_bytes if key else bytes)
        broken = await self._followed(stream, decoder, show)
        answer = decoder.finish()
        if broken is None or isinstance(answer, ModelReply) or decoder.done:
            return answer
        cut = broken.kind == "connection"
        said, kind = (answer.text, answer.kind) if cut else (broken.text, broken.kind)
        return ProviderError(said, kind=kind, facts={**answer.facts, "cause": broken.text})

    async def _followed(self, stream: HttpStream, decoder: Decoding, show: Showing) -> ProviderError | None:
        """Feed the stream to the decoder and show what it says; what broke it off, if something did."""
        chunks = stream.chunks()
        while not decoder.done:
            # What a watcher raises is none of the stream's troubles: it is shown outside of the ``try``.
            try:
                chunk = await anext(chunks, None)
            except ProviderError as error:
                return error
            if chunk is None:
                break
            show(decoder.feed(chunk))
        if decoder.ended_well:
            # Read to the end, so that the connection can be used again.
            try:
                with move_on_after(AFTERTHOUGHT_S):
                    async for _ in chunks:
                        pass
            except ProviderError as error:
                return error
        show(decoder.end())
        return None


def _tell_of_limits(status: int, headers: Headers, call: Call) -> None:
    """Tell when nothing remains of what the service allows. An error tells so itself, and how long to wait."""
    notice = used_up(headers) if 200 <= status < 300 else None
    if notice is not None:
        call.emit(notice)


def completed(settings: Settings, defaults: Settings) -> Settings:
    """``settings``, with ``defaults`` for what it leaves open; of two extras of one name, its own counts."""
    if settings == NO_DEFAULTS:
        return defaults
    said = {name: value for name, value in asdict(settings, recurse=False).items() if value not in (None, ())}
    extra = {**dict(defaults.extra), **dict(settings.extra)}
    return evolve(defaults, **{**said, "extra": tuple(extra.items())})


def scrubbed(error: ProviderError, key: Credential | None) -> ProviderError:
    """``error`` without the key, which services quote in their complaints, and without the frames that knew it."""
    if key is None:
        return ProviderError(error.text, kind=error.kind, facts=error.facts)
    facts = {name: key.scrub(value) for name, value in error.facts.items()}
    return ProviderError(key.scrub(error.text), kind=error.kind, facts=facts)
