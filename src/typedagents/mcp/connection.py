"""A connection to a server: shared by all that use it in one event loop, and made anew after it broke."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
from attrs import define, field

from typedagents import __version__
from typedagents.core.errors import ToolError

from .endpoints import Endpoint
from .hosting import Hosted, leaves
from .sdk import load_sdk
from .story import Story

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import Tool as ListedTool

R = TypeVar("R")


class Page(Protocol):
    """A part of a listing, and where the next begins."""

    next_cursor: str | None


P = TypeVar("P", bound=Page)

MOST_PAGES = 1000
"""A listing of more pages than this has no end."""

FAREWELL_S = 10.0
"""How long is waited for what there is to know of a server that went away."""

FORGOTTEN = "Session terminated"
"""What the SDK makes of a server that does not know the session any more, as after a restart."""

CLOSED = "Connection closed"
"""What it says of a connection that has come to its end, before that is known here."""


class Forgotten(ToolError):
    """The server did not do what it was asked, as it has forgotten who asks: a new connection is needed."""


@define(eq=False)
class Link:
    """One connection: a client of the SDK, held open by a task of its own."""

    endpoint: Endpoint
    patience_s: float
    story: Story = field(init=False)
    usable: bool = field(default=True, init=False)
    _hosted: Hosted[Client] = field(init=False)
    _all_listed: bool = field(default=False, init=False)
    _listing: anyio.Lock = field(factory=anyio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self.story = self.endpoint.story()
        self._hosted = Hosted(self._opened, self.patience_s)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Client]:
        from mcp import Client
        from mcp_types import Implementation

        me = Implementation(name="typedagents", version=__version__)
        async with (
            self.endpoint.target(self.story, self._hosted.over) as target,
            Client(target, client_info=me, cache=None) as client,
        ):
            self.story.status = None  # a probe that an older server does not know is no trouble
            yield client

    async def open(self) -> None:
        """``ToolError`` of kind ``connection``, with all that is known, where the server cannot be reached."""
        await self._hosted.start()
        if self._hosted.value is None:
            raise await self._lost("no connection")

    async def close(self) -> None:
        self.usable = False
        await self._hosted.close()

    @property
    def client(self) -> Client:
        client = self._hosted.value
        assert client is not None
        return client

    @property
    def broken(self) -> bool:
        """Whether it has come to its end."""
        return not self.usable or self._hosted.over.is_set()

    async def tools(self) -> list[ListedTool]:
        """All tools, page by page."""
        pages = [page.tools async for page in self.pages(lambda client, at: client.list_tools(cursor=at))]
        self._all_listed = True
        return [tool for page in pages for tool in page]

    async def know_tools(self) -> None:
        """List the tools once: the SDK goes by what it saw last when it calls one."""
        async with self._listing:
            if not self._all_listed:
                await self.tools()

    async def pages(self, listing: Callable[[Client, str | None], Awaitable[P]]) -> AsyncIterator[P]:
        """What is listed page by page."""
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.ask_soon(_at(cursor, listing))
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return
        raise self._error(f"it lists more than {MOST_PAGES} pages, and does not come to an end", "answer")

    async def ask_soon(self, question: Callable[[Client], Awaitable[R]]) -> R:
        """``ask``, where an answer needs no work: ``ToolError`` where none comes in time."""
        with anyio.move_on_after(self.patience_s):
            return await self.ask(question)
        raise self._error(f"it did not answer within {self.patience_s:g} s", "timeout")

    async def ask(self, question: Callable[[Client], Awaitable[R]]) -> R:
        """What the server answers. ``ToolError`` where that is an error, or none comes because the server is gone."""
        from mcp import MCPError

        try:
            return await question(self.client)
        except MCPError as error:
            words = error.message
        except Exception as error:
            words = in_words(error)
        if words == CLOSED or self._hosted.over.is_set():
            raise await self._lost("it went away before it answered")
        if words == FORGOTTEN:
            self.usable = False
            raise Forgotten(self.story.told(f"MCP server {self.endpoint.label}: {words}"), kind="connection")
        raise self._error(f"it answered with an error: {words}", "answer")

    async def _lost(self, what: str) -> ToolError:
        self._hosted.over.set()
        with anyio.move_on_after(FAREWELL_S):
            await self._hosted.ended.wait()
        self.usable = False
        if self._hosted.interrupted:
            raise KeyboardInterrupt
        if self._hosted.late:
            what = f"{what}: it did not answer within {self.patience_s:g} s"
        elif self._hosted.failure is not None:
            what = f"{what}: {in_words(self._hosted.failure)}"
        return self._error(what, "connection")

    def _error(self, what: str, kind: str) -> ToolError:
        return ToolError(self.story.told(f"MCP server {self.endpoint.label}: {what}"), kind=kind)


def _at(
    cursor: str | None, listing: Callable[[Client, str | None], Awaitable[P]]
) -> Callable[[Client], Awaitable[P]]:
    return lambda client: listing(client, cursor)


def in_words(error: Exception) -> str:
    """What went wrong, without the groups that it was wrapped in on its way."""
    return "; ".join(dict.fromkeys(str(one) or type(one).__name__ for one in leaves(error)))


@define(eq=False)
class Connection:
    """What one event loop has of a server: its present link."""

    endpoint: Endpoint
    patience_s: float
    _link: Link | None = field(default=None, init=False)
    _making: anyio.Lock = field(factory=anyio.Lock, init=False)

    async def ask(self, question: Callable[[Link], Awaitable[R]]) -> R:
        """What the server answers; it is asked again, over a new link, where it has forgotten the old one."""
        try:
            return await question(await self.link())
        except Forgotten:
            return await question(await self.link())

    async def link(self) -> Link:
        """The link, opened at need; one that broke is replaced. ``ToolError`` where the server cannot be reached."""
        await load_sdk()
        async with self._making:
            if self._link is not None and self._link.broken:
                await self.close()
            if self._link is None:
                link = Link(self.endpoint, self.patience_s)
                await link.open()
                self._link = link
            return self._link

    async def close(self) -> None:
        """End the link, if there is one."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()
