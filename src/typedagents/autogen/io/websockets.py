"""A console at the other end of a web socket: what is printed is sent there, and what is asked is answered from there."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from typedagents.core.errors import ConfigError

from .base import IOStream

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

logger = logging.getLogger(__name__)


class IOWebsockets(IOStream):
    """Prints to a client, and asks it. Needs the extra ``websockets``."""

    def __init__(self, websocket: ServerConnection) -> None:
        self._websocket = websocket

    @property
    def websocket(self) -> ServerConnection:
        """The connection."""
        return self._websocket

    @staticmethod
    @contextmanager
    def run_server_in_thread(
        *,
        host: str = "127.0.0.1",
        port: int = 8765,
        on_connect: Callable[[IOWebsockets], None],
        ssl_context: ssl.SSLContext | None = None,
        compression: str | None = "deflate",
        max_size: int | None = 2**20,
    ) -> Iterator[str]:
        """A server for the time of this block; its address. ``port`` 0: a free one.

        ``on_connect`` is called with each client that comes, in a thread of its own, where all that agents print and ask
        goes to that client.
        """
        try:
            from websockets.sync.server import serve
        except ModuleNotFoundError as error:
            raise ConfigError(
                "IOWebsockets needs the package websockets, which is not installed: pip install 'typedagents[websockets]'"
            ) from error

        def connected(websocket: ServerConnection) -> None:
            stream = IOWebsockets(websocket)
            with IOStream.set_default(stream):
                try:
                    on_connect(stream)
                except Exception:  # this client's; others go on
                    logger.exception("on_connect failed; the client %s is left", websocket.remote_address)

        with serve(
            connected,
            host,
            port,
            ssl=ssl_context,
            compression=compression,
            max_size=max_size,
        ) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                scheme, (_, open_port, *_) = "wss" if ssl_context else "ws", server.socket.getsockname()
                yield f"{scheme}://{host}:{open_port}"
            finally:
                server.shutdown()
                thread.join()

    def print(self, *objects: object, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        """Send what ``print`` would print, at once."""
        self._websocket.send(sep.join(map(str, objects)) + end)

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        """Send ``prompt``, where there is one, and take the next message as the answer."""
        if prompt:
            self._websocket.send(prompt)
        answer = self._websocket.recv()
        return answer.decode() if isinstance(answer, bytes) else answer
