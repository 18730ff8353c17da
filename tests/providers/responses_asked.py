"""How requests of the Responses format are looked at."""

from __future__ import annotations

import msgspec

from typedagents.core.model import CallModel
from typedagents.providers.formats.openai_responses import ResponsesProfile, encode


def sent(
    request: CallModel, *, stream: bool = False, provider: str = "here", stateless: bool = True
) -> dict[str, object]:
    profile = ResponsesProfile(provider=provider, stateless=stateless)
    body = encode(request, profile, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def as_object(value: object) -> dict[str, object]:
    return msgspec.convert(value, dict[str, object])
