"""Media that a wire format has no place for."""

from __future__ import annotations

from typedagents.core.parts import Audio, File, Image, Link


def named_media(part: Image | Audio | File) -> str:
    """Words in place of media that cannot be shown."""
    where = f" at {part.media.url}" if isinstance(part.media, Link) else ""
    return f"[{part.part}{where}]"
