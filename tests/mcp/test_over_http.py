"""Streamable HTTP that goes wrong: by servers of this machine that answer what they should not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from attrs import define, field

from tests.mcp.calling import call
from typedagents.core.errors import ConfigError
from typedagents.interpreter.secrets import Secret
from typedagents.mcp import McpServer

pytestmark = (
    pytest.mark.filterwarnings(  # the SDK leaves these to the garbage collector; on trio, each warns of that
        "ignore:Async generator 'httpx2:ResourceWarning", "ignore:Async generator 'httpcore2:ResourceWarning"
    )
)

ANSWERS: dict[str, object] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "odd", "version": "1"},
    },
    "tools/list": {
        "tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ("echo", "forget")]
    },
    "tools/call": {"content": [{"type": "text", "text": "hello"}]},
}


@define(eq=False)
class Sessions:
    """A server that knows one session, and forgets it when the tool ``forget`` is called. ``status``: it refuses."""

    status: int = 200
    began: int = 0
    known: bool = False
    authorized: list[str | None] = field(factory=list)

    def answer(self, method: str, params: dict[str, object], session: str | None) -> tuple[int, object]:
        """The status, and the result, if there is one."""
        if self.status != 200:
            return self.status, None
        if method == "initialize":
            self.began += 1
            self.known = True
        elif not self.known or session != str(self.began):
            return 404, None
        if params.get("name") == "forget":
            self.known = False
        return (200, ANSWERS[method]) if method in ANSWERS else (202, None)


@contextmanager
def listening(sessions: Sessions) -> Iterator[str]:
    """The address at which the server is."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            sessions.authorized.append(self.headers["authorization"])
            status, result = sessions.answer(
                message["method"], message.get("params", {}), self.headers["mcp-session-id"]
            )
            answer = {"jsonrpc": "2.0", "id": message.get("id"), "result": result}
            body = b"" if result is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("mcp-session-id", str(sessions.began))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_error(405)

        def do_DELETE(self) -> None:
            self.send_error(405)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/mcp"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_forgot_us_is_asked_again_in_a_new_session(way: str) -> None:
    sessions = Sessions()
    with listening(sessions) as url:
        tools = McpServer.http(url).tools_sync()
        before = sessions.began
        ran = call(way, tools, ("echo", "{}"), ("forget", "{}"), ("echo", "{}"))

    assert ran.texts == ["hello"] * 3
    assert sessions.began == before + 2


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_refusal_is_told_with_its_status_and_without_the_secrets(status: int) -> None:
    sessions = Sessions(status=status)
    secret = Secret("Bearer abcdefgh12345")
    with listening(sessions) as url:
        server = McpServer.http(f"{url}?key=ijklmnop", headers={"Authorization": secret})
        with pytest.raises(ConfigError) as caught:
            server.tools_sync()

    assert f"{url}: no connection" in str(caught.value)
    assert f"HTTP status {status}" in str(caught.value)
    assert sessions.authorized[0] == "Bearer abcdefgh12345"
    for secret_text in ("abcdefgh12345", "ijklmnop"):
        assert secret_text not in str(caught.value) + repr(server)


def test_a_server_that_is_not_there_is_told(way: str) -> None:
    with listening(Sessions()) as url:
        server = McpServer.http(url)
        tools = server.tools_sync()
    (result,) = call(way, tools, ("echo", "{}")).results

    assert result.failed
    assert result.text.startswith(f"MCP server {url}: no connection: ")
    assert "attempts" in result.text
