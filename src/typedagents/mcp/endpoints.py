"""Where a server is: a command to be started, an address, or an object in this process. Each says how to reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import urlsplit

import anyio
from attrs import Attribute, field, frozen

from typedagents.core.errors import ConfigError
from typedagents.interpreter.secrets import Secret

from .hidden import Hidden, Value, revealed
from .process import process_streams
from .story import Story

if TYPE_CHECKING:
    from httpx2 import Response
    from mcp.client import Transport
    from mcp.server import MCPServer, Server


THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")

CONNECT_S = 30.0
"""Seconds for an HTTP connection to be made. For the answers there is no limit here: calls have their own."""


@frozen
class Stdio:
    """A program that is started, and spoken to over its standard streams."""

    argv: tuple[Value, ...]
    env: Hidden = Hidden()
    cwd: str | None = None

    @property
    def label(self) -> str:
        return f"`{' '.join(map(str, self.argv))}`"

    def story(self) -> Story:
        given = tuple(value for value in self.argv if isinstance(value, Secret))
        return Story((*given, *self.env.secrets()), self.env.plain())

    @asynccontextmanager
    async def target(self, story: Story, over: anyio.Event) -> AsyncIterator[Transport]:
        yield process_streams(tuple(map(revealed, self.argv)), self.env.revealed(), self.cwd, story, over)


def _address(url: str) -> str:
    """``url``, when it is one that can be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the address of an MCP server is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigError(
            f"an MCP server has an address such as 'http://localhost:8000/mcp'; found {_shown(url)!r}"
        )
    if parts.username or parts.password:
        raise ConfigError(
            f"the address for {parts.hostname} holds a user name or password; give headers={{...: Secret(...)}} instead"
        )
    return url


def _shown(url: str) -> str:
    """An address without what may be a secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@frozen
class Http:
    """An address that speaks streamable HTTP."""

    url: str = field(converter=_address, repr=_shown)
    headers: Hidden = Hidden()

    @property
    def label(self) -> str:
        return _shown(self.url)

    def story(self) -> Story:
        query = urlsplit(self.url).query
        return Story(self.headers.secrets(), (*self.headers.plain(), *([query] if query else [])))

    @asynccontextmanager
    async def target(self, story: Story, over: anyio.Event) -> AsyncIterator[Transport]:
        from httpx2 import AsyncClient, Timeout
        from mcp.client.streamable_http import streamable_http_client

        async def note(response: Response) -> None:
            if response.status_code >= 400:
                story.status = response.status_code

        async with AsyncClient(
            headers=self.headers.revealed(),
            timeout=Timeout(CONNECT_S, read=None),
            # A proxy of the environment is for the world outside: this machine is not asked through it.
            mounts={f"all://{host}": None for host in THIS_MACHINE},
            event_hooks={"response": [note]},
        ) as client:
            yield streamable_http_client(self.url, http_client=client)


class SdkServer(Protocol):
    """A server object of the SDK: an ``MCPServer``, or a ``Server`` of whatever lifespan."""

    @property
    def name(self) -> str: ...


def _sdk_server(endpoint: InProcess, attribute: Attribute[SdkServer], server: SdkServer) -> None:
    from mcp.server import MCPServer, Server

    if not isinstance(server, MCPServer | Server):
        raise ConfigError(
            f"McpServer.in_process takes a server of the SDK, or what `serve` gives; found {server!r:.60}"
        )


@frozen
class InProcess:
    """A server object of the SDK in this process; it is connected to anew in each event loop."""

    server: SdkServer = field(eq=id, validator=_sdk_server)

    @property
    def label(self) -> str:
        return f"{self.server.name!r} in this process"

    def story(self) -> Story:
        return Story()

    @asynccontextmanager
    async def target(
        self, story: Story, over: anyio.Event
    ) -> AsyncIterator[MCPServer[object] | Server[object]]:
        from mcp.server import MCPServer, Server

        assert isinstance(self.server, MCPServer | Server)
        yield self.server


Endpoint: TypeAlias = Stdio | Http | InProcess
