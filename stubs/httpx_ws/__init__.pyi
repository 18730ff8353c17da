# What this project uses of httpx-ws 0.9, which is an extra and not installed everywhere.
from contextlib import AbstractAsyncContextManager

from httpx import AsyncClient, Response

class HTTPXWSException(Exception): ...

class WebSocketUpgradeError(HTTPXWSException):
    response: Response

class AsyncWebSocketSession:
    subprotocol: str | None
    async def send_bytes(self, data: bytes) -> None: ...
    async def receive_bytes(self) -> bytes: ...

def aconnect_ws(
    url: str,
    client: AsyncClient,
    *,
    max_message_size_bytes: int,
    keepalive_ping_interval_seconds: float | None,
    subprotocols: list[str],
) -> AbstractAsyncContextManager[AsyncWebSocketSession]: ...
