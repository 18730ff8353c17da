"""A transport that writes down what passes through it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit
from uuid import uuid4

from attrs import define, field, frozen
from msgspec import UNSET

from typedagents.core.errors import ConfigError, ProviderError
from typedagents.interpreter.ports import (
    Deadlines,
    Headers,
    HttpReply,
    HttpRequest,
    HttpStream,
    HttpTransport,
)
from typedagents.interpreter.secrets import Secret
from typedagents.providers.http import shared_transport

from .endpoints import endpoint_of, model_of, provider_of
from .exchange import DIGEST, Exchange, Fault, Response, Source, as_text, written
from .scrubbing import hidden, hidden_body, kept, scrubbed


@define(eq=False)
class Heard:
    """An answer, while it comes in, and what has come of it."""

    _stream: HttpStream
    pieces: list[bytes] = field(factory=list, init=False)
    fault: ProviderError | None = field(default=None, init=False)
    _reading: AsyncGenerator[bytes, None] | None = field(default=None, init=False)

    @property
    def status(self) -> int:
        return self._stream.status

    @property
    def headers(self) -> Headers:
        return self._stream.headers

    def chunks(self) -> AsyncIterator[bytes]:
        self._reading = self._read_on()
        return self._reading

    async def _read_on(self) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in self._stream.chunks():
                self.pieces.append(chunk)
                yield chunk
        except ProviderError as error:
            self.fault = error
            raise

    async def aclose(self) -> None:
        """End what was not read to its end."""
        if self._reading is not None:
            await self._reading.aclose()

    async def read(self) -> bytes:
        try:
            self.pieces.append(await self._stream.read())
        except ProviderError as error:
            self.fault = error
            raise
        return self.pieces[-1]


@define(eq=False)
class _Count:
    """How many exchanges one recorder has written."""

    group: str = field(factory=lambda: f"g{uuid4().hex[:DIGEST]}")
    turn: int = 0
    lock: Lock = field(factory=Lock)


@frozen(eq=False)
class Recorder:
    """See ``record``."""

    file: Path
    transport: HttpTransport = field(repr=False)
    provider: str = ""
    hide: tuple[Secret, ...] = ()
    _count: _Count = field(factory=_Count, init=False, repr=False)

    async def send(self, request: HttpRequest, deadlines: Deadlines, /) -> HttpReply:
        try:
            reply = await self.transport.send(request, deadlines)
        except ProviderError as error:
            self._write(request, error)
            raise
        self._write(request, None, reply.status, reply.headers, (reply.body,), stream=False)
        return reply

    def open(self, request: HttpRequest, deadlines: Deadlines, /) -> AbstractAsyncContextManager[HttpStream]:
        return self._open(request, deadlines)

    @asynccontextmanager
    async def _open(self, request: HttpRequest, deadlines: Deadlines) -> AsyncIterator[HttpStream]:
        heard: Heard | None = None
        others = False
        try:
            async with self.transport.open(request, deadlines) as stream:
                heard = Heard(stream)
                try:
                    yield heard
                except Exception:
                    others = True  # a mistake of whoever reads, or what the stream itself raised
                    raise
                finally:
                    await heard.aclose()
        except ProviderError as error:
            fault = heard.fault if heard and others else error
            if fault is not None:
                self._write_stream(request, heard, fault)
            raise
        self._write_stream(request, heard, heard.fault)

    def _write_stream(self, request: HttpRequest, heard: Heard | None, fault: ProviderError | None) -> None:
        if heard is None:
            self._write(request, fault, stream=True)
        else:
            self._write(request, fault, heard.status, heard.headers, heard.pieces, stream=True)

    def _write(
        self,
        request: HttpRequest,
        fault: ProviderError | None,
        status: int = 0,
        headers: Headers = (),
        pieces: Sequence[bytes] = (),
        *,
        stream: bool = False,
    ) -> None:
        asked, pattern = scrubbed(request, self.hide)
        body, sizes = hidden_body(pattern, pieces)
        encoding, text = as_text(body)
        provider = self.provider or provider_of(urlsplit(request.url).hostname or "")
        endpoint = endpoint_of(asked.path, provider)
        said = (
            None if fault is None else {name: hidden(pattern, value) for name, value in fault.facts.items()}
        )
        with self._count.lock:
            exchange = Exchange(
                id=f"{provider}.{endpoint}.{asked.key.hex()[:DIGEST]}",
                source=Source("", self.file.name, self._count.turn),
                group=self._count.group,
                turn=self._count.turn,
                provider=provider,
                endpoint=endpoint,
                model=model_of(asked.path, asked.json),
                stream=stream,
                request=asked,
                response=Response(
                    status,
                    kept(headers, lambda value: hidden(pattern, value)),
                    encoding,
                    text,
                    sizes if stream else UNSET,
                ),
                fault=UNSET if fault is None else Fault(fault.kind, hidden(pattern, fault.text), said or {}),
            )
            appended(self.file, written(exchange))
            self._count.turn += 1


def appended(file: Path, line: bytes) -> None:
    """Add a line at once, behind the last whole one: what a crash has torn is cut off.

    Several processes may do so; each waits for the one that writes.
    """
    left = memoryview(line)
    try:
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as opened:
            _lock(opened.fileno())
            opened.seek(_whole(opened.fileno()))
            opened.truncate()
            while left:
                left = left[opened.write(left) :]
    except OSError as error:
        raise ConfigError(
            f"cannot write the recording {file}: {error.strerror}; name another file"
        ) from error


BLOCK = 65536


def _whole(fd: int) -> int:
    """Where the last whole line ends."""
    end = os.lseek(fd, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - BLOCK)
        os.lseek(fd, start, os.SEEK_SET)
        found = os.read(fd, end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _lock(fd: int) -> None:
    """Wait until no other process writes, where the system knows how; the lock ends with the file."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(fd, fcntl.LOCK_EX)


def record(
    file: str | os.PathLike[str],
    transport: HttpTransport | None = None,
    *,
    provider: str = "",
    hide: Sequence[Secret] = (),
) -> Recorder:
    """A transport that asks by ``transport`` and adds each exchange to ``file``; ``play(file)`` answers from it.

    ``OpenAIChat(model="...", transport=record("tests/recordings/sum.jsonl"))``. Keys, cookies, accounts and hosts are not
    written; name what else must not be with ``hide``. ``provider`` names a service whose host is not known. The words
    that are sent and answered are written as they are: look at them before they are published.
    """
    path = Path(file)
    if path.is_dir() or not path.parent.is_dir():
        raise ConfigError(f"record writes a file in a folder that exists; found {os.fspath(file)!r}")
    return Recorder(path, transport or shared_transport(), provider, tuple(hide))
