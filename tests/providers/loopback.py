"""A server on the loopback interface that says exactly the bytes it is told, also wrong ones.

It runs on a loop in a thread of its own, so that clients of any event loop can talk to it. Each answer of the script
serves one request; what was asked is kept.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Literal, TypeAlias, TypeVar

import msgspec
from attrs import define, field, frozen

After: TypeAlias = Literal["keep", "close", "hang"]


L = TypeVar("L", bound="Loopback")


@frozen
class Answer:
    """Bytes, written piece by piece, and what happens to the connection then."""

    pieces: tuple[bytes, ...]
    after: After = "keep"


@frozen
class Asked:
    """A request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        return msgspec.json.decode(self.body, type=dict[str, object])


@define(eq=False)
class Loopback:
    """The server's address, and what it was asked."""

    script: list[Answer]
    tls: ssl.SSLContext | None = None
    port: int = 0
    asked: list[Asked] = field(factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (asked := await self.request(reader)) is not None:
                self.asked.append(asked)
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                for piece in answer.pieces:
                    writer.write(piece)
                    await writer.drain()
                if answer.after == "hang":
                    await reader.read()  # until the client gives up
                if answer.after != "keep":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader) -> Asked | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return None
        line, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Asked(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@contextmanager
def serving(*script: Answer) -> Iterator[Loopback]:
    """A server that follows the script; the last answer is given as often as it is asked for."""
    with running(Loopback(list(script))) as server:
        yield server


@contextmanager
def running(server: L) -> Iterator[L]:
    """``server``, on a loop in a thread of its own."""
    ready: Future[asyncio.Event] = Future()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=server.tls)
        server.port = listening.sockets[0].getsockname()[1]
        stop = asyncio.Event()
        loops.append(asyncio.get_running_loop())
        ready.set_result(stop)
        await stop.wait()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    stop = ready.result()
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


def whole(
    body: bytes | object, *, status: str = "200 OK", kind: str = "application/json", more: str = ""
) -> Answer:
    """An answer with a length."""
    text = body if isinstance(body, bytes) else msgspec.json.encode(body)
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{more}content-length: {len(text)}\r\n\r\n"
    return Answer((head.encode() + text,))


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def streamed(*events: bytes | object, end: bool = True, after: After = "keep") -> Answer:
    """Events in chunks; ``end=False`` leaves out the last chunk, as a connection that breaks does."""
    texts = (
        event if isinstance(event, bytes) else b"data: " + msgspec.json.encode(event) + b"\n\n"
        for event in events
    )
    chunks = tuple(b"%x\r\n%s\r\n" % (len(text), text) for text in texts)
    if after == "hang":
        return Answer((STREAM_HEAD, *chunks), "hang")
    return Answer((STREAM_HEAD, *chunks, b"0\r\n\r\n")) if end else Answer((STREAM_HEAD, *chunks), "close")


def said(text: str = "hello", **more: object) -> dict[str, object]:
    """The body of a plain answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "r1", "model": "m-1", "choices": [choice], **more}


def piece(text: str | None = None, reason: str | None = None) -> dict[str, object]:
    """An event of a streamed answer."""
    delta = {} if text is None else {"content": text}
    return {"id": "r1", "model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


DONE = b"data: [DONE]\n\n"


def hanging(*pieces: bytes) -> Answer:
    """An answer that stops without end."""
    return Answer(pieces, "hang")


def refusing(message: str, status: str, **more: object) -> Answer:
    """An error in the usual shape."""
    return whole(
        {"error": {"message": message, "type": "invalid_request_error", "code": None, **more}}, status=status
    )


Script: TypeAlias = Sequence[Answer]
