"""Media on the wire: as addresses, or as words where a format has no place for them."""

from __future__ import annotations

from base64 import b64encode
from typing import assert_never

from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Link,
    Media,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from typedagents.policies.projection import Uttered


def named_media(part: Image | Audio | File) -> str:
    """Words in place of media that cannot be shown."""
    where = f" at {part.media.url}" if isinstance(part.media, Link) else ""
    return f"[{part.part}{where}]"


def url_of(media: Media) -> str:
    """The address of media; what is carried in the message is an address that holds all of it."""
    match media:
        case Link(url):
            return url
        case Inline(data, mime):
            return f"data:{mime or 'application/octet-stream'};base64,{b64encode(data).decode()}"
        case _:
            assert_never(media)


def spoken_words(part: Uttered) -> str | None:
    """A part of a model's message as words, which is all that most formats let a model say; None where it has none."""
    match part:
        case Text(text) | Refusal(text):
            return text
        case Image() | Audio() | File():
            return named_media(part)
        case ToolCall() | Reasoning() | Opaque():
            return None
        case _:
            assert_never(part)
