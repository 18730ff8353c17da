"""Removing a container, whatever the engine answers: at moments that no test can choose with a real one."""

from __future__ import annotations

import json
import socketserver
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Thread

import pytest

from typedagents import ExecutorUnavailable
from typedagents.executors.containers.engine import Engine

pytestmark = pytest.mark.anyio
ENDING = (409, "removal of container is already in progress")
ENDED = (500, "sending SIGKILL to container 1: container state improper: stopped")
GONE, REMOVED = (404, "no such container"), (204, "")
Answers = list[tuple[int, str]]


@contextmanager
def engine_that_answers(answers: Answers) -> Iterator[Engine]:
    """A server on a socket of its own, whose answers these are, one after the other."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_DELETE(self) -> None:
            status, words = answers.pop(0)
            body = json.dumps({"message": words}).encode() if words else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

        def address_string(self) -> str:
            return ""

    with tempfile.TemporaryDirectory(prefix="engine-", dir="/tmp") as folder:
        place = f"{folder}/s.sock"
        with socketserver.ThreadingUnixStreamServer(place, Handler) as server:
            server.daemon_threads = True
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield Engine(place, "podman")
            finally:
                server.shutdown()
                thread.join()


@pytest.mark.parametrize("answers", [[REMOVED], [GONE], [ENDING, ENDED, ENDING, GONE], [ENDED, REMOVED]])
async def test_it_is_asked_again_until_the_container_is_gone(answers: Answers) -> None:
    with engine_that_answers(left := list(answers)) as engine:
        await engine.remove("c")
        assert left == []
    with engine_that_answers(left := list(answers)) as engine:
        engine.remove_now("c")
        assert left == []


async def test_any_other_error_is_told() -> None:
    with (
        engine_that_answers([(500, "the disk is full")] * 2) as engine,
        pytest.raises(ExecutorUnavailable, match="podman could not remove a container: the disk is full"),
    ):
        await engine.remove("c")
