"""HTTP over httpx, or over its continuation httpx2 where that is installed. Nothing is imported before it is used.

A client's pool looks at all of its connections on each request, so requests are spread over several clients
(*shards*) of few users each. Clients belong to an event loop and are made in it when first needed. Making a TLS
context costs more than a hundred requests: there is one in a process, made when the first ``https`` address is asked.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache, lru_cache
from importlib import import_module
from math import inf
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from anyio import CancelScope, move_on_after
from attrs import define, field, frozen

from typedagents.core.errors import ProviderError
from typedagents.interpreter.lifetime import Shelf
from typedagents.interpreter.ports import Deadlines, Headers, HttpReply, HttpRequest, HttpStream

from .faults import ADVICE, ProviderKind

if TYPE_CHECKING:
    import ssl

    from httpx import URL, AsyncClient, Response

THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
USERS = 4
"""Requests under way in one client before another is made: each request makes the pool look at every idle connection,
with a system call, so a pool of 24 takes a fifth more function calls than one of 4; with fewer, nothing is gained."""

ACCEPTED = ("accept-encoding", "gzip, deflate")


@cache
def library() -> ModuleType:
    """httpx2 where it is installed, else httpx: their interfaces are the same."""
    try:
        return import_module("httpx2")
    except ModuleNotFoundError:
        return import_module("httpx")


@cache
def tls_context() -> ssl.SSLContext:
    """The one TLS context of this process, with the certificates the library trusts."""
    context: ssl.SSLContext = library().create_ssl_context()
    return context


@cache
def no_tls() -> ssl.SSLContext:
    """A context that trusts nobody, for clients of plain ``http`` addresses: without it a client makes a real one."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@frozen
class Target:
    """An address: parsed, as far as it can be, and as errors show it."""

    url: URL | None
    encrypted: bool
    shown: str


@lru_cache(maxsize=256)
def target_of(url: str, httpx: ModuleType) -> Target:
    """Where a request goes. Parsing an address costs a tenth of a request, and there are few different ones."""
    parts = urlsplit(url)
    try:
        parsed: URL | None = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = None  # building the request says so again, where its error is told
    return Target(parsed, parts.scheme == "https", f"{parts.scheme}://{parts.netloc}{parts.path}")


@define(eq=False)
class Shard:
    """A client, and how many requests are under way in it."""

    client: AsyncClient
    users: int = 0


@define(eq=False)
class Clients:
    """The clients of one event loop for one scheme."""

    context: ssl.SSLContext
    stack: AsyncExitStack
    free: list[Shard] = field(factory=list)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        """A client with few users; O(1)."""
        if not self.free:
            self.free.append(
                Shard(self._new())
            )  # nothing is awaited here: others would make one each meanwhile
        shard = self.free[-1]
        shard.users += 1
        if shard.users == USERS:
            self.free.pop()
        try:
            yield shard.client
        finally:
            if shard.users == USERS:
                self.free.append(shard)
            shard.users -= 1

    def _new(self) -> AsyncClient:
        httpx = library()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=USERS)
        # A proxy of the environment is for the world outside: this machine is not asked through it.
        client: AsyncClient = httpx.AsyncClient(
            verify=self.context, limits=limits, mounts={f"all://{host}": None for host in THIS_MACHINE}
        )
        self.stack.push_async_callback(client.aclose)
        return client


@asynccontextmanager
async def _plain() -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(no_tls(), stack)


@asynccontextmanager
async def _encrypted() -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(tls_context(), stack)


@define(eq=False)
class Incoming:
    """An answer that is still coming in."""

    _response: Response
    _asked: str
    _chunks: AsyncGenerator[bytes, None] | None = field(default=None, init=False)
    _raw: AsyncIterator[bytes] | None = field(default=None, init=False)

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Headers:
        return tuple(self._response.headers.multi_items())

    def chunks(self) -> AsyncIterator[bytes]:
        self._chunks = self._read_on()
        return self._chunks

    async def _read_on(self) -> AsyncGenerator[bytes, None]:
        self._raw = self._response.aiter_bytes()
        trouble: list[ProviderError] = []
        with _translated(self._asked, trouble):
            async for chunk in self._raw:
                yield chunk
        _raise(trouble)

    async def aclose(self) -> None:
        """End what was not read to its end: trio forbids leaving that to the garbage collector.

        The library's generators are nested and close none below them; a cancelled read unwinds them all.
        """
        if self._chunks is not None and self._raw is not None:
            await self._chunks.aclose()
            with CancelScope() as scope, _translated(self._asked, []):
                scope.cancel()
                async for _ in self._raw:
                    pass
        await self._response.aclose()

    async def read(self) -> bytes:
        trouble: list[ProviderError] = []
        body = b""
        with _translated(self._asked, trouble):
            body = await self._response.aread()
        _raise(trouble)
        return body


