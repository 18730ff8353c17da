"""A conversation as one speaker's messages in a format whose roles alternate, each encoded once in its life.

What follows in the same role is added to the message before: the last one stays open, and is written when another role
speaks. The conversation begins and ends with a user.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias, assert_never

from attrs import evolve, frozen
from msgspec import Raw

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel
from typedagents.core.parts import Audio, File, Image, Opaque, Reasoning, Refusal, Text, ToolCall, ToolResult
from typedagents.policies.projection import (
    AssistantItem,
    Awaited,
    Heard,
    Item,
    SystemItem,
    ToolItem,
    UserItem,
    Uttered,
    advance,
)
from typedagents.providers.loose import json_value

from .media import named_media
from .rope import JSON, Buffer, Rope

Role: TypeAlias = Literal["user", "own"]
Block: TypeAlias = dict[str, object] | Raw
Taken: TypeAlias = frozenset[str]
NOTHING: Taken = frozenset()

BLOCK = "block"
"""The kind of a server's own block: it goes back as it came."""


@frozen(cache_hash=True)
class BlockRendering(ABC):
    """An item as a role and blocks of such a format.

    ``provider``: whose own blocks go back. ``named``: whether speakers' names stand before their words.
    """

    provider: str
    named: bool

    def __call__(self, item: Item) -> tuple[Role, Sequence[Block]]:
        match item:
            case SystemItem(text):  # the instructions stand beside the messages
                return "user", list(self.shown(Text(text)))
            case UserItem(parts, name):
                blocks = [block for part in parts for block in self.shown(part)]
                who = self.shown(Text(f"{name}:")) if self.named and name and blocks else ()
                return "user", [*who, *blocks]
            case AssistantItem(parts):
                return "own", [block for part in parts for block in self._said(part)]
            case ToolItem(result):
                return "user", list(self.result(result))
            case _:
                assert_never(item)

    def _said(self, part: Uttered) -> Iterator[Block]:
        match part:
            case Text() | Refusal(_):
                yield from self.shown(Text(part.text))
            case Image() | Audio() | File():
                yield from self.made(part)
            case Reasoning() | Opaque():
                yield from self.kept(part)
            case ToolCall():
                yield self.call(part)
            case _:
                assert_never(part)

    def made(self, part: Image | Audio | File) -> Iterator[Block]:
        """Media that the model made; in most formats it can have said words only."""
        yield from self.shown(Text(named_media(part)))

    def kept(self, part: Reasoning | Opaque) -> Iterator[Block]:
        """The server's own state."""
        state = part.state if isinstance(part, Reasoning) else part
        if state and state.provider == self.provider and state.kind == BLOCK:
            yield Raw(state.json.encode())

    def told_apart(self, blocks: Sequence[Block], taken: Taken) -> tuple[Sequence[Block], Taken]:
        """``blocks``, and the names that are taken behind them, where a format wants no name twice in a request."""
        return blocks, taken

    @abstractmethod
    def shown(self, part: Heard, /) -> Iterator[Block]: ...
    @abstractmethod
    def call(self, call: ToolCall, /) -> Block: ...
    @abstractmethod
    def result(self, result: ToolResult, /) -> Iterator[Block]: ...


def object_of(call: ToolCall) -> object:
    """The arguments of a call: these formats know objects only, so one that the model wrote wrongly is quoted."""
    if isinstance(json_value(call.arguments), dict):
        return Raw(call.arguments.encode())
    return {"not_an_object": call.arguments}


@frozen(cache_hash=True)
class Names:
    """What the format calls the model's role, and the field of a message that holds its blocks."""

    own: str
    blocks: str


@frozen(eq=False)
class OpenMessage:
    """The message that what follows may be added to: its role, and its blocks as JSON."""

    role: Role
    blocks: tuple[bytes, ...]

    def encoded(self, names: Names) -> bytes:
        """The message as JSON."""
        role = names.own if self.role == "own" else self.role
        return f'{{"role":"{role}","{names.blocks}":['.encode() + b",".join(self.blocks) + b"]}"


@frozen(eq=False)
class Wire:
    """The messages that nothing can change any more, each followed by a comma; the open one; what awaits results.

    ``taken``: the names that documents have.
    """

    settled: Rope | None = None
    open: OpenMessage | None = None
    awaited: Awaited | None = None
    first: Role | None = None
    taken: Taken = NOTHING

    def add(self, names: Names, role: Role, blocks: Sequence[Block]) -> Wire:
        """This, and what ``role`` says next."""
        if not blocks:
            return self
        encoded = tuple(map(JSON.encode, blocks))
        if self.open is not None and self.open.role == role:
            merged = OpenMessage(role, (*self.open.blocks, *encoded))
            return Wire(self.settled, merged, self.awaited, self.first, self.taken)
        settled = self.settled
        if self.open is not None:
            settled = (settled or Rope(Buffer(None), 0)).append(self.open.encoded(names) + b",")
        return Wire(settled, OpenMessage(role, encoded), self.awaited, self.first or role, self.taken)


EMPTY = Wire()


@frozen(cache_hash=True)
class Encoding:
    """The fold's step: one message more, as ``me`` sees it, written by ``render``."""

    me: AgentName
    names: Names
    render: BlockRendering

    def __call__(self, wire: Wire, message: Message) -> Wire:
        awaited, items = advance(wire.awaited, message, self.me)
        after = self.with_items(wire, items)
        return evolve(after, awaited=awaited)

    def with_items(self, wire: Wire, items: Iterable[Item]) -> Wire:
        """``wire``, and what these items say."""
        for item in items:
            role, blocks = self.render(item)
            blocks, taken = self.render.told_apart(blocks, wire.taken)
            wire = evolve(wire, taken=taken) if taken is not wire.taken else wire
            wire = wire.add(self.names, role, blocks)
        return wire


def messages_of(transcript: Transcript, step: Encoding, first: Block, last: Block) -> bytes:
    """All messages, with commas between them; ``first`` and ``last`` are a user's, where the model begins or ends."""
    wire = transcript.fold(Fold(EMPTY, step))
    if wire.awaited:
        wire = step.with_items(wire, wire.awaited.settled)
    if wire.open is None or wire.open.role == "own":
        wire = wire.add(step.names, "user", [first if wire.open is None else last])
    assert wire.open is not None
    begin = OpenMessage("user", (JSON.encode(first),))
    before = begin.encoded(step.names) + b"," if wire.first == "own" else b""
    views = wire.settled.views() if wire.settled else []
    try:
        return b"".join([before, *views, wire.open.encoded(step.names)])
    finally:
        for view in views:
            view.release()


Speakers: TypeAlias = frozenset[str]
NOBODY: Speakers = frozenset()


def _with_sender(speakers: Speakers, message: Message) -> Speakers:
    return speakers if message.sender in speakers else speakers | {message.sender}


SENDERS: Fold[Message, Speakers] = Fold(NOBODY, _with_sender)
"""Who has spoken."""


def several_others(request: CallModel) -> bool:
    """Whether more than one other has spoken, so that a format without names needs them in front of words."""
    return len(request.transcript.fold(SENDERS) - {request.me}) > 1
