"""Our tools as an MCP server: what a client of ours is answered is what a world answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Annotated

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client
from mcp.server import Server, ServerRequestContext
from mcp_types import CallToolResult, Implementation, ListToolsResult, PaginatedRequestParams

from tests.mcp.calling import call
from tests.mcp.our_tools import GIVEN, GIVEN_UP, SERVED, TOOLS
from typedagents.core.context import Variable
from typedagents.core.errors import ConfigError
from typedagents.core.stop import Cancelled
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.lifetime import keeping
from typedagents.mcp import McpServer, McpTool, ToolProgress, sdk, serve
from typedagents.tools.functions.decorator import tool
from typedagents.tools.toolset import toolset

pytestmark = (
    pytest.mark.filterwarnings(  # the SDK leaves these to the garbage collector; on trio, each warns of that
        "ignore:Async generator 'httpx2:ResourceWarning", "ignore:Async generator 'httpcore2:ResourceWarning"
    )
)

PATHS = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
CALLS = (
    ("add", '{"a":1,"b":2}'),
    ("add", '{"a":"one"}'),
    ("later", '{"text":"hi"}'),
    ("steps_there", "{}"),
    ("picture", "{}"),
    ("nothing", "{}"),
    ("fails", "{}"),
    ("leaves", "{}"),
    ("mirrored", '{"at":{"x":1,"y":2}}'),
    ("price", "{}"),
)


@pytest.fixture(params=["in process", "http"])
def served(request: pytest.FixtureRequest) -> Iterator[McpServer]:
    """Our tools, at a server of this process."""
    if request.param == "in process":
        yield McpServer.in_process(SERVED, trusted=True)
        return
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(SERVED.http()) as url:
        yield McpServer.http(url, trusted=True)


def prove_the_same(way: str, server: McpServer) -> None:
    """What the server's tools are told as, and what calls of them come to, is what it is without a server."""
    tools = server.tools_sync()
    ours = call(way, TOOLS, *CALLS, given=GIVEN).results
    theirs = call(way, tools, *CALLS).results

    assert tools.specs == TOOLS.specs
    assert theirs == ours
    assert [result.failed for result in ours] == [False, True, *[False] * 4, True, True, False, False]


def test_a_served_tool_is_told_as_it_is_and_comes_to_what_it_comes_to(way: str, served: McpServer) -> None:
    prove_the_same(way, served)


def test_the_same_in_a_process_of_its_own(way: str) -> None:
    prove_the_same(way, McpServer.stdio(sys.executable, "-m", "tests.mcp.our_tools", env=PATHS))


def test_what_may_be_repeated_is_told(served: McpServer) -> None:
    repeats = [tool.manner.repeats for tool in served.tools_sync().values() if isinstance(tool, McpTool)]
    assert repeats[:3] == ["pure", "idempotent", "at_most_once"]


@pytest.mark.parametrize("name", ["steps_here", "steps_there"])
def test_progress_of_a_served_tool_is_shown(way: str, served: McpServer, name: str) -> None:
    seen: list[Event] = []
    call(way, served.tools_sync(), (name, "{}"), watchers=(seen.append,))

    assert [event.observation for event in seen if isinstance(event, Observed)] == [
        ToolProgress(name, step, 3, f"step {step}") for step in (1, 2, 3)
    ]


def test_cancellation_reaches_the_served_tool(way: str, served: McpServer) -> None:
    GIVEN_UP.clear()
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, Observed):
            control.cancel("enough")

    ran = call(way, served.tools_sync(), ("hang", "{}"), watchers=(stop,), control=control)

    assert ran.outcome.reason == Cancelled("enough")
    assert GIVEN_UP.wait(30)


def test_an_unknown_tool_is_answered_with_those_that_exist() -> None:
    async def go() -> CallToolResult:
        async with Client(SERVED.sdk()) as client:
            return await client.call_tool("subtract", {})

    result = anyio.run(go)
    assert result.is_error
    assert "add, later" in str(result.content)


