"""A conversation as one speaker's messages in a format of single messages, each encoded once in its life.

``Wire`` is the state of a fold over the transcript: the messages that nothing can change any more as bytes, and the
one that still awaits results.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, assert_never

from attrs import frozen
from msgspec import Raw

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel
from typedagents.core.parts import Text, ToolResult
from typedagents.policies.projection import (
    AssistantItem,
    Awaited,
    Heard,
    Item,
    SystemItem,
    ToolItem,
    UserItem,
    advance,
)

from .rope import JSON, Buffer, Rope

WireMessages: TypeAlias = Iterable[dict[str, object] | Raw]
Render: TypeAlias = Callable[[Sequence[Item]], WireMessages]


WireMessage: TypeAlias = dict[str, object]


@frozen
class MessageRendering(ABC):
    """Items as messages of a format that has one for each: how each of them is written.

    No such format has media in results; the model is shown them as soon as all results are told.
    """

    def __call__(self, items: Sequence[Item]) -> Iterator[WireMessage]:
        shown: list[Heard] = []
        for item in items:
            if shown and not isinstance(item, ToolItem):
                yield self.user(UserItem(tuple(shown)))
                shown = []
            match item:
                case SystemItem(text):
                    yield self.system(text)
                case UserItem():
                    yield self.user(item)
                case AssistantItem():
                    yield self.assistant(item)
                case ToolItem(result):
                    yield self.result(result)
                    shown.extend(part for part in result.content if not isinstance(part, Text))
                case _:
                    assert_never(item)
        if shown:
            yield self.user(UserItem(tuple(shown)))

    @abstractmethod
    def system(self, text: str) -> WireMessage: ...
    @abstractmethod
    def user(self, item: UserItem) -> WireMessage: ...
    @abstractmethod
    def assistant(self, item: AssistantItem) -> WireMessage: ...
    @abstractmethod
    def result(self, result: ToolResult) -> WireMessage: ...


def system_items(request: CallModel) -> tuple[SystemItem, ...]:
    """The instructions, where there are any."""
    prompt = request.instructions
    return (SystemItem(prompt.text),) if prompt and prompt.text else ()


def result_text(result: ToolResult) -> str:
    """A result as words; what it shows follows them."""
    return result.text or ("" if all(isinstance(part, Text) for part in result.content) else "(see below)")


@frozen(eq=False)
class Wire:
    """The messages so far, each followed by a comma, and the item that still awaits results."""

    settled: Rope | None = None
    awaited: Awaited | None = None


EMPTY = Wire()


@frozen(cache_hash=True)
class Encoding:
    """The fold's step: one message more, as ``me`` sees it, written by ``render``."""

    me: AgentName
    render: Render

    def __call__(self, wire: Wire, message: Message) -> Wire:
        awaited, items = advance(wire.awaited, message, self.me)
        rope = wire.settled
        if items and (encoded := self.encode(items)):
            rope = (rope or Rope(Buffer(None), 0)).append(encoded)
        return Wire(rope, awaited)

    def encode(self, items: Sequence[Item]) -> bytes:
        """The items as messages, each followed by a comma."""
        return b"".join([JSON.encode(message) + b"," for message in self.render(items)])


def assembled(head: bytes, system: bytes, transcript: Transcript, step: Encoding, tail: bytes) -> bytes:
    """A body: ``head``, the system message and those of ``transcript`` with commas between them, ``tail``."""
    wire = transcript.fold(Fold(EMPTY, step))
    views = wire.settled.views() if wire.settled else []
    views += [memoryview(step.encode(wire.awaited.settled))] if wire.awaited else []
    messages = [memoryview(system), *views] if system else views
    if messages:
        messages[-1] = messages[-1][:-1]  # no comma behind the last one
    try:
        return b"".join([head, *messages, tail])
    finally:
        for view in (*views, *messages):
            view.release()
