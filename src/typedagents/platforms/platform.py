"""What services have in common: requests that wait where a service says so, posting in pieces, and the two tools."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, ClassVar, TypedDict
from urllib.parse import quote, urlencode

import anyio
from attrs import field, frozen
from msgspec import DecodeError
from msgspec.json import decode, encode

from typedagents.core.errors import ConfigError, ProviderError, ToolError
from typedagents.core.tool import CallTool
from typedagents.interpreter.ports import Deadlines, HttpReply, HttpRequest, HttpTransport
from typedagents.interpreter.secrets import Secret
from typedagents.providers.http import shared_transport
from typedagents.tools import Doc, Tool, tool

from .pieces import pieces

DEADLINES = Deadlines(connect_s=10, read_s=30, total_s=60)
RATE_LIMITED = 429
USUAL_WAIT_S = 1.0
"""Waited where a service says that there were too many requests, and not how long to wait."""


class Posted(TypedDict):
    """A message as it stands there: its ``id``, who wrote it, when (UTC, ISO 8601), and its words."""

    id: str
    author: str
    at: str
    text: str


def as_secret(token: str | Secret) -> Secret:
    """A token as what is sent and shown to nobody."""
    return token if isinstance(token, Secret) else Secret(token)


@frozen(slots=False)
class Platform(ABC):
    """One place of a service. ``patience_s``: how long a request waits in all where the service asks to wait.

    What fails is a ``ToolError`` whose ``kind`` is a short word (``rate_limit``, ``auth``, ``not_found``, ``invalid``,
    ``service``, ``connection``), and whose text says what of a message was posted before.
    """

    name: ClassVar[str]
    longest: ClassVar[int]
    """Characters of one message."""
    agent: ClassVar[str] = "typedagents"
    """As what the service is asked."""

    token: Secret = field(converter=as_secret)
    base_url: str = field(kw_only=True)
    patience_s: float = field(default=60.0, kw_only=True)
    transport: HttpTransport = field(factory=shared_transport, kw_only=True, repr=False, eq=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=anyio.sleep, kw_only=True, repr=False, eq=False)

    # --- the tools ----------------------------------------------------------------------------------------------

    async def send(self, message: Annotated[str, Doc("What to post, in Markdown.")]) -> str:
        """Post a message. One that is too long for the service is posted in several."""
        ids: list[str] = []
        parts = list(pieces(message, self.longest, self.width))
        if not parts:
            raise ToolError(f"{self.name} takes no message without a word in it", kind="invalid")
        for part in parts:
            try:
                ids.append(await self.post(part))
            except ToolError as error:
                if not ids:
                    raise
                done = f"{len(ids)} of {len(parts)} parts were posted before (ids {', '.join(ids)})"
                raise ToolError(f"{error}; {done}", kind=error.kind, facts=error.facts) from error
        return f"Posted to {self.name} (id {', '.join(ids)})."

    async def retrieve(
        self,
        messages_since: Annotated[
            str | None, Doc("Only messages after this: an id, or a time in ISO 8601 (UTC unless it says).")
        ] = None,
        maximum_messages: Annotated[
            int | None, Doc("At most so many, the newest of them. Usually 100.")
        ] = None,
    ) -> list[Posted]:
        """Read messages that were posted, the oldest first."""
        most = 100 if maximum_messages is None else maximum_messages
        if most < 1:
            raise ToolError(f"maximum_messages is at least 1; found {most}", kind="invalid")
        return sorted(await self.posted(messages_since, most), key=lambda one: one["at"])[-most:]

    @cached_property
    def tools(self) -> tuple[Tool[CallTool], Tool[CallTool]]:
        """Both as tools of agents, called after the service: ``slack_send``, ``slack_retrieve``."""
        name = self.name.lower()
        return tool(self.send, name=f"{name}_send"), tool(self.retrieve, name=f"{name}_retrieve")

    def width(self, text: str) -> int:
        """How much of ``longest`` a text takes."""
        return len(text)

    # --- what a service says for itself ---------------------------------------------------------------------------

    @abstractmethod
    async def post(self, text: str) -> str:
        """Post one message that is short enough; its id."""

    @abstractmethod
    async def posted(self, since: str | None, most: int) -> Sequence[Posted]:
        """The newest ``most`` messages ``since`` then, in any order; there may be more."""

    @abstractmethod
    def failure(self, reply: HttpReply, said: object) -> ToolError | None:
        """What a reply says went wrong; None where it says that all is well."""

    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The headers that hold the token."""
        return ()

    # --- asking ---------------------------------------------------------------------------------------------------

    async def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **query: str | int | None
    ) -> object:
        """What the service answers, waiting where it says that there were too many requests."""
        asked = {name: value for name, value in query.items() if value is not None}
        url = f"{self.base_url.rstrip('/')}/{path}" + (f"?{urlencode(asked)}" if asked else "")
        request = HttpRequest(
            method,
            url,
            (("content-type", "application/json; charset=utf-8"), ("user-agent", self.agent)),
            b"" if body is None else encode(body),
            self.credentials(),
        )
        waited = 0.0
        while True:
            reply = await self._sent(request)
            said = _read(reply)
            if reply.status != RATE_LIMITED:
                break
            wait = _wait_s(reply, said)
            if waited + wait > self.patience_s:
                raise ToolError(
                    f"{self.name} asks to wait for {wait:g} s, and this call waits for {self.patience_s:g} s in all",
                    kind="rate_limit",
                    facts={"retry_after_s": f"{wait:g}"},
                )
            waited += wait
            await self.sleep(wait)
        failure = self.failure(reply, said)
        if failure is not None:
            raise ToolError(self.token.scrub(str(failure)), kind=failure.kind)
        return said

    async def _sent(self, request: HttpRequest) -> HttpReply:
        trouble = ""
        try:
            return await self.transport.send(request, DEADLINES)
        except ProviderError as error:  # its words are of models, and may hold an address with a token in it
            trouble = error.kind
        may_be = " (it may have been posted all the same)" if request.method == "POST" else ""
        raise ToolError(
            f"{self.name} could not be reached or did not answer: {trouble}{may_be}", kind="connection"
        )


