"""An MCP server, as a value: where it is, and how far it is trusted.

    clock = McpServer.stdio("mcp-server-time", "--local-timezone", "Europe/Berlin")
    tools = clock.tools_sync()                     # starts it, asks for its tools, ends it
    World(with_tools(tools) | ...)                 # starts it again at the first call of a run, and ends it with the run

All calls of a run share one connection, and so do runs at the same time in one event loop. A server that went away
is started again by the next call.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Literal, TypedDict, TypeVar, overload

import anyio
from anyio.from_thread import start_blocking_portal
from attrs import field, frozen
from typing_extensions import Unpack

from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError, ToolError
from typedagents.core.parts import ResultContent, Text
from typedagents.core.tool import Approve, CallTool
from typedagents.interpreter.lifetime import Shelf
from typedagents.tools.functions.calls import AtOnce, Calling, WhenApproved
from typedagents.tools.functions.options import Manner
from typedagents.tools.toolset import Toolset, toolset_of

from .connection import Connection, Link
from .content import content_of, contents_part
from .endpoints import Endpoint, Http, InProcess, SdkServer, Stdio
from .hidden import Hidden, Value, scrubbed
from .offers import FilledPrompt, McpPrompt, McpResource, filled_of, prompt_of, resource_of
from .tool import McpTool, ToolProgress, Watch, names_for_models, repetition_of, spec_of

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult
    from mcp_types import Tool as ListedTool

    from .serving import ToolServer

R = TypeVar("R")
E = TypeVar("E", bound=AnyEffect)

TIMEOUT_S = 300.0
PATIENCE_S = 30.0


class ServerOptions(TypedDict, total=False):
    """How a server is treated: see ``McpServer``."""

    trusted: bool
    timeout_s: float | None
    start_timeout_s: float


def _seconds(value: float | None) -> float | None:
    if value is None or (isfinite(value) and value > 0):
        return value
    raise ConfigError(f"timeout_s is a number of seconds above 0, or None for no limit; found {value!r}")


def _patience(value: float) -> float:
    if isfinite(value) and value > 0:
        return value
    raise ConfigError(f"start_timeout_s is a number of seconds above 0; found {value!r}")


@frozen
class McpServer:
    """A server of the Model Context Protocol. Made by ``stdio``, ``http`` and ``in_process``.

    ``trusted``: what it says of its tools (that they only read, that a second call changes nothing) is believed, so
    that such calls may be repeated after a crash. ``timeout_s``: seconds for one call of a tool; None: no limit.
    ``start_timeout_s``: seconds for starting it and for each answer that is no call of a tool.
    """

    endpoint: Endpoint
    trusted: bool = field(default=False, kw_only=True)
    timeout_s: float | None = field(default=TIMEOUT_S, kw_only=True, converter=_seconds)
    start_timeout_s: float = field(default=PATIENCE_S, kw_only=True, converter=_patience)
    _shelf: Shelf[Connection] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        opener = partial(_opened, self.endpoint, self.start_timeout_s)
        object.__setattr__(self, "_shelf", Shelf(opener))

    @classmethod
    def stdio(
        cls,
        command: str,
        *arguments: Value,
        env: Mapping[str, Value] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        **options: Unpack[ServerOptions],
    ) -> McpServer:
        """A program, which is started without a shell and ended after use.

        It is told ``env``, and a few usual variables (``PATH``, ``HOME``, ...) of this process; no others. What is
        given as a ``Secret``, here or among the arguments, is kept out of results and errors; other values of ``env``
        are kept out of errors.
        """
        if not command.strip():
            raise ConfigError("McpServer.stdio takes the command that starts a server; found none")
        folder = None if cwd is None else os.fspath(cwd)
        return cls(Stdio((command, *arguments), Hidden.of(env), folder), **options)

    @classmethod
    def http(
        cls, url: str, *, headers: Mapping[str, Value] | None = None, **options: Unpack[ServerOptions]
    ) -> McpServer:
        """A server at an address that speaks streamable HTTP. ``headers`` are sent with each request, shown nowhere.

        A token is given as ``headers={"Authorization": Secret("Bearer ...")}``.
        """
        return cls(Http(url, Hidden.of(headers)), **options)

    @classmethod
    def in_process(cls, server: SdkServer | ToolServer, **options: Unpack[ServerOptions]) -> McpServer:
        """A server object in this process: one of the SDK, or tools of ours that are ``served``."""
        from .serving import ToolServer

        return cls(InProcess(server.sdk() if isinstance(server, ToolServer) else server), **options)

    @property
    def label(self) -> str:
        """What errors call it."""
        return self.endpoint.label

    # --- tools ------------------------------------------------------------------------------------------------

    @overload
    async def tools(self, *, approval: Literal[False] = ...) -> Toolset[CallTool]: ...
    @overload
    async def tools(self, *, approval: bool) -> Toolset[CallTool | Approve]: ...
    async def tools(self, *, approval: bool = False) -> Toolset[AnyEffect]:
        """Its tools, as it lists them now. ``approval``: each call is put to a human or a rule before it is made.

        ``ConfigError`` where it cannot be reached, or does not answer.
        """
        listed = await self._asked(Link.tools)
        names = names_for_models(one.name for one in listed)
        calling: Calling[CallTool | Approve] = WhenApproved(AtOnce()) if approval else AtOnce()
        return toolset_of(self._tool(one, name, calling) for one, name in zip(listed, names, strict=True))

    @overload
    def tools_sync(self, *, approval: Literal[False] = ...) -> Toolset[CallTool]: ...
    @overload
    def tools_sync(self, *, approval: bool) -> Toolset[CallTool | Approve]: ...
    def tools_sync(self, *, approval: bool = False) -> Toolset[AnyEffect]:
        """``tools``, for programs without an event loop."""
        return _waited(lambda: self.tools(approval=approval))

    def _tool(self, listed: ListedTool, name: str, calling: Calling[E]) -> McpTool[E]:
        repeats = repetition_of(listed.annotations, trusted=self.trusted)
        manner = Manner(timeout_s=self.timeout_s, repeats=repeats)
        return McpTool(spec_of(listed, name), calling, manner, self, listed.name)

    async def call(
        self, tool: str, arguments: dict[str, object], watch: Watch, /
    ) -> tuple[ResultContent, ...]:
        """What a call of ``tool`` comes to. ``ToolError`` where it failed, and where the server cannot be asked."""

        async def called(link: Link) -> CallToolResult:
            await link.know_tools()
            return await link.ask(lambda client: _called(client, tool, arguments, watch))

        async with self._shelf.get() as connection:
            result = await connection.ask(called)
        content = self._without_secrets(content_of(result))
        if result.is_error:
            said = "\n".join(part.text for part in content if isinstance(part, Text))
            raise ToolError(
                said or f"MCP server {self.label}: {tool} failed, and gave no reason", kind="answer"
            )
        return content

    # --- resources and prompts --------------------------------------------------------------------------------

    async def resources(self) -> tuple[McpResource, ...]:
        """What it lets one read, as it lists it now; ``ConfigError`` where it cannot be asked."""
        return await self._asked(_resources)

    def resources_sync(self) -> tuple[McpResource, ...]:
        return _waited(self.resources)

    async def read(self, uri: str) -> tuple[ResultContent, ...]:
        """The contents of a resource. ``ToolError`` where the server says no, or cannot be asked."""
        async with self._shelf.get() as connection:
            result = await connection.ask(
                lambda link: link.ask_soon(lambda client: client.read_resource(uri))
            )
        return self._without_secrets(map(contents_part, result.contents))

    def read_sync(self, uri: str) -> tuple[ResultContent, ...]:
        return _waited(lambda: self.read(uri))

    async def prompts(self) -> tuple[McpPrompt, ...]:
        """The prompts that it fills in, as it lists them now; ``ConfigError`` where it cannot be asked."""
        return await self._asked(_prompts)

    def prompts_sync(self) -> tuple[McpPrompt, ...]:
        return _waited(self.prompts)

    async def prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> FilledPrompt:
        """A prompt, filled in by the server. ``ToolError`` where the server says no, or cannot be asked."""
        given = dict(arguments or {})
        async with self._shelf.get() as connection:
            result = await connection.ask(
                lambda link: link.ask_soon(lambda client: client.get_prompt(name, given))
            )
        return filled_of(name, result, self._without_secrets)

    def prompt_sync(self, name: str, arguments: Mapping[str, str] | None = None) -> FilledPrompt:
        return _waited(lambda: self.prompt(name, arguments))

    async def _asked(self, question: Callable[[Link], Awaitable[R]]) -> R:
        """An answer that a program needs before its runs start."""
        try:
            async with self._shelf.get() as connection:
                return await connection.ask(question)
        except ToolError as error:
            said = error.text
        raise ConfigError(said)

    def _without_secrets(self, content: Iterable[ResultContent]) -> tuple[ResultContent, ...]:
        secrets = self.endpoint.story().secrets
        return tuple(
            Text(scrubbed(part.text, secrets)) if isinstance(part, Text) and secrets else part
            for part in content
        )


@asynccontextmanager
async def _opened(endpoint: Endpoint, patience_s: float) -> AsyncIterator[Connection]:
    connection = Connection(endpoint, patience_s)
    try:
        yield connection
    finally:
        with anyio.CancelScope(shield=True):
            await connection.close()


async def _called(client: Client, tool: str, arguments: dict[str, object], watch: Watch) -> CallToolResult:
    async def seen(progress: float, total: float | None, message: str | None) -> None:
        watch(ToolProgress(tool, progress, total, message or ""))

    result = await client.call_tool(tool, arguments, progress_callback=seen)
    # What the server said before its result is being told by tasks that have started already.
    await anyio.lowlevel.cancel_shielded_checkpoint()
    return result


async def _resources(link: Link) -> tuple[McpResource, ...]:
    if link.client.server_capabilities.resources is None:
        return ()
    pages = link.pages(lambda client, at: client.list_resources(cursor=at))
    return tuple([resource_of(one) async for page in pages for one in page.resources])


async def _prompts(link: Link) -> tuple[McpPrompt, ...]:
    if link.client.server_capabilities.prompts is None:
        return ()
    pages = link.pages(lambda client, at: client.list_prompts(cursor=at))
    return tuple([prompt_of(one) async for page in pages for one in page.prompts])


def _waited(asked: Callable[[], Awaitable[R]]) -> R:
    """What ``asked`` comes to, whether or not an event loop runs in this thread."""
    with start_blocking_portal() as portal:
        return portal.call(asked)
