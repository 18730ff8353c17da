"""Asking services for pictures, in OpenAI's format: ``POST images/generations``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anyio.from_thread import start_blocking_portal
from attrs import frozen

from typedagents.autogen.agentchat.contrib.img_utils import convert_base64_to_data_uri
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.core.errors import ProviderError
from typedagents.core.json_text import json_text
from typedagents.interpreter.lifetime import keeping
from typedagents.providers.codec import Encoded
from typedagents.providers.configuration.endpoints import endpoint_of
from typedagents.providers.configuration.options import Options
from typedagents.providers.faults import classify, unreadable
from typedagents.providers.keys import current
from typedagents.providers.loose import entries, items, json_object
from typedagents.providers.openai import OpenAIChat
from typedagents.providers.service import scrubbed

from .models import all_of, passed_over

CHAT, PICTURES = "/chat/completions", "/images/generations"
JSON = (("content-type", "application/json"),)
DALLE = "dall-e"
"""Models of these names send an address unless they are asked for the picture itself; others know no such wish."""


@frozen
class Drawing:
    """What a picture is to be. ``size`` is ``"1024x1024"`` or the like."""

    prompt: str
    size: str
    quality: str
    number: int

    def body(self, model: str) -> Mapping[str, object]:
        """It, as the service is told."""
        told: dict[str, object] = {"model": model, "prompt": self.prompt, "size": self.size, "n": self.number}
        if self.quality != "standard":  # which is what all do by themselves, and the oldest know no other
            told["quality"] = self.quality
        if model.startswith(DALLE):
            told["response_format"] = "b64_json"
        return told


def painter_of(entry: Options) -> OpenAIChat:
    """The service that an entry of a ``config_list`` names, when it speaks this format."""
    service = endpoint_of(entry)
    if isinstance(service, OpenAIChat):
        return service
    raise InvalidValue(
        f"pictures are asked for in OpenAI's format, which {type(service).__name__} does not speak; "
        "give an entry without api_type, with the base_url of a service that does, or with api_type 'azure'"
    )


def drawn(painters: Sequence[OpenAIChat], drawing: Drawing) -> str:
    """The first picture of the first service that makes one: a data URI or an address. ``ProviderError`` where none does."""
    with start_blocking_portal() as portal:
        return portal.call(_drawn, painters, drawing)


async def _drawn(painters: Sequence[OpenAIChat], drawing: Drawing) -> str:
    failures: list[ProviderError] = []
    async with keeping():
        for painter in painters:
            found = await _asked(painter, drawing)
            if isinstance(found, str):
                return found
            failures.append(passed_over(found))
    raise all_of(failures)


async def _asked(painter: OpenAIChat, drawing: Drawing) -> str | ProviderError:
    path = painter.path.replace(CHAT, PICTURES)
    asked = f"a picture by model {painter.model!r} at {painter.base_url}{path}"
    try:
        key = await current(painter.api_key, asked)
    except ProviderError as error:
        return error
    query = painter.profile.query
    written = Encoded(
        f"{path}?{query}" if query else path, JSON, json_text(drawing.body(painter.model)).encode()
    )
    try:
        reply = await painter.transport.send(painter.outgoing(written, key), painter.deadlines)
    except ProviderError as error:
        return scrubbed(error, key)
    body = key.scrub_bytes(reply.body) if key else reply.body
    if not 200 <= reply.status < 300:
        return scrubbed(classify(reply.status, reply.headers, body, asked=asked), key)
    lacks = "answered without a picture in `data`"
    return _picture_in(body) or unreadable(reply.status, reply.headers, body, asked=asked, found=lacks)


def _picture_in(body: bytes) -> str:
    """The first picture of an answer; empty where there is none."""
    first = next(iter(items(entries(json_object(body)).get("data"))), None)
    data, url = entries(first).get("b64_json"), entries(first).get("url")
    if isinstance(data, str) and data:
        return convert_base64_to_data_uri(data)
    return url if isinstance(url, str) else ""
