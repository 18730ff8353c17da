"""Where answers are kept: the port, and how an answer stands there."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, runtime_checkable

from attrs import evolve, frozen

from typedagents.core.errors import TraceError
from typedagents.core.model import ModelReply, ReasoningDelta, TextDelta
from typedagents.core.parts import Reasoning, Text
from typedagents.providers.codec import StreamedDelta
from typedagents.providers.loose import entries, json_value
from typedagents.trace.codec import encode, read

FORMAT = 1
Piece: TypeAlias = tuple[Literal["text", "reasoning"], str]


@runtime_checkable
class CacheStore(Protocol):
    """Keeps bytes by key. Its methods may block: they are called in threads, several at once."""

    def get(self, key: str, /) -> bytes | None:
        """What was put there last; None where nothing was, or where it was forgotten."""
        ...

    def put(self, key: str, data: bytes, /) -> None: ...


@frozen
class Kept:
    """An answer, and the pieces in which it was shown."""

    reply: ModelReply
    shown: tuple[StreamedDelta, ...] = ()

    @property
    def again(self) -> ModelReply:
        """The answer as it is given from now on: it costs nothing, and says so."""
        return evolve(self.reply, cached=True)

    @property
    def pieces(self) -> tuple[StreamedDelta, ...]:
        """What a watcher is shown of it, also where it was not shown when it was new."""
        return self.shown or tuple(
            ReasoningDelta(part.text) if isinstance(part, Reasoning) else TextDelta(part.text)
            for part in self.reply.parts
            if isinstance(part, Reasoning | Text) and part.text
        )


@frozen
class Stored:
    """An answer as it stands in a store."""

    format: int
    reply: ModelReply
    shown: tuple[Piece, ...]


def stored(kept: Kept) -> bytes:
    """``kept`` as bytes."""
    shown = tuple(
        ("text" if isinstance(delta, TextDelta) else "reasoning", delta.text) for delta in kept.shown
    )
    return encode({"format": FORMAT, "reply": kept.reply, "shown": shown})


def restored(data: bytes) -> Kept | None:
    """The answer in ``data``; None where it is damaged, or of another version."""
    found = json_value(data.decode("utf-8", "replace"))
    if entries(found).get("format") != FORMAT:
        return None
    try:
        value = read(found, Stored)
    except TraceError:
        return None
    shown = (TextDelta(text) if sort == "text" else ReasoningDelta(text) for sort, text in value.shown)
    return Kept(value.reply, tuple(shown))
