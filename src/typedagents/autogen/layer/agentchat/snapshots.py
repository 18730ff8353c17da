"""Histories as programs read them: lists and a mapping that are made when they are read, and cannot be written to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn

from typedagents.autogen.layer.messages import Plain
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.parts import ToolCall, ToolResult

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

INSTEAD = "send() says a message, clear_history() forgets some, and register_reply() or register_hook() decide what is said"


class Snapshot(list[Plain]):
    """Messages as they stood. To change a conversation there are methods of agents; these lists refuse."""

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(
            f"this list of messages is a snapshot, and nothing would come of changing it: {INSTEAD}"
        )

    append = extend = insert = remove = pop = clear = _refused
    __setitem__ = __delitem__ = __iadd__ = _refused

    def __reduce__(self) -> tuple[type[list[Plain]], tuple[list[Plain]]]:
        return list, (list(self),)


class Histories(Mapping["ConversableAgent", Snapshot]):
    """An agent's conversations by its partners; empty with those it never met."""

    def __init__(
        self, partners: Iterable[ConversableAgent], read: Callable[[ConversableAgent], Snapshot]
    ) -> None:
        self._partners = tuple(partners)
        self._read = read

    def __getitem__(self, partner: ConversableAgent, /) -> Snapshot:
        return self._read(partner)

    def __iter__(self) -> Iterator[ConversableAgent]:
        return iter(self._partners)

    def __len__(self) -> int:
        return len(self._partners)

    def __contains__(self, partner: object, /) -> bool:
        return any(one is partner for one in self._partners)

    def __repr__(self) -> str:
        return repr({partner.name: self[partner] for partner in self})


def last_of(transcript: Transcript, count: int) -> Transcript:
    """The last so many messages; a result whose call would be lost keeps it."""
    said = list(transcript)
    start = max(0, len(said) - count)
    if 0 < start < len(said) and _has(said[start], ToolResult) and _has(said[start - 1], ToolCall):
        start -= 1
    return Transcript(said[start:])


def _has(message: Message, kind: type[ToolCall | ToolResult]) -> bool:
    return any(isinstance(part, kind) for part in message.parts)
