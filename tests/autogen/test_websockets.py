"""Consoles at the other end of a web socket, with real ones."""

from __future__ import annotations

import sys

import pytest

from typedagents.autogen import AssistantAgent, UserProxyAgent, using
from typedagents.autogen.io import IOConsole, IOStream, IOWebsockets
from typedagents.core.errors import ConfigError
from typedagents.testing import scripted_model

pytest.importorskip("websockets", reason="websockets is not installed: pip install 'typedagents[websockets]'")


def test_what_is_printed_is_sent_and_what_is_asked_is_answered() -> None:
    from websockets.sync.client import connect

    heard: list[str] = []

    def on_connect(stream: IOWebsockets) -> None:
        heard.append(stream.input())
        stream.print("Hello", "world", sep=", ", flush=True)
        heard.append(stream.input("May I? "))
        assert IOStream.get_default() is stream
        assert stream.websocket.remote_address

    with IOWebsockets.run_server_in_thread(port=0, on_connect=on_connect) as address:
        with connect(address) as client:
            client.send("hi")
            assert client.recv() == "Hello, world\n"
            assert client.recv() == "May I? "
            client.send(b"Yes")
        assert isinstance(IOStream.get_default(), IOConsole)
    assert heard == ["hi", "Yes"]


def test_a_chat_is_held_with_a_client() -> None:
    from websockets.sync.client import connect

    def on_connect(stream: IOWebsockets) -> None:
        user = UserProxyAgent("user", code_execution_config=False)
        assistant = AssistantAgent("assistant", llm_config={"model": "m", "api_key": "k"})
        with using(store=None, models=scripted_model("Hello, Ann.")):
            user.initiate_chat(assistant, message=stream.input())

    with (
        IOWebsockets.run_server_in_thread(port=0, on_connect=on_connect) as address,
        connect(address) as client,
    ):
        client.send("I am Ann.")
        told = ""
        while "Hello, Ann." not in told:
            told += str(client.recv())
        client.send("exit")
        told += "".join(map(str, client))
    assert "I am Ann." in told


def test_a_client_whose_program_fails_is_left(caplog: pytest.LogCaptureFixture) -> None:
    from websockets.sync.client import connect

    def on_connect(stream: IOWebsockets) -> None:
        raise ValueError(stream.input())

    with (
        IOWebsockets.run_server_in_thread(port=0, on_connect=on_connect) as address,
        connect(address) as client,
    ):
        client.send("no")
        assert list(client) == []
    assert "on_connect failed" in caplog.text


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.sync.server", None)
    with (
        pytest.raises(ConfigError, match=r"pip install 'typedagents\[websockets\]'"),
        IOWebsockets.run_server_in_thread(on_connect=print),
    ):
        pass
