"""Servers that others wrote: two in Python, of the newest protocol, and three in JavaScript, of an older one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mcp.calling import call
from typedagents.core.errors import ConfigError, ToolError
from typedagents.core.parts import File, Image, Inline, Link, Text
from typedagents.interpreter.events import Event, Observed
from typedagents.mcp import McpServer, ToolProgress

Find = Callable[[str], str]


def test_time(way: str, installed: Find) -> None:
    tools = McpServer.stdio(installed("mcp-server-time"), "--local-timezone", "UTC").tools_sync()
    asked = '{"source_timezone":"Europe/Berlin","time":"12:30","target_timezone":"Asia/Tokyo"}'
    ran = call(way, tools, ("convert_time", asked), ("convert_time", '{"time":"12:30"}'))

    assert tools.names == ("get_current_time", "convert_time")
    assert json.loads(ran.texts[0])["target"]["timezone"] == "Asia/Tokyo"
    assert ran.results[1].failed
    assert "source_timezone" in ran.texts[1]


def test_git(installed: Find, tmp_path: Path) -> None:
    command = installed("mcp-server-git")
    for line in (["init", "-q"], ["add", "."]):
        (tmp_path / "a.txt").write_text("hello\n")
        subprocess.run(["git", *line], cwd=tmp_path, check=True)
    tools = McpServer.stdio(command, "--repository", str(tmp_path)).tools_sync()
    ran = call("asyncio", tools, ("git_status", json.dumps({"repo_path": str(tmp_path)})))

    assert "a.txt" in ran.texts[0]
    assert not ran.results[0].failed


def test_memory_keeps_what_it_was_told_between_runs(way: str, installed: Find, tmp_path: Path) -> None:
    env = {"MEMORY_FILE_PATH": str(tmp_path / "memory.jsonl")}
    tools = McpServer.stdio(installed("mcp-server-memory"), env=env).tools_sync()
    entity = {"name": "Ada", "entityType": "person", "observations": ["wrote the first program"]}
    call(way, tools, ("create_entities", json.dumps({"entities": [entity]})))

    assert "wrote the first program" in call(way, tools, ("read_graph", "{}")).texts[0]


def test_filesystem_reads_and_refuses(way: str, installed: Find, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "a.txt").write_text("hello")
    tools = McpServer.stdio(installed("mcp-server-filesystem"), str(folder)).tools_sync()
    ran = call(
        way,
        tools,
        ("read_text_file", json.dumps({"path": str(folder / "a.txt")})),
        ("read_text_file", json.dumps({"path": "/etc/passwd"})),
    )

    assert ran.texts[0] == "hello"
    assert ran.results[1].failed
    assert "denied" in ran.texts[1]


# --- server-everything ------------------------------------------------------------------------------------------


@pytest.fixture
def everything(installed: Find) -> McpServer:
    return McpServer.stdio(installed("mcp-server-everything"), trusted=True)


# The SDK leaves generators of httpx2 to the garbage collector where it stops reading; on trio, each warns of that.
by_the_sdk = pytest.mark.filterwarnings(
    "ignore:Async generator 'httpx2:ResourceWarning", "ignore:Async generator 'httpcore2:ResourceWarning"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def over_http(installed: Find) -> Iterator[tuple[McpServer, subprocess.Popen[bytes]]]:
    """The same server at an address of this machine, and its process."""
    port = free_port()
    env = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(
        [installed("mcp-server-everything"), "streamableHttp"], env=env, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if b"listening" in line:
                    break
            yield McpServer.http(f"http://127.0.0.1:{port}/mcp", trusted=True), process
        finally:
            process.kill()


def prove_everything(way: str, server: McpServer) -> None:
    """Every kind of content, progress, and an error, by one server."""
    seen: list[Event] = []
    ran = call(
        way,
        server.tools_sync(),
        ("echo", '{"message":"hi"}'),
        ("get-sum", '{"a":2,"b":3}'),
        ("get-tiny-image", "{}"),
        ("get-resource-links", '{"count":2}'),
        ("get-resource-reference", '{"resourceType":"Blob","resourceId":1}'),
        ("get-structured-content", '{"location":"Chicago"}'),
        ("trigger-long-running-operation", '{"duration":0.2,"steps":4}'),
        ("get-sum", '{"a":"two"}'),
        watchers=(seen.append,),
    )
    echo, total, image, links, reference, structured, _, wrong = ran.results
    shown = [event.observation for event in seen if isinstance(event, Observed)]

    assert echo.text == "Echo: hi"
    assert "5" in total.text
    assert [
        part.media.mime
        for part in image.content
        if isinstance(part, Image) and isinstance(part.media, Inline)
    ] == ["image/png"]
    assert sum(isinstance(part, File) and isinstance(part.media, Link) for part in links.content) == 2
    assert any(isinstance(part, File) and isinstance(part.media, Inline) for part in reference.content)
    assert "temperature" in structured.text
    assert [one.progress for one in shown if isinstance(one, ToolProgress)] == [1, 2, 3, 4]
    assert [result.failed for result in ran.results] == [False] * 7 + [True]
    assert "number" in wrong.text


def test_everything_over_stdio(way: str, everything: McpServer) -> None:
    prove_everything(way, everything)


@by_the_sdk
def test_everything_over_http(way: str, over_http: tuple[McpServer, subprocess.Popen[bytes]]) -> None:
    prove_everything(way, over_http[0])


def test_resources_are_listed_and_read(everything: McpServer) -> None:
    first = everything.resources_sync()[0]
    (text,) = everything.read_sync(first.uri)

    assert first.uri.startswith("demo://resource/")
    assert isinstance(text, Text)
    assert len(text.text) > 100
    with pytest.raises(ToolError, match="demo://nowhere"):
        everything.read_sync("demo://nowhere")


def test_prompts_are_listed_and_filled_in(everything: McpServer) -> None:
    prompt = {prompt.name: prompt for prompt in everything.prompts_sync()}["args-prompt"]
    filled = everything.prompt_sync(prompt.name, {"city": "Paris"})

    assert [(argument.name, argument.required) for argument in prompt.arguments] == [
        ("city", True),
        ("state", False),
    ]
    assert filled.messages[0].sender == "user"
    assert "Paris" in filled.instructions.text
    with pytest.raises(ToolError, match="city"):
        everything.prompt_sync("args-prompt")


@by_the_sdk
def test_a_server_that_goes_away_over_http_is_a_failed_result(
    way: str, over_http: tuple[McpServer, subprocess.Popen[bytes]]
) -> None:
    server, process = over_http
    tools = server.tools_sync()

    def kill(event: Event) -> None:
        if isinstance(event, Observed) and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    ran = call(
        way,
        tools,
        ("trigger-long-running-operation", '{"duration":60,"steps":600}'),
        ("echo", '{"message":"hi"}'),
        watchers=(kill,),
    )

    assert [result.failed for result in ran.results] == [True, True]
    assert all(server.label in text for text in ran.texts)
    with pytest.raises(ConfigError, match="no connection"):
        server.tools_sync()