@frozen
class HttpxTransport:
    """The usual ``HttpTransport``. Proxies are taken from the environment, as httpx does it."""

    _plain: Shelf[Clients] = field(factory=lambda: Shelf(_plain), init=False, repr=False, eq=False)
    _encrypted: Shelf[Clients] = field(factory=lambda: Shelf(_encrypted), init=False, repr=False, eq=False)

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply:
        """Send, and wait for the whole answer."""
        async with self.open(request, deadlines) as stream:
            return HttpReply(stream.status, stream.headers, await stream.read())

    def open(self, request: HttpRequest, deadlines: Deadlines, /) -> AbstractAsyncContextManager[HttpStream]:
        """Send, and give the answer as soon as its headers are there."""
        return self._open(request, deadlines)

    @asynccontextmanager
    async def _open(self, request: HttpRequest, deadlines: Deadlines) -> AsyncIterator[HttpStream]:
        httpx = library()
        target = target_of(request.url, httpx)
        asked = f"{request.method} {target.shown}"
        shelf = self._encrypted if target.encrypted else self._plain
        read_s, connect_s = deadlines.read_s, deadlines.connect_s
        timeout = {"connect": connect_s, "read": read_s, "write": read_s, "pool": connect_s}
        headers = [ACCEPTED, *request.headers, *request.secret_headers]
        trouble: list[ProviderError] = []
        total = inf if deadlines.total_s is None else deadlines.total_s
        with move_on_after(total) as scope, _translated(asked, trouble):
            async with shelf.get() as clients, clients.client() as client:
                # Not by the client's own builder: merging its defaults costs more than the rest of this module.
                outgoing = httpx.Request(
                    request.method,
                    target.url or request.url,
                    headers=headers,
                    content=request.body,
                    extensions={"timeout": timeout},
                )
                incoming = Incoming(await client.send(outgoing, stream=True), asked)
                try:
                    yield incoming
                finally:
                    await incoming.aclose()
        if scope.cancelled_caught:
            trouble.append(
                _trouble("timeout", f"{asked}: not answered within {total:g} s (deadlines.total_s)")
            )
        _raise(trouble)


@cache
def shared_transport() -> HttpxTransport:
    """The transport of all providers that were given none: they share its clients."""
    return HttpxTransport()


def _raise(trouble: list[ProviderError]) -> None:
    """Raise what was found, outside of the handler: httpx's own error holds the request with its secret headers."""
    if trouble:
        raise trouble[0]


@contextmanager
def _translated(asked: str, trouble: list[ProviderError]) -> Iterator[None]:
    """Note what goes wrong inside as a ``ProviderError``."""
    httpx = library()
    try:
        yield
    except httpx.ConnectTimeout:
        trouble.append(
            _trouble("timeout", f"{asked}: no connection in time (deadlines.connect_s)", sent=False)
        )
    except httpx.TimeoutException:
        trouble.append(_trouble("timeout", f"{asked}: nothing more came in time (deadlines.read_s)"))
    except httpx.ConnectError as error:
        trouble.append(_trouble("connection", f"{asked}: could not connect: {error}", sent=False))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        trouble.append(_trouble("connection", f"{asked}: {type(error).__name__}: {error}"))


def _trouble(kind: ProviderKind, text: str, *, sent: bool = True) -> ProviderError:
    facts = {"retryable": "true"} if sent else {"retryable": "true", "sent": "false"}
    return ProviderError(f"{text}; {ADVICE[kind]}", kind=kind, facts=facts)