def test_a_server_says_who_it_is() -> None:
    async def go() -> tuple[Implementation | None, str | None]:
        async with Client(SERVED.sdk()) as client:
            return client.server_info, client.instructions

    me, instructions = anyio.run(go)
    assert me is not None
    assert (me.name, me.version, instructions) == ("ours", "7", "Add, and mirror.")


TONE = Variable("tone", str)
MANNER = Variable("manner", str, default="kindly")


def test_a_variable_of_a_conversation_has_its_default(way: str) -> None:
    @tool
    def says(how: Annotated[str, MANNER]) -> str:
        return how

    served = McpServer.in_process(serve(toolset(says), name="x"))
    assert call(way, served.tools_sync(), ("says", "{}")).texts == ["kindly"]


# --- what cannot be served --------------------------------------------------------------------------------------


def test_a_tool_that_needs_approval_is_refused() -> None:
    needy = tool(lambda: 1, name="needy", approval=True)
    with pytest.raises(ConfigError, match="'needy' asks for Approve"):
        serve(toolset(needy), name="x")  # type: ignore[arg-type]  # what a checker refuses as well


def test_a_tool_whose_dependency_is_not_given_is_refused() -> None:
    with pytest.raises(ConfigError, match="'price' needs one Prices"):
        serve(TOOLS, name="x")


def test_a_port_that_is_taken_is_refused() -> None:
    async def go() -> None:
        async with SERVED.http() as url, SERVED.http(int(url.split(":")[2].split("/")[0])):
            pass

    with pytest.raises(BaseExceptionGroup) as caught:
        anyio.run(go)
    assert caught.group_contains(ConfigError, match="cannot be served")


def test_a_tool_that_reads_a_variable_without_a_default_is_refused() -> None:
    @tool
    def says(how: Annotated[str, TONE]) -> str:
        return how

    with pytest.raises(ConfigError, match="'tone', which was never set"):
        serve(toolset(says), name="x")


def test_what_is_no_server_is_refused() -> None:
    with pytest.raises(ConfigError, match="takes a server of the SDK"):
        McpServer.in_process(Path("a"))


@pytest.mark.parametrize("found", ["1.27.0", "3.0.1", None])
def test_a_missing_sdk_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    def version(name: str) -> str:
        if found is None:
            raise PackageNotFoundError(name)
        return found

    monkeypatch.setattr(sdk, "version", version)
    for use in (McpServer.stdio("x").tools_sync, SERVED.sdk):
        with pytest.raises(ConfigError, match=r"pip install 'typedagents\[mcp\]'"):
            use()


# --- as a program -----------------------------------------------------------------------------------------------


def test_tools_are_served_over_http_until_ctrl_c() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = f"from tests.mcp.our_tools import SERVED; SERVED.run_http({port})"
    with subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, **PATHS}, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if b"running on" in line:
                break
        tools = McpServer.http(f"http://127.0.0.1:{port}/mcp").tools_sync()
        texts = call("sync", tools, ("add", '{"a":1}')).texts
        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert texts == ["2"]


def test_a_tool_that_is_wrong_is_answered_with_what_is_wrong() -> None:
    @tool
    def wrong() -> str:
        raise ConfigError("no folder named; name one")

    async def go() -> CallToolResult:
        async with Client(serve(toolset(wrong), name="x").sdk()) as client:
            return await client.call_tool("wrong", {})

    result = anyio.run(go)
    assert result.is_error
    assert "no folder named; name one" in str(result.content)


def test_a_server_whose_lifespan_keeps_the_connections_of_its_loop_ends_with_the_loop() -> None:
    """It holds open what holds it; nobody waits for himself."""

    @asynccontextmanager
    async def kept(server: Server[None]) -> AsyncIterator[None]:
        async with keeping():
            yield

    async def listed(
        context: ServerRequestContext[None, object], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[])

    server = McpServer.in_process(Server("x", lifespan=kept, on_list_tools=listed))

    async def go() -> int:
        async with keeping():
            return len(await server.tools())

    assert anyio.run(go) == 0
