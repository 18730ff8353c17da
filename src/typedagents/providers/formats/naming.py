"""Names for what a service left without one."""

from __future__ import annotations

from hashlib import blake2b

from typedagents.core.json_text import json_text


def made_id(reply_id: str, place: int, name: str, arguments: str) -> str:
    """An id for a call, of nine letters and digits, which every server accepts: the same for the same answer."""
    seed = json_text([reply_id, place, name, arguments])
    return blake2b(seed.encode("utf-8", "replace"), digest_size=5).hexdigest()[:9]
