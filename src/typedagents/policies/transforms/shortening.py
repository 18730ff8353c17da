"""Messages cut to size, one by one."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve, field, frozen

from typedagents.core.code import BlockResult, Captured, CodeResult
from typedagents.core.errors import ConfigError
from typedagents.core.message import Message
from typedagents.core.parts import (
    Audio,
    Data,
    File,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    ResultContent,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from typedagents.policies.words import named

from .measures import Measure, approximate_tokens, hashable
from .rewriting import Rewriter

MARK = " [...]"
"""Stands where a text was cut."""


class Room:
    """How many more letters there is room for; none, and not even for the mark, once something was cut."""

    __slots__ = ("left", "marked")

    def __init__(self, left: int) -> None:
        self.left = left
        self.marked = False

    def text(self, text: str) -> str | None:
        """What there is room for, with a mark where it was cut; None behind that mark."""
        if self.marked:
            return None
        if len(text) <= self.left:
            self.left -= len(text)
            return text
        self.marked = True
        return text[: self.left] + MARK

    def captured(self, captured: Captured) -> Captured:
        """The same of bytes, which count what was dropped of them by themselves."""
        left = 0 if self.marked else self.left
        kept = captured.data[:left]
        self.left -= len(kept)
        self.marked = self.marked or len(kept) < len(captured.data)
        return Captured(kept, captured.dropped + len(captured.data) - len(kept))


def _shortened(part: Part, room: Room) -> Part | None:
    """``part`` as far as there is room; None where nothing of it is left. Calls and media stay whole."""
    match part:
        case Text(text) | Data(text):
            short = room.text(text)
            return part if short == text else None if short is None else Text(short)
        case Refusal(text):
            short = room.text(text)
            return None if short is None else Refusal(short)
        case ToolResult():
            return evolve(part, content=_content(part.content, room))
        case CodeResult():
            blocks = [_block(block, room) for block in part.blocks]
            return evolve(part, blocks=tuple(blocks))
        case Image() | Audio() | File() | Reasoning() | ToolCall() | Opaque() | Unknown():
            return part
        case _:
            assert_never(part)


def _content(content: tuple[ResultContent, ...], room: Room) -> tuple[ResultContent, ...]:
    """Of a result something stays: its call has to have one."""
    kept: list[ResultContent] = []
    for item in content:
        short = room.text(item.text) if isinstance(item, Text) else None
        if not isinstance(item, Text):
            kept.append(item)
        elif short is not None:
            kept.append(Text(short))
    return tuple(kept) if kept or not content else (Text(MARK),)


def _block(block: BlockResult, room: Room) -> BlockResult:
    stdout = room.captured(block.stdout)
    return evolve(block, stdout=stdout, stderr=room.captured(block.stderr))


def cut_to(message: Message, letters: int) -> Message:
    """``message`` with so many letters of its words."""
    room = Room(letters)
    parts = [_shortened(part, room) for part in message.parts]
    return evolve(message, parts=tuple([part for part in parts if part is not None]))


def _positive(limit: int) -> int:
    if limit < 1:
        raise ConfigError(f"a message is shown with at least 1 token; found {limit}")
    return limit


@frozen(repr=False)
class MessageLimit(Rewriter):
    """See ``message_limit``."""

    limit: int = field(converter=_positive)
    tokens: Measure = field(default=approximate_tokens, converter=hashable)

    def rewritten(self, message: Message) -> Message:
        if self.tokens(message) <= self.limit:
            return message
        fewest, most = 0, _letters(message)  # halved until they meet: a counter is not known to be even
        while fewest < most:
            letters = (fewest + most + 1) // 2
            if self.tokens(cut_to(message, letters)) <= self.limit:
                fewest = letters
            else:
                most = letters - 1
        return cut_to(message, fewest)

    def __repr__(self) -> str:
        count = "" if self.tokens == approximate_tokens else f", {named(self.tokens)}"
        return f"message_limit({self.limit}{count})"


def _letters(message: Message) -> int:
    """As many as its words can have, at most: room for all of them."""
    captured = [
        stream
        for part in message.parts
        if isinstance(part, CodeResult)
        for block in part.blocks
        for stream in (block.stdout, block.stderr)
    ]
    return len(message.text) + sum(len(stream.data) for stream in captured)


def message_limit(limit: int, tokens: Measure = approximate_tokens) -> MessageLimit:
    """Each message with no more than ``limit`` tokens of words: the beginning is shown, with a mark where it was cut.

    Calls, media and thoughts stay whole, so that a message of many calls may take more.
    """
    return MessageLimit(limit, tokens)
