"""How requests of the generateContent format are looked at."""

from __future__ import annotations

import msgspec

from typedagents.core.model import CallModel
from typedagents.providers.formats.gemini import GEMINI, encode


def sent(request: CallModel, *, stream: bool = False) -> dict[str, object]:
    body = encode(request, GEMINI, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def as_object(value: object) -> dict[str, object]:
    return msgspec.convert(value, dict[str, object])
