"""The few calls of a container engine's HTTP interface that running a program takes, over its unix socket.

Docker and Podman answer them alike. A container is made under a name that we choose, so that it can be removed even
when we were interrupted before we heard of it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio
from attrs import define, field, frozen
from msgspec import DecodeError
from msgspec.json import decode

from typedagents.core.errors import ExecutorUnavailable
from typedagents.executors.sandbox import Chunk

if TYPE_CHECKING:
    from httpx import AsyncClient, Client, Response

EngineName: TypeAlias = Literal["docker", "podman"]

HEADER = 8
"""Bytes before each piece of output: which stream it is of, three zeros, its length."""

MISSING, CONFLICT = 404, 409
CHANGING = b"container state improper"
"""Podman's error when a container ends by itself just while it is ended."""
BASE = "http://engine"
CALL_S = 30.0
GIVE_UP_S = 5.0
POLL_S = 0.01
ALL_OF_IT = {"force": "1", "v": "1"}
START_IT: Mapping[EngineName, str] = {
    "docker": "start it (dockerd), or name its socket in DOCKER_HOST=unix:///path",
    "podman": "start it (podman system service --time 0), or name its socket in CONTAINER_HOST=unix:///path",
}

SEE = "see 'typedagents doctor' for what works here"
LIST_BY: Mapping[EngineName, str] = {"docker": "-eo%20pid", "podman": "pid"}
"""How to ask for a list of processes that holds no more than it has to."""

Json: TypeAlias = Mapping[str, object]


@define
class Frames:
    """Output of both streams, as an engine sends it over one connection, taken apart."""

    _held: bytearray = field(factory=bytearray, init=False)

    def take(self, data: bytes) -> Iterator[Chunk]:
        """What ``data`` completes; a piece of output is passed on as far as it is there."""
        self._held += data
        while len(self._held) >= HEADER:
            size = int.from_bytes(self._held[4:HEADER], "big")
            here = min(size, len(self._held) - HEADER)
            if size and not here:
                return
            stream: Literal["stdout", "stderr"] = "stderr" if self._held[0] == 2 else "stdout"
            piece = bytes(self._held[HEADER : HEADER + here])
            rest = size - here
            head = self._held[:4] + rest.to_bytes(4, "big") if rest else b""
            self._held[: HEADER + here] = head
            if piece:
                yield Chunk(stream, piece)
            if rest:
                return


