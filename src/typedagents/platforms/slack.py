"""Slack, by its Web API. The app needs ``chat:write``, and ``channels:history`` (or ``groups:history``) to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from attrs import field, frozen

from typedagents.core.errors import ToolError
from typedagents.interpreter.ports import HttpReply

from .platform import Platform, Posted, entries, iso, items, kind_of, moment, not_empty

PAGE: Final = 200
DENIED: Final = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
)


def _channel(value: str) -> str:
    return not_empty("channel", value)


@frozen(slots=False)
class Slack(Platform):
    """A channel by its id, as its settings show it. ``Slack("xoxb-...", channel="C0123456789")``.

    A model's words mention nobody: ``<!channel>`` is text.
    """

    name: ClassVar[str] = "Slack"
    longest: ClassVar[int] = 4000

    channel: str = field(kw_only=True, converter=_channel)
    base_url: str = field(default="https://slack.com/api", kw_only=True)

    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The header that holds the token."""
        return (("authorization", f"Bearer {self.token.reveal()}"),)

    async def post(self, text: str) -> str:
        """See ``Platform``."""
        said = await self.ask(
            "POST", "chat.postMessage", {"channel": self.channel, "text": text.replace("<!", "&lt;!")}
        )
        return str(entries(said).get("ts", ""))

    async def posted(self, since: str | None, most: int) -> Sequence[Posted]:
        """See ``Platform``."""
        found: list[Posted] = []
        cursor: str | None = None
        oldest = None if since is None else timestamp(since)
        while len(found) < most:
            said = entries(
                await self.ask(
                    "GET",
                    "conversations.history",
                    channel=self.channel,
                    limit=min(PAGE, most - len(found)),
                    oldest=oldest,
                    cursor=cursor,
                )
            )
            found += map(_posted, items(said.get("messages")))
            cursor = str(entries(said.get("response_metadata")).get("next_cursor") or "") or None
            if cursor is None:
                break
        return found

    def failure(self, reply: HttpReply, said: object) -> ToolError | None:
        """See ``Platform``. Slack says what went wrong in the body of a 200."""
        told = entries(said)
        if told.get("ok") is True:
            return None
        why = str(told.get("error") or f"status {reply.status}")
        needed = f" (it needs the scope {told['needed']})" if told.get("needed") else ""
        kind = (
            "auth" if why in DENIED else "not_found" if why.endswith("_not_found") else kind_of(reply.status)
        )
        return ToolError(f"Slack refused: {why}{needed}", kind=kind)


def timestamp(since: str) -> str:
    """A time as Slack's seconds; a message's own id, which is such, as it is."""
    return since if since.replace(".", "", 1).isdecimal() else f"{moment(since).timestamp():.6f}"


def _posted(one: object) -> Posted:
    said = entries(one)
    id = str(said.get("ts", "0"))
    author = str(said.get("user") or said.get("username") or said.get("bot_id") or "")
    return {
        "id": id,
        "author": author,
        "at": iso(datetime.fromtimestamp(float(id), UTC)),
        "text": str(said.get("text", "")),
    }
