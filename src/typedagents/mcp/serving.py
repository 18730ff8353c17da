"""Tools of ours as an MCP server: called by the handler that worlds have, so that both do the same.

served = serve(toolset(add, multiply), name="arithmetic")
served.run_stdio()                               # a program that MCP clients start
served.run_http(port=8000)                       # or one that they connect to
McpServer.in_process(served)                     # or in this very process
"""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from inspect import isawaitable
from math import inf
from typing import TYPE_CHECKING
from uuid import uuid4

import anyio
import msgspec
from anyio.lowlevel import EventLoopToken
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import field, frozen

from typedagents.core.context import Context
from typedagents.core.effect import AnyEffect, proved
from typedagents.core.errors import ConfigError, TypedAgentsError
from typedagents.core.handler import Answer
from typedagents.core.parts import Text, ToolResult
from typedagents.core.tool import CallTool
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.tools import with_tools
from typedagents.tools.functions.calls import Called
from typedagents.tools.tool import Tool
from typedagents.tools.toolset import Toolset

from .sdk import require_sdk
from .showing import shown
from .tool import ToolProgress

if TYPE_CHECKING:
    from mcp.server import Server, ServerRequestContext
    from mcp.server.session import ServerSession
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams
    from mcp_types import Tool as ListedTool
    from starlette.applications import Starlette

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
PATH = "/mcp"
FAREWELL_S = 1
"""Seconds that requests under way are given when an HTTP server stops."""


