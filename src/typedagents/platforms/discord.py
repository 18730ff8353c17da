"""Discord, by its REST interface (version 10). The bot needs the right to read and to write in the channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from attrs import field, frozen

from typedagents.core.errors import ToolError
from typedagents.interpreter.ports import HttpReply

from .platform import Platform, Posted, entries, iso, items, kind_of, moment, quoted

EPOCH_MS: Final = 1_420_070_400_000
"""When Discord's ids begin: their upper 42 bits are milliseconds since then."""
PAGE: Final = 100
TEXT_CHANNELS: Final = (0, 5)
NEXT_PAGE: Final = 200


@frozen(slots=False)
class Discord(Platform):
    """The channel of a guild, both by name. ``Discord("token", guild="Our guild", channel="general")``.

    A model's words mention nobody: ``@everyone`` is text. Both names are looked up once.
    """

    name: ClassVar[str] = "Discord"
    longest: ClassVar[int] = 2000
    agent: ClassVar[str] = "DiscordBot (typedagents, 1)"

    guild: str = field(kw_only=True)
    channel: str = field(kw_only=True)
    base_url: str = field(default="https://discord.com/api/v10", kw_only=True)
    _found: list[str] = field(factory=list, init=False, repr=False, eq=False)

    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The header that holds the token."""
        return (("authorization", f"Bot {self.token.reveal()}"),)

    async def post(self, text: str) -> str:
        """See ``Platform``."""
        body = {"content": text, "allowed_mentions": {"parse": []}}
        said = await self.ask("POST", f"channels/{await self._channel()}/messages", body)
        return str(entries(said).get("id", ""))

    async def posted(self, since: str | None, most: int) -> Sequence[Posted]:
        """See ``Platform``."""
        first = "" if since is None else snowflake(since)
        channel, found, before = await self._channel(), list[Posted](), None
        while len(found) < most:
            page = items(
                await self.ask(
                    "GET", f"channels/{channel}/messages", limit=min(PAGE, most - len(found)), before=before
                )
            )
            new = [one for one in page if not first or int(str(one["id"])) > int(first)]
            found += map(_posted, new)
            if not new or len(new) < len(page):
                break
            before = str(page[-1]["id"])
        return found

    def failure(self, reply: HttpReply, said: object) -> ToolError | None:
        """See ``Platform``."""
        if reply.status < 400:
            return None
        why = entries(said).get("message") or f"status {reply.status}"
        return ToolError(f"Discord refused: {why}", kind=kind_of(reply.status))

    async def _channel(self) -> str:
        if not self._found:
            guild = await self._guild()
            channels = items(await self.ask("GET", f"guilds/{quoted(guild)}/channels"))
            usable = [one for one in channels if one.get("type") in TEXT_CHANNELS]
            self._found.append(quoted(_named("channel", self.channel, usable)))
        return self._found[0]

    async def _guild(self) -> str:
        guilds: list[object] = []
        after: str | None = None
        while True:
            page = items(await self.ask("GET", "users/@me/guilds", limit=NEXT_PAGE, after=after))
            guilds += page
            if len(page) < NEXT_PAGE:
                return _named("guild", self.guild, items(guilds))
            after = str(page[-1]["id"])


def _named(what: str, name: str, among: Sequence[object]) -> str:
    """The id of the guild or channel of this name."""
    known = {str(one.get("name")): str(one.get("id")) for one in items(list(among))}
    if name not in known:
        raise ToolError(
            f"the bot sees no {what} {name!r} in Discord; it sees: {', '.join(sorted(known)) or 'none'}",
            kind="not_found",
        )
    return known[name]


def snowflake(since: str) -> str:
    """The id that a message would have that was posted at a time; an id as it is."""
    if since.isdecimal():
        return since
    return str(max(0, int(moment(since).timestamp() * 1000) - EPOCH_MS) << 22)


def _posted(one: object) -> Posted:
    said = entries(one)
    id = str(said.get("id", "0"))
    at = datetime.fromtimestamp(((int(id) >> 22) + EPOCH_MS) / 1000, UTC)
    author = str(entries(said.get("author")).get("username", ""))
    return {"id": id, "author": author, "at": iso(at), "text": str(said.get("content", ""))}
