"""A conversation as one speaker's messages in a format of single messages, each encoded once in its life.

``Wire`` is the state of a fold over the transcript: the messages that nothing can change any more as bytes, and the
one that still awaits results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from attrs import frozen
from msgspec import Raw

from typedagents.core.chain import Fold
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.policies.projection import Awaited, Item, advance

from .rope import JSON, Buffer, Rope

WireMessages: TypeAlias = Iterable[dict[str, object] | Raw]
Render: TypeAlias = Callable[[Sequence[Item]], WireMessages]


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