@frozen(kw_only=True)
class ToolServer:
    """Tools as an MCP server, which runs where ``stdio``, ``http`` or a web server of yours runs it. Made by ``serve``."""

    tools: Toolset[CallTool]
    name: str
    version: str = ""
    instructions: str = ""
    answer: Answer = field(eq=False, repr=False)

    def sdk(self) -> Server[None]:
        """A server object of the SDK, for whatever the SDK can do with one."""
        require_sdk()
        from mcp.server import Server

        return Server(
            self.name,
            version=self.version,
            instructions=self.instructions or None,
            lifespan=_nothing,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    # --- over standard streams --------------------------------------------------------------------------------

    async def stdio(self) -> None:
        """Serve who started this process, until its stdin ends. What tools print goes to stderr meanwhile."""
        server = self.sdk()
        from mcp.server.stdio import stdio_server

        async with keeping(), stdio_server() as (heard, said):
            await server.run(heard, said, server.create_initialization_options())

    def run_stdio(self) -> None:
        """``stdio``, as a whole program."""
        anyio.run(self.stdio)

    # --- over HTTP --------------------------------------------------------------------------------------------

    def asgi(self) -> Starlette:
        """An ASGI application that speaks streamable HTTP at ``/mcp``, for a web server of yours.

        It asks nobody who they are: to serve others than this machine, put it behind what does.
        """
        return self.sdk().streamable_http_app(streamable_http_path=PATH)

    @asynccontextmanager
    async def http(self, port: int = 0) -> AsyncIterator[str]:
        """Serve programs of this machine while inside, at the address it gives; port 0: any free one. On asyncio only."""
        app = self.asgi()
        with _listening(port) as listener:
            from uvicorn import Config
            from uvicorn import Server as WebServer

            config = Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=FAREWELL_S)
            web = WebServer(config)
            async with anyio.create_task_group() as group:
                group.start_soon(partial(web.serve, sockets=[listener]))
                try:
                    yield f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
                finally:
                    web.should_exit = True

    def run_http(self, port: int = 8000) -> None:
        """Serve programs of this machine, until Ctrl-C."""
        app = self.asgi()
        import uvicorn

        uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=FAREWELL_S)

    # --- what is asked ----------------------------------------------------------------------------------------

    async def _list(
        self, context: ServerRequestContext[None, object], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        from mcp_types import ListToolsResult

        return ListToolsResult(tools=[_listed(tool) for tool in self.tools.tools])

    async def _call(
        self, context: ServerRequestContext[None, object], params: CallToolRequestParams
    ) -> CallToolResult:
        send, receive = anyio.create_memory_object_stream[ToolProgress](inf)
        call = ServedCall(f"{self.name}/{uuid4().hex}", self.name, send)
        arguments = msgspec.json.encode(params.arguments or {}).decode()
        result = ToolResult("", params.name, ())
        with receive:
            async with anyio.create_task_group() as group:
                group.start_soon(_report, context.session, receive)
                with send:
                    result = await self._performed(params.name, arguments, call)
        return shown(result)

    async def _performed(self, name: str, arguments: str, call: ServedCall) -> ToolResult:
        tool = self.tools.get(name)
        carried = _carried(tool) if tool is not None else ()
        effect = CallTool(name, arguments, call.id, context=carried)
        try:
            value = self.answer(effect, call)
            return effect.accept(await value if isawaitable(value) else value)
        except TypedAgentsError as error:
            return ToolResult(call.id, name, (Text(str(error)),), failed=True)


def serve(
    tools: Toolset[CallTool],
    given: Iterable[object] = (),
    *,
    name: str,
    version: str = "",
    instructions: str = "",
) -> ToolServer:
    """Tools as an MCP server called ``name``; ``given`` is what they need, as for ``with_tools``. Nothing runs yet.

    ``ConfigError`` where a tool needs what is not given, needs an approval, or reads a context variable without a
    default: a server has neither a conversation nor anyone to ask.
    """
    answer = with_tools(tools, given).answer_to(CallTool)
    assert answer is not None
    for tool in tools.tools:
        _check(tool)
    return ToolServer(tools=tools, name=name, version=version, instructions=instructions, answer=answer)


def _check(tool: Tool[AnyEffect]) -> None:
    more = [kind.kind for kind in tool.performs or () if kind is not CallTool]
    if more:
        raise ConfigError(
            f"tool {tool.spec.name!r} asks for {', '.join(more)} before it is called, which an MCP server cannot perform; serve "
            "it without, and let the client's own approval decide"
        )
    _carried(tool)


def _carried(tool: Tool[AnyEffect]) -> tuple[tuple[str, str], ...]:
    """The context variables that a call takes with it: their defaults, as there is no conversation."""
    return tool.carried(Context()) if isinstance(tool, Called) else ()


def _listed(tool: Tool[AnyEffect]) -> ListedTool:
    """A tool as a client is told of it."""
    from mcp_types import Tool as ListedTool
    from mcp_types import ToolAnnotations

    spec, repeats = tool.spec, tool.manner.repeats if isinstance(tool, Called) else "at_most_once"
    schema: dict[str, object] = proved(msgspec.json.decode(spec.parameters), dict)
    hints = ToolAnnotations(
        read_only_hint=True if repeats == "pure" else None,
        idempotent_hint=True if repeats != "at_most_once" else None,
    )
    return ListedTool(
        name=spec.name, description=spec.description or None, input_schema=schema, annotations=hints
    )


@frozen(eq=False)
class ServedCall:
    """The ``Call`` that a served tool is given. A ``ToolProgress`` that it shows is told to the client."""

    id: str
    run: str
    _progress: MemoryObjectSendStream[ToolProgress]
    agent: str = "mcp"
    attempt: int = 1
    deadline_s: float | None = None
    _token: EventLoopToken = field(factory=anyio.lowlevel.current_token, init=False)
    _home: int = field(factory=threading.get_ident, init=False)

    def emit(self, observation: object, /) -> None:
        if isinstance(observation, ToolProgress):
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, RuntimeError):  # it is over
                if threading.get_ident() == self._home:
                    self._progress.send_nowait(observation)
                else:
                    anyio.from_thread.run_sync(self._progress.send_nowait, observation, token=self._token)


async def _report(session: ServerSession, progress: MemoryObjectReceiveStream[ToolProgress]) -> None:
    async for one in progress:
        await session.report_progress(one.progress, one.total, one.message or None)


@asynccontextmanager
async def _nothing(server: Server[None]) -> AsyncIterator[None]:
    """What a server of ours has while it runs. Connections that its tools need are kept by who runs it."""
    yield


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise ConfigError(f"port {port} of this machine cannot be served: {error}") from error
