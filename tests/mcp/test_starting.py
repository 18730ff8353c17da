"""Servers before they are used: those that cannot be started, what is hidden of them, and what they are as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mcp.calling import alive, call, odd, starts
from typedagents.core.errors import ConfigError
from typedagents.interpreter.secrets import Secret
from typedagents.mcp import McpServer, connection, process
from typedagents.mcp.hidden import Value
from typedagents.mcp.story import Story

# --- what goes wrong before -------------------------------------------------------------------------------------


def refused(server: McpServer) -> str:
    with pytest.raises(ConfigError) as caught:
        server.tools_sync()
    return str(caught.value)


def test_a_server_that_dies_at_its_start_is_told_with_its_command_exit_code_and_last_words(log: Path) -> None:
    text = refused(odd(log, "dies"))

    assert "odd_server.py" in text
    assert "its process ended with exit code 3" in text
    assert "no configuration found\nbye" in text


def test_a_server_that_never_answers_is_given_up(log: Path) -> None:
    assert "it did not answer within 0.5 s" in refused(odd(log, "silent", start_timeout_s=0.5))
    assert not any(map(alive, starts(log)))


def test_a_server_that_does_not_list_its_tools_is_given_up(log: Path) -> None:
    assert "it did not answer within 2 s" in refused(odd(log, "secretive", start_timeout_s=2))


def test_what_a_silent_server_writes_instead_is_told(log: Path) -> None:
    assert "what is no message: Hello, I am no server!" in refused(odd(log, "rubbish", start_timeout_s=3))


def test_a_line_without_an_end_ends_the_connection(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LONGEST_MESSAGE", 100_000)
    monkeypatch.setattr(process, "GRACE_S", 0.2)

    assert "xxx ... (" in refused(odd(log, "huge"))
    assert not any(map(alive, starts(log)))


def test_a_listing_without_an_end_is_given_up(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_PAGES", 20)
    assert "lists more than 20 pages" in refused(odd(log, "endless"))


def test_a_server_that_does_not_end_is_ended(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    odd(log, "stubborn").tools_sync()

    assert not any(map(alive, starts(log)))


def test_a_program_that_is_not_there_is_said_to_be_missing() -> None:
    text = refused(McpServer.stdio("no-such-mcp-server", "--now"))
    assert text == (
        "MCP server `no-such-mcp-server --now`: no connection: no such program was found; install it, or give its"
        " whole path"
    )


def test_a_folder_that_is_not_there_is_said_to_be_missing(log: Path, tmp_path: Path) -> None:
    server = McpServer.stdio("python3", cwd=tmp_path / "nowhere")
    assert "it cannot be started: [Errno 2] No such file or directory" in refused(server)


# --- secrets ----------------------------------------------------------------------------------------------------


def test_no_secret_is_in_a_result_a_trace_or_a_repr(way: str, log: Path) -> None:
    server = odd(log, env={"TOKEN": Secret("abcdefgh12345"), "PLAIN": "ijklmnop"})
    ran = call(way, server.tools_sync(), ("env", "{}"))

    assert '"TOKEN": "[secret]"' in ran.texts[0]
    assert b"abcdefgh12345" not in bytes(ran.store.traces["r"])
    assert "abcdefgh12345" not in repr(server)
    assert "ijklmnop" not in repr(server)
    assert "TOKEN, PLAIN" in repr(server)


def test_no_value_of_the_environment_is_in_an_error() -> None:
    program = "import os, sys; sys.exit('the keys are ' + os.environ['A'] + ' and ' + os.environ['B'] + sys.argv[1])"
    env: dict[str, Value] = {"A": Secret("abcdefgh12345"), "B": "Bearer plain-old-token"}
    text = refused(McpServer.stdio("python3", "-c", program, Secret("qrstuvwxyz"), env=env))

    assert "the keys are [secret] and [secret][secret]" in text
    assert "qrstuvwxyz" not in text


# --- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_times_are_proved(seconds: float) -> None:
    with pytest.raises(ConfigError, match="timeout_s is a number of seconds above 0, or None"):
        McpServer.stdio("x", timeout_s=seconds)
    with pytest.raises(ConfigError, match="start_timeout_s is a number of seconds above 0"):
        McpServer.stdio("x", start_timeout_s=seconds)
    assert McpServer.stdio("x", timeout_s=None).timeout_s is None


def test_a_command_is_needed() -> None:
    with pytest.raises(ConfigError, match="takes the command that starts a server"):
        McpServer.stdio(" ")


def test_tools_of_equal_servers_are_equal_and_say_whose_they_are(log: Path) -> None:
    ours, others = odd(log).tools_sync(), odd(log).tools_sync()

    assert ours == others
    assert ours | others == ours
    assert repr(ours["echo"]).startswith("McpTool('echo' of McpServer(")


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (3, "exit code 3"), (-9, "ended by SIGKILL"), (-40, "ended by signal 40")],
)
def test_how_a_process_ended_is_told_in_words(code: int, words: str) -> None:
    story = Story()
    story.exit_code = code
    assert words in story.told("x")
