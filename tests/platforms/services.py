"""Discord, Slack and Telegram on the loopback interface: what their published interfaces say of the requests we make."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from attrs import define, field, frozen
from msgspec.json import decode, encode

TOKEN = "secret-token-1234567890"
START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: when the first message was posted; each later one a minute later."""


@frozen
class Said:
    """An answer."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)


@define(eq=False)
class Service:
    """What all of them do. ``before``: how the next requests are answered otherwise; None: as usual."""

    posted: list[str] = field(factory=list)
    before: list[Said | None] = field(factory=list)
    asked: list[str] = field(factory=list)
    url: str = ""

    def answer(
        self, method: str, path: str, query: dict[str, str], token: str, body: dict[str, object]
    ) -> Said:
        self.asked.append(f"{method} {path}")
        otherwise = self.before.pop(0) if self.before else None
        return otherwise or self.says(path.strip("/"), query, token, body)

    def says(self, path: str, query: dict[str, str], token: str, body: dict[str, object]) -> Said:
        raise NotImplementedError

    def minutes(self) -> Iterator[tuple[int, str]]:
        """When each message was posted, in milliseconds, and what it says."""
        return ((START_MS + 60_000 * place, text) for place, text in enumerate(self.posted))


def snowflake(ms: int) -> int:
    return (ms - 1_420_070_400_000) << 22


@define(eq=False)
class DiscordService(Service):
    """One guild with a text channel and a voice channel of its own."""

    def says(self, path: str, query: dict[str, str], token: str, body: dict[str, object]) -> Said:
        if token != f"Bot {TOKEN}":
            return Said({"message": "401: Unauthorized", "code": 0}, 401)
        if path == "users/@me/guilds":
            first = int(query.get("after", 0))
            guilds = [{"id": str(id), "name": f"guild {id}"} for id in range(1, 231)]
            return Said([one for one in guilds if int(one["id"]) > first][: int(query["limit"])])
        if path == "guilds/230/channels":
            return Said([{"id": "7", "type": 2, "name": "talk"}, {"id": "8", "type": 0, "name": "general"}])
        if path != "channels/8/messages":
            return Said({"message": "Missing Access", "code": 50001}, 403)
        if body:
            return self.post(body)
        made = [
            {"id": str(snowflake(ms)), "content": text, "author": {"username": "ann"}}
            for ms, text in self.minutes()
        ]
        older = [one for one in reversed(made) if int(str(one["id"])) < int(query.get("before", 1 << 80))]
        return Said(older[: int(query["limit"])])

    def post(self, body: dict[str, object]) -> Said:
        content = str(body["content"])
        if len(content) > 2000:
            return Said({"message": "Invalid Form Body", "code": 50035}, 400)
        assert body["allowed_mentions"] == {"parse": []}
        self.posted.append(content)
        return Said({"id": str(snowflake(START_MS + 60_000 * (len(self.posted) - 1)))})


@define(eq=False)
class SlackService(Service):
    """One channel."""

    def says(self, path: str, query: dict[str, str], token: str, body: dict[str, object]) -> Said:
        if token != f"Bearer {TOKEN}":
            return Said({"ok": False, "error": "invalid_auth"})
        if (body or query).get("channel") != "C1":
            return Said({"ok": False, "error": "channel_not_found"})
        if path == "chat.postMessage":
            self.posted.append(str(body["text"]))
            return Said({"ok": True, "ts": f"{START_MS // 1000 + 60 * (len(self.posted) - 1)}.000100"})
        made = [{"ts": f"{ms // 1000}.000100", "user": "U1", "text": text} for ms, text in self.minutes()]
        newest = [one for one in reversed(made) if float(one["ts"]) > float(query.get("oldest", 0))]
        first = int(query.get("cursor", 0))
        last = first + int(query["limit"])
        cursor = str(last) if last < len(newest) else ""
        return Said(
            {"ok": True, "messages": newest[first:last], "response_metadata": {"next_cursor": cursor}}
        )


@define(eq=False)
class TelegramService(Service):
    """One chat, and another that the bot hears of as well. An update before an ``offset`` asked for is gone."""

    arrived: int = 0

    def says(self, path: str, query: dict[str, str], token: str, body: dict[str, object]) -> Said:
        if not path.startswith(f"bot{TOKEN}/"):
            return Said({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        if path.endswith("/sendMessage"):
            text = str(body["text"])
            if body["chat_id"] != "-100":
                return Said({"ok": False, "description": "Bad Request: chat not found"}, 400)
            assert len(text.encode("utf-16-le")) // 2 <= 4096
            self.posted.append(text)
            return Said({"ok": True, "result": {"message_id": len(self.posted)}})
        made = [
            {
                "update_id": place,
                "message": {
                    "message_id": place,
                    "date": ms // 1000,
                    "chat": {"id": -100, "username": "ours"} if text != "elsewhere" else {"id": -5},
                    "from": {"first_name": "Ann"},
                    "text": text,
                },
            }
            for place, (ms, text) in enumerate(self.minutes(), start=1)
        ]
        self.arrived = max(self.arrived, int(query.get("offset", 0)))
        waiting = made[max(0, self.arrived - 1) :]
        return Said({"ok": True, "result": waiting[: int(query["limit"])]})


S = TypeVar("S", bound=Service)


@contextmanager
def serving(service: S) -> Iterator[S]:
    """``service`` while it can be asked at its ``url``."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            at = urlsplit(self.path)
            size = int(self.headers.get("content-length", 0))
            body = decode(self.rfile.read(size), type=dict[str, object]) if size else {}
            query = {name: values[0] for name, values in parse_qs(at.query).items()}
            said = service.answer(self.command, at.path, query, self.headers.get("authorization", ""), body)
            data = said.body if isinstance(said.body, bytes) else encode(said.body)
            self.send_response(said.status)
            for name, value in {**said.headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = answer  # noqa: N815  # as http.server calls it
        do_POST = answer  # noqa: N815  # as http.server calls it

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
