"""Models that count what they are asked, and stores that keep answers in memory or fail."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import anyio.lowlevel
from attrs import define, field

from typedagents.core.handler import Call
from typedagents.core.log import Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply, ReasoningDelta, TextDelta

HELLO = (ReasoningDelta("hm"), TextDelta("hel"), TextDelta("lo"))


def asking(text: str = "hi") -> CallModel:
    return CallModel(Transcript([Message("you", text)]), "me")


@define(eq=False)
class Counting:
    """A model that shows its answer in pieces; ``does`` says what it does before, and may give another answer."""

    reply: ModelReply = ModelReply("hello")
    does: Callable[[int], ModelReply | None] = lambda _: None
    asked: int = field(default=0, init=False)

    async def complete(self, request: CallModel, call: Call, /) -> ModelReply:
        del request
        self.asked += 1
        said = self.does(self.asked)
        await anyio.lowlevel.checkpoint()
        for delta in HELLO:
            call.emit(delta)
        return said or self.reply


@define(eq=False)
class Memory:
    """A store in memory."""

    data: dict[str, bytes] = field(factory=dict)

    def get(self, key: str, /) -> bytes | None:
        return self.data.get(key)

    def put(self, key: str, data: bytes, /) -> None:
        self.data[key] = data


class Broken:
    """A store that fails."""

    def get(self, key: str, /) -> bytes | None:
        raise OSError("the disk is gone")

    def put(self, key: str, data: bytes, /) -> None:
        raise OSError("the disk is full")
