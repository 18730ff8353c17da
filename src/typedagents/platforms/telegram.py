"""Telegram, by its Bot API. A bot reads what was written since it began to ask, 24 hours back at most."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from attrs import field, frozen

from typedagents.core.errors import ToolError
from typedagents.interpreter.ports import HttpReply

from .pieces import utf16
from .platform import Platform, Posted, entries, iso, items, kind_of, moment, not_empty

PAGE: Final = 100
KEPT: Final = 1000
TOKEN_IN_PATH: Final = re.compile(r"/bot[^/\s\"]+/")
LOGGERS: Final = ("httpx", "httpx2")
"""They write whole addresses, in which Telegram wants its token."""


class _WithoutToken(logging.Filter):
    """Takes the token out of what HTTP clients log."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/bot" in text:
            record.msg, record.args = TOKEN_IN_PATH.sub("/bot[secret]/", text), ()
        return True


WITHOUT_TOKEN: Final = _WithoutToken()


def _chat(value: str | int) -> str:
    return not_empty("chat", str(value))


@frozen(slots=False)
class Telegram(Platform):
    """A chat by its number, or a public one by ``@name``. ``Telegram("123:token", chat=-1001234567890)``.

    Telegram hands each update out once: the last 1,000 messages that came are kept in this value.
    """

    name: ClassVar[str] = "Telegram"
    longest: ClassVar[int] = 4096

    chat: str = field(kw_only=True, converter=_chat)
    base_url: str = field(default="https://api.telegram.org", kw_only=True)
    _came: deque[Posted] = field(factory=lambda: deque(maxlen=KEPT), init=False, repr=False, eq=False)

    def width(self, text: str) -> int:
        """UTF-16 code units, as Telegram counts."""
        return utf16(text)

    def __attrs_post_init__(self) -> None:
        for name in LOGGERS:
            logging.getLogger(name).addFilter(WITHOUT_TOKEN)

    async def post(self, text: str) -> str:
        """See ``Platform``."""
        said = await self.ask("POST", self._method("sendMessage"), {"chat_id": self.chat, "text": text})
        return str(entries(entries(said).get("result")).get("message_id", ""))

    async def posted(self, since: str | None, most: int) -> Sequence[Posted]:
        """See ``Platform``."""
        await self._fetch()
        if since is None:
            return list(self._came)[-most:]
        if since.isdecimal():
            return [one for one in self._came if int(one["id"]) > int(since)][-most:]
        first = iso(moment(since))
        return [one for one in self._came if one["at"] > first][-most:]

    async def _fetch(self) -> None:
        """Take all updates that wait; asking for those after one tells Telegram that it arrived."""
        offset: int | None = None
        while True:
            said = await self.ask("GET", self._method("getUpdates"), limit=PAGE, offset=offset, timeout=0)
            updates = items(entries(said).get("result"))
            for update in updates:
                message = entries(update.get("message") or update.get("channel_post"))
                if self._is_here(entries(message.get("chat"))):
                    self._came.append(_posted(message))
            if not updates:
                return
            offset = int(str(updates[-1]["update_id"])) + 1

    def _is_here(self, chat: object) -> bool:
        told = entries(chat)
        return self.chat in (str(told.get("id")), f"@{told.get('username')}")

    def _method(self, method: str) -> str:
        return f"bot{self.token.reveal()}/{method}"

    def failure(self, reply: HttpReply, said: object) -> ToolError | None:
        """See ``Platform``."""
        told = entries(said)
        if told.get("ok") is True:
            return None
        why = told.get("description") or f"status {reply.status}"
        return ToolError(f"Telegram refused: {why}", kind=kind_of(reply.status))


def _posted(one: object) -> Posted:
    said = entries(one)
    author, date = entries(said.get("from")), said.get("date")
    at = datetime.fromtimestamp(date if isinstance(date, int) else 0, UTC)
    return {
        "id": str(said.get("message_id", "0")),
        "author": str(author.get("username") or author.get("first_name") or ""),
        "at": iso(at),
        "text": str(said.get("text") or said.get("caption") or ""),
    }