def _read(reply: HttpReply) -> object:
    try:
        return decode(reply.body)
    except DecodeError:
        return None


def _wait_s(reply: HttpReply, said: object) -> float:
    """How long a service asks to wait: by its body (Discord, Telegram), else by the header."""
    body = entries(said)
    told = body.get("retry_after", entries(body.get("parameters")).get("retry_after"))
    if isinstance(told, int | float):
        return float(told)
    header = next((value for name, value in reply.headers if name.lower() == "retry-after"), "")
    try:
        return float(header)
    except ValueError:
        return USUAL_WAIT_S


def kind_of(status: int) -> str:
    """What an HTTP status means for whoever posts."""
    match status:
        case 401 | 403:
            return "auth"
        case 404:
            return "not_found"
        case _ if status >= 500:
            return "service"
        case _:
            return "invalid"


# --- reading what came ------------------------------------------------------------------------------------------


def entries(value: object) -> Mapping[str, object]:
    """``value`` where it is an object of JSON, else an empty one."""
    return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[Mapping[str, object]]:
    """The objects in ``value`` where it is a list of JSON."""
    return [entries(one) for one in value] if isinstance(value, list) else []


def quoted(id: str) -> str:
    """An id as a piece of an address."""
    return quote(id, safe="")


def moment(text: str) -> datetime:
    """A time in ISO 8601, UTC unless it says otherwise."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ToolError(
            f"messages_since is an id of a message or a time such as '2026-05-01T09:30:00Z'; found {text!r:.60}",
            kind="invalid",
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """A time as ``Posted`` has it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def not_empty(name: str, value: str) -> str:
    """``value``, when there is something in it."""
    if not value.strip():
        raise ConfigError(f"{name} says where to post; found an empty text")
    return value
