"""A conversation as one speaker's messages in the Messages format, each encoded once in its life.

Roles alternate in this format, so what follows in the same role is added to the message before: the last one stays
open, and is written when another role speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from attrs import frozen
from msgspec import Raw

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.policies.projection import Awaited, Item, advance
from typedagents.providers.rope import JSON, Buffer, Rope

Role: TypeAlias = Literal["user", "assistant"]
Block: TypeAlias = dict[str, object] | Raw
Render: TypeAlias = Callable[[Item], tuple[Role, Sequence[Block]]]


@frozen(eq=False)
class OpenMessage:
    """The message that what follows may be added to: its role, and its blocks as JSON."""

    role: Role
    blocks: tuple[bytes, ...]

    @property
    def encoded(self) -> bytes:
        return b'{"role":"' + self.role.encode() + b'","content":[' + b",".join(self.blocks) + b"]}"


@frozen(eq=False)
class Wire:
    """The messages that nothing can change any more, each followed by a comma; the open one; what awaits results."""

    settled: Rope | None = None
    open: OpenMessage | None = None
    awaited: Awaited | None = None
    first: Role | None = None

    def add(self, role: Role, blocks: Sequence[Block]) -> Wire:
        """This, and what ``role`` says next."""
        if not blocks:
            return self
        encoded = tuple(map(JSON.encode, blocks))
        if self.open is not None and self.open.role == role:
            merged = OpenMessage(role, (*self.open.blocks, *encoded))
            return Wire(self.settled, merged, self.awaited, self.first)
        settled = self.settled
        if self.open is not None:
            settled = (settled or Rope(Buffer(None), 0)).append(self.open.encoded + b",")
        return Wire(settled, OpenMessage(role, encoded), self.awaited, self.first or role)


EMPTY = Wire()


@frozen(cache_hash=True)
class Encoding:
    """The fold's step: one message more, as ``me`` sees it, written by ``render``."""

    me: AgentName
    render: Render

    def __call__(self, wire: Wire, message: Message) -> Wire:
        awaited, items = advance(wire.awaited, message, self.me)
        after = self.with_items(wire, items)
        return Wire(after.settled, after.open, awaited, after.first)

    def with_items(self, wire: Wire, items: Iterable[Item]) -> Wire:
        """``wire``, and what these items say."""
        for item in items:
            wire = wire.add(*self.render(item))
        return wire


def messages_of(transcript: Transcript, step: Encoding, first_words: str, last_words: str) -> bytes:
    """All messages, with commas between them; they begin and end with a user's."""
    wire = transcript.fold(Fold(EMPTY, step))
    if wire.awaited:
        wire = step.with_items(wire, wire.awaited.settled)
    if wire.open is None or wire.open.role == "assistant":
        words = first_words if wire.open is None else last_words
        wire = wire.add("user", [{"type": "text", "text": words}])
    assert wire.open is not None
    begin = OpenMessage("user", (JSON.encode({"type": "text", "text": first_words}),))
    before = begin.encoded + b"," if wire.first == "assistant" else b""
    views = wire.settled.views() if wire.settled else []
    try:
        return b"".join([before, *views, wire.open.encoded])
    finally:
        for view in views:
            view.release()


Names: TypeAlias = frozenset[str]
NOBODY: Names = frozenset()


def _with_sender(names: Names, message: Message) -> Names:
    return names if message.sender in names else names | {message.sender}


SENDERS: Fold[Message, Names] = Fold(NOBODY, _with_sender)
"""Who has spoken."""
