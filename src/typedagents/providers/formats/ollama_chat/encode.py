"""Requests of Ollama's own format: bytes from a call and a profile."""

from __future__ import annotations

from base64 import b64encode
from typing import assert_never

from attrs import frozen
from msgspec import Raw

from typedagents.core.model import CallModel, Settings
from typedagents.core.parts import Audio, File, Image, Inline, Opaque, Reasoning, Text, ToolCall, ToolResult
from typedagents.policies.projection import AssistantItem, Heard, UserItem
from typedagents.providers.codec import Encoded, eligible, function_tool, known_only, raw_json, with_extra
from typedagents.providers.formats.media import named_media, spoken_words
from typedagents.providers.formats.merging import several_others
from typedagents.providers.formats.rope import JSON
from typedagents.providers.formats.wire import (
    Encoding,
    MessageRendering,
    WireMessage,
    assembled,
    result_text,
    system_items,
)
from typedagents.providers.loose import json_value

from .answer import FIELD
from .profile import OllamaProfile

WRITTEN_HERE = ("model", "messages", "stream", "tools", "options")
TOP_LEVEL = ("format", "keep_alive", "logprobs", "template", "think", "top_logprobs", "truncate", "shift")
"""Extras that stand beside ``options``; all others (``num_ctx`` above all) stand in it."""


def encode(request: CallModel, profile: OllamaProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. It knows no
    choice of tools either: where none may be called, or a certain one must, the others are not shown.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, Rendering(profile.provider, named=several_others(request)))
    head = b'{"model":' + JSON.encode(model) + b',"messages":['
    tail = b"]," + JSON.encode(_parameters(request, stream=stream))[1:]
    body = assembled(head, step.encode(system_items(request)), request.transcript, step, tail)
    accept = "application/x-ndjson" if stream else "application/json"
    return Encoded(profile.path, (("content-type", "application/json"), ("accept", accept)), body)


def _parameters(request: CallModel, *, stream: bool) -> dict[str, object]:
    """All but the model and the messages."""
    settings = request.settings
    body: dict[str, object] = {"stream": stream}
    if request.tools and settings.tool_choice != "none":
        body["tools"] = [function_tool(tool) for tool in eligible(request)]
    if request.output:
        body["format"] = raw_json(request.output.schema, f"the schema of output {request.output.name!r}")
    if settings.reasoning_effort is not None:
        body["think"] = False if settings.reasoning_effort == "none" else settings.reasoning_effort
    options = _options(settings)
    top = [pair for pair in settings.extra if pair[0] in TOP_LEVEL]
    with_extra(body, top, WRITTEN_HERE)
    with_extra(options, [pair for pair in settings.extra if pair not in top], WRITTEN_HERE)
    if options:
        body["options"] = options
    return body


def _options(settings: Settings) -> dict[str, object]:
    return known_only(
        (
            ("temperature", settings.temperature),
            ("top_p", settings.top_p),
            ("num_predict", settings.max_tokens),
            ("seed", settings.seed),
            ("stop", settings.stop or None),
        )
    )


@frozen(cache_hash=True)
class Rendering(MessageRendering):
    """Items as messages of this format."""

    provider: str
    named: bool

    def system(self, text: str) -> WireMessage:
        return {"role": "system", "content": text}

    def user(self, item: UserItem) -> WireMessage:
        said = [f"{item.name}:"] if self.named and item.name else []
        images: list[str] = []
        for part in item.parts:
            if isinstance(part, Image) and isinstance(part.media, Inline):
                images.append(b64encode(part.media.data).decode())
            else:
                said.append(_heard(part))
        message: WireMessage = {"role": "user", "content": "\n".join(said)}
        return {**message, "images": images} if images else message

    def assistant(self, item: AssistantItem) -> WireMessage:
        spoken = [told for part in item.parts if (told := spoken_words(part)) is not None]
        message: WireMessage = {"role": "assistant", "content": "\n".join(spoken)}
        for part in item.parts:
            # Models that think between calls want to see what they thought.
            if item.calls and isinstance(part, Reasoning) and self._own(part.state):
                message["thinking"] = part.text
        if item.calls:
            message["tool_calls"] = [_call(call) for call in item.calls]
        return message

    def result(self, result: ToolResult) -> WireMessage:
        content = result_text(result)
        return {
            "role": "tool",
            "tool_name": result.name,
            "tool_call_id": result.call_id,
            "content": content,
        }

    def _own(self, state: Opaque | None) -> bool:
        return state is not None and state.provider == self.provider and state.kind == FIELD


def _heard(part: Heard) -> str:
    match part:
        case Text(text):
            return text
        case Image() | Audio() | File():
            return named_media(part)
        case _:
            assert_never(part)


def _call(call: ToolCall) -> dict[str, object]:
    value = json_value(call.arguments)
    # The format knows objects only, so a call that the model wrote wrongly is quoted.
    sent = Raw(call.arguments.encode()) if isinstance(value, dict) else {"not_an_object": call.arguments}
    return {"id": call.id, "function": {"name": call.name, "arguments": sent}}
