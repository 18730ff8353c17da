"""A cluster's interface on loopback, which says what it is told to: for what was recorded, and for bad days.

It speaks HTTP and websockets by itself, so that our client is not tested against its own reading of them.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from hashlib import sha1
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from attrs import define, field, frozen

from typedagents.executors import Cluster

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY, CLOSE = 0x82, 0x88
RUNNING: Mapping[str, object] = {"phase": "Running"}
SUCCESS = b'\x03{"metadata":{},"status":"Success"}'


def ended(code: int) -> bytes:
    """What says that a program ended with this code."""
    cause = {"reason": "ExitCode", "message": str(code)}
    told = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [cause]}}
    return b"\x03" + json.dumps(told).encode()


@frozen
class Play:
    """What one program says, message by message; ``end``: then it closes, or says no more, or the line breaks."""

    messages: tuple[bytes, ...] = (SUCCESS,)
    end: Literal["close", "hang", "break"] = "close"


@frozen
class Heard:
    """What was asked: for a program, its script and what it was given to read."""

    method: str
    path: str
    body: bytes = b""
    script: str = ""
    offered: tuple[str, ...] = ()


@frozen
class Refusal:
    """An answer that says no."""

    code: int
    message: str


@define
class Api:
    """What it answers: to looks at a pod in turn, the last again and again; to programs in turn, then as if they did nothing."""

    statuses: deque[Mapping[str, object]] = field(factory=lambda: deque([RUNNING]))
    plays: deque[Play] = field(factory=deque)
    refusals: Mapping[str, Refusal] = field(factory=dict)
    """By method; those of programs by EXEC."""
    version: str = "v4.channel.k8s.io"
    heard: list[Heard] = field(factory=list)
    hears: Callable[[int], None] = lambda number: None
    """Called with the number of what was heard so far."""
    held: Mapping[str, anyio.Event] = field(factory=dict)
    """By method: such a request is heeded, and answered, no sooner than told."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Cluster]:
        """Serve, and say where."""
        async with (
            await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
            anyio.create_task_group() as group,
        ):
            group.start_soon(listener.serve, self._answer)
            port = listener.extra(SocketAttribute.local_port)
            yield Cluster(f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer secret"})
            group.cancel_scope.cancel()

    def scripts(self) -> list[str]:
        """The scripts that were run."""
        return [heard.script for heard in self.heard if heard.script]

    async def _answer(self, stream: SocketStream) -> None:
        async with stream:
            incoming = BufferedByteReceiveStream(stream)
            while True:
                try:
                    head = (await incoming.receive_until(b"\r\n\r\n", 1 << 16)).decode()
                except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
                    return
                first, *lines = head.split("\r\n")
                method, target, _ = first.split()
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                if "upgrade" in headers:
                    await self._exec(stream, incoming, target, headers)
                    return
                body = await incoming.receive_exactly(int(headers.get("content-length", "0")))
                self._hear(Heard(method, urlsplit(target).path, body))
                if (told := self.held.get(method)) is not None:
                    await told.wait()
                    self.heard.append(Heard(f"{method} heeded", target))
                await stream.send(self._said(method))

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.hears(len(self.heard))

    def _said(self, method: str) -> bytes:
        if refusal := self.refusals.get(method):
            return _http(refusal.code, {"message": refusal.message})
        if method != "GET":
            return _http(200, {})
        if any(heard.method == "DELETE" for heard in self.heard):
            return _http(404, {"message": "gone"})
        status = self.statuses.popleft() if len(self.statuses) > 1 else self.statuses[0]
        return _http(200, {"status": status})

    async def _exec(
        self,
        stream: SocketStream,
        incoming: BufferedByteReceiveStream,
        target: str,
        headers: Mapping[str, str],
    ) -> None:
        if refusal := self.refusals.get("EXEC"):
            await stream.send(_http(refusal.code, {"message": refusal.message}))
            return
        key = b64encode(sha1(headers["sec-websocket-key"].encode() + GUID).digest()).decode()
        said = f"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n"
        await stream.send(f"{said}Sec-WebSocket-Protocol: {self.version}\r\n\r\n".encode())
        script, data = await self._input(incoming)
        offered = tuple(headers["sec-websocket-protocol"].replace(" ", "").split(","))
        assert parse_qs(urlsplit(target).query)["container"] == ["sandbox"]
        self._hear(Heard("EXEC", urlsplit(target).path, data, script, offered))
        play = self.plays.popleft() if self.plays else Play()
        for message in play.messages:
            await stream.send(_frame(BINARY, message))
        if play.end == "hang":
            await anyio.sleep_forever()
        if play.end == "close":
            await stream.send(_frame(CLOSE, b"\x03\xe8"))

    async def _input(self, incoming: BufferedByteReceiveStream) -> tuple[str, bytes]:
        """The script, which is the first line, and as much as that reads; in version 5, up to the end that is told."""
        held, closed = b"", False
        while (
            b"\n" not in held or len(held) < _wanted(held) or (self.version.startswith("v5") and not closed)
        ):
            message = await _message(incoming)
            if message[:1] == b"\xff":
                assert message == b"\xff\x00"
                closed = True
            else:
                assert message[:1] == b"\x00"
                held += message[1:]
        line, _, data = held.partition(b"\n")
        return b64decode(line).decode("utf-8", "surrogateescape"), data


def _wanted(held: bytes) -> int:
    line = held.partition(b"\n")[0]
    reads = re.search(rb"head -c (\d+) >", b64decode(line))
    return len(line) + 1 + (int(reads[1]) if reads else 0)


async def _message(incoming: BufferedByteReceiveStream) -> bytes:
    """A message of the client's, whose bytes are masked."""
    _, size = await incoming.receive_exactly(2)
    size &= 0x7F
    if size > 125:
        size = int.from_bytes(await incoming.receive_exactly(2 if size == 126 else 8), "big")
    mask = await incoming.receive_exactly(4)
    masked = await incoming.receive_exactly(size)
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))


def _frame(kind: int, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return bytes([kind, size]) + data
    return (
        bytes([kind, 126]) + size.to_bytes(2, "big") + data
        if size < 1 << 16
        else bytes([kind, 127]) + size.to_bytes(8, "big") + data
    )


def _http(code: int, body: Mapping[str, object]) -> bytes:
    data = json.dumps(body).encode()
    return (
        f"HTTP/1.1 {code} Said\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        + data
    )