@frozen
class Engine:
    """An engine behind a socket. ``name`` is how it is called in errors."""

    socket: str
    name: EngineName = "docker"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncClient]:
        """A client in this event loop. There is no TLS on a socket: to read certificates would only take time."""
        import httpx

        self.prove_there()
        transport = httpx.AsyncHTTPTransport(uds=self.socket, verify=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, timeout=CALL_S) as client:
            yield client

    def prove_there(self) -> None:
        """``ExecutorUnavailable`` where nobody listens. Asked without HTTP, whose clients leave a socket open then."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.setblocking(False)
            try:
                asking.connect(self.socket)
            except BlockingIOError:
                return  # busy
            except OSError as error:
                raise ExecutorUnavailable(
                    f"{self.name} does not answer at {self.socket} ({error.strerror or error})",
                    START_IT[self.name],
                ) from error

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """What goes wrong between us and the engine is no fault of a program's."""
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise ExecutorUnavailable(
                f"{self.name} does not answer at {self.socket} ({said})", START_IT[self.name]
            ) from error

    async def create(self, client: AsyncClient, container: str, config: Json) -> None:
        """Make a container; interrupted, it is made nevertheless, so that whoever removes it then finds it."""
        with self.trouble():
            answer = await undisturbed(
                lambda: client.post("/containers/create", params={"name": container}, json=config)
            )
        if answer.status_code == MISSING:
            image = config.get("Image", "")
            raise ExecutorUnavailable(
                f"{self.name} has no image {image}", f"{self.name} pull {image}, or name one that it has"
            )
        self.prove(answer, "make a container")

    async def start(self, client: AsyncClient, container: str) -> None:
        """Start it."""
        with self.trouble():
            answer = await client.post(f"/containers/{container}/start")
        self.prove(answer, "start a container")

    async def state(self, client: AsyncClient, container: str) -> Json:
        """How it is now."""
        found = (await self._told(client, f"/containers/{container}/json", "look at a container")).get(
            "State"
        )
        return found if isinstance(found, dict) else {}

    async def ended(self, client: AsyncClient, container: str) -> Json:
        """How it was when it ended, which it does soon: nobody is left to write."""
        return await _at_rest(partial(self.state, client, container))

    def output(
        self, client: AsyncClient, container: str
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """What it writes from now on, both streams in frames; silent for as long as the program is."""
        path = f"/containers/{container}/attach?stream=1&stdout=1&stderr=1"
        return self._streamed(client, path, None, "read from a container")

    async def prepare(self, client: AsyncClient, container: str, program: Json) -> str:
        """Have another program ready in a container that runs; what it is called."""
        with self.trouble():
            answer = await client.post(f"/containers/{container}/exec", json=program)
        self.prove(answer, "prepare a program")
        return str(as_object(answer.content).get("Id"))

    def perform(self, client: AsyncClient, program: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Start a program that was prepared; what it writes."""
        order = {"Detach": False, "Tty": False}
        return self._streamed(client, f"/exec/{program}/start", order, "start a program")

    async def exit_code(self, client: AsyncClient, program: str) -> int:
        """What such a program ended with, which it does soon."""
        told = await _at_rest(partial(self._told, client, f"/exec/{program}/json", "look at a program"))
        code = told.get("ExitCode")
        if isinstance(code, int):
            return code
        raise ExecutorUnavailable(f"{self.name} does not tell how a program ended", SEE)

    async def processes(self, client: AsyncClient, container: str) -> int:
        """How many there are in a container."""
        wanted = LIST_BY[self.name]
        told = await self._told(client, f"/containers/{container}/top?ps_args={wanted}", "list processes")
        found = told.get("Processes")
        return len(found) if isinstance(found, list) else 0

    async def _told(self, client: AsyncClient, path: str, what: str) -> Json:
        with self.trouble():
            answer = await client.get(path)
        self.prove(answer, what)
        return as_object(answer.content)

    @asynccontextmanager
    async def _streamed(
        self, client: AsyncClient, path: str, order: Json | None, what: str
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        import httpx

        patient = httpx.Timeout(CALL_S, read=None)
        with self.trouble():
            async with client.stream("POST", path, json=order, timeout=patient) as answer:
                if answer.is_error:
                    await answer.aread()
                self.prove(answer, what)
                yield answer.aiter_raw()

    async def remove(self, container: str) -> None:
        """End it and remove it, through whatever cancellation; nothing happens where it is gone."""
        gone = False
        try:
            with anyio.move_on_after(CALL_S, shield=True):
                async with self.client() as client:
                    while not gone:
                        with self.trouble():
                            gone = self._gone(
                                await client.delete(f"/containers/{container}", params=ALL_OF_IT)
                            )
                        if not gone:
                            await anyio.sleep(POLL_S)
        finally:
            if not gone:  # a second cancellation came through the shield: block rather than leave something
                self.remove_now(container)

    def remove_now(self, container: str) -> None:
        """The same, blocking, without a word about what does not work."""
        until = time.monotonic() + GIVE_UP_S
        with suppress(ExecutorUnavailable), self._client_now() as client:
            while not self._gone(client.delete(f"/containers/{container}", params=ALL_OF_IT)):
                if time.monotonic() > until:
                    return
                time.sleep(POLL_S)

    def _gone(self, answer: Response) -> bool:
        """Whether it is. A conflict says that its removal has begun, at somebody's request."""
        if answer.status_code == CONFLICT or CHANGING in answer.content:
            return False
        if answer.status_code != MISSING:
            self.prove(answer, "remove a container")
        return True

    def ping(self, image: str | None = None) -> None:
        """``ExecutorUnavailable`` where the engine does not answer, or has no such image, where one is named."""
        with self._client_now() as client:
            self.prove(client.get("/_ping"), "answer")
            if image is not None and client.get(f"/images/{image}/json").status_code == MISSING:
                raise ExecutorUnavailable(f"{self.name} has no image {image}", f"{self.name} pull {image}")

    @contextmanager
    def _client_now(self) -> Iterator[Client]:
        import httpx

        self.prove_there()
        transport = httpx.HTTPTransport(uds=self.socket, verify=False)
        with self.trouble(), httpx.Client(transport=transport, base_url=BASE, timeout=GIVE_UP_S) as client:
            yield client

    def prove(self, answer: Response, what: str) -> None:
        """``ExecutorUnavailable`` where the engine refused."""
        if answer.is_error:
            told = as_object(answer.content).get("message", answer.reason_phrase)
            raise ExecutorUnavailable(f"{self.name} could not {what}: {told}", SEE)


async def undisturbed(ask: Callable[[], Awaitable[Response]]) -> Response:
    """What the answer is, heard to its end through whatever cancellation: then that is raised, and not the answer's error.

    A request that is given up may still be heeded, after what we ask next. It is made in a task that only we know: a
    shield alone holds off the cancellation of scopes, and not that of asyncio's tasks.
    """
    heard: list[Response | Exception] = []

    async def hear() -> None:
        with anyio.CancelScope(shield=True):
            try:
                heard.append(await ask())
            except Exception as error:  # for whoever asked, as it is: of a task it would come in a group
                heard.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(hear)
    (answer,) = heard
    if isinstance(answer, Exception):
        raise answer
    return answer


async def _at_rest(look: Callable[[], Awaitable[Json]]) -> Json:
    """Look until it runs no more. Podman's way to wait does so, at times, until a clean-up that is long in coming."""
    while True:
        told = await look()
        if not told.get("Running"):
            return told
        await anyio.sleep(POLL_S)


def as_object(data: bytes) -> Json:
    """A JSON object; an empty one where it is none."""
    try:
        told: object = decode(data)
    except DecodeError:
        return {}
    return told if isinstance(told, dict) else {}
