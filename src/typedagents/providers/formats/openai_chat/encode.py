"""Requests of the chat-completions format: bytes from a call and a profile."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import frozen
from msgspec import Raw

from typedagents.core.json_text import json_text
from typedagents.core.model import CallModel, OutputSpec, Settings
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.policies.projection import (
    AssistantItem,
    Heard,
    UserItem,
)
from typedagents.providers.codec import Encoded, function_tool, known_only, raw_json, with_extra
from typedagents.providers.formats.media import named_media, spoken_words, url_of
from typedagents.providers.formats.rope import JSON
from typedagents.providers.formats.wire import (
    Encoding,
    MessageRendering,
    WireMessage,
    assembled,
    result_text,
    system_items,
)
from typedagents.providers.loose import json_value, words

from .profile import Profile

RETURNED = ("reasoning_details", "extra_content", "thought_signature")
"""A message's fields that hold the server's own state: they go back as they came."""


WRITTEN_HERE = ("model", "messages", "stream")

CONTENT = "thinking"
"""Where thoughts wait that came as an entry of ``content``, until its other entries are known."""


def encode(request: CallModel, profile: Profile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only."""
    request = profile.outputs.asked(request)
    step = Encoding(request.me, Rendering(profile))
    head = b'{"model":' + JSON.encode(model) + b',"messages":['
    rest = JSON.encode(_parameters(request, profile, stream=stream))
    tail = b"]," + rest[1:] if len(rest) > 2 else b"]}"
    body = assembled(head, step.encode(system_items(request)), request.transcript, step, tail)
    accept = "text/event-stream" if stream else "application/json"
    path = f"{profile.path}?{profile.query}" if profile.query else profile.path
    return Encoded(path, (("content-type", "application/json"), ("accept", accept)), body)


def _parameters(request: CallModel, profile: Profile, *, stream: bool) -> dict[str, object]:
    """All but the model and the messages."""
    body: dict[str, object] = {}
    if stream:
        body["stream"] = True
        if profile.stream_usage:
            body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [function_tool(tool, strict=tool.strict) for tool in request.tools]
    if request.output:
        body["response_format"] = _output(request.output)
    body.update(_sampling(request.settings, profile))
    with_extra(body, request.settings.extra, WRITTEN_HERE)
    return body


def _sampling(settings: Settings, profile: Profile) -> dict[str, object]:
    choice: object = profile.required if settings.tool_choice == "required" else settings.tool_choice
    if settings.tool_choice not in (None, "auto", "none", "required"):
        choice = {"type": "function", "function": {"name": choice}}
    return known_only(
        (
            ("temperature", settings.temperature),
            ("top_p", settings.top_p),
            (profile.max_tokens_field, settings.max_tokens),
            (profile.seed_field, settings.seed),
            ("stop", settings.stop or None),
            ("reasoning_effort", settings.reasoning_effort),
            ("tool_choice", choice),
            ("parallel_tool_calls", settings.parallel_tool_calls),
        )
    )


def _output(output: OutputSpec) -> dict[str, object]:
    schema = raw_json(output.schema, f"the schema of output {output.name!r}")
    return {
        "type": "json_schema",
        "json_schema": {"name": output.name, "schema": schema, "strict": output.strict},
    }


@frozen(cache_hash=True)
class Rendering(MessageRendering):
    """Items as messages of this format."""

    profile: Profile

    def system(self, text: str) -> WireMessage:
        return {"role": self.profile.system_role, "content": text}

    def user(self, item: UserItem) -> WireMessage:
        parts: Sequence[Heard] = item.parts
        if item.name and self.profile.names == "prefix":
            parts = (Text(f"{item.name}:"), *parts)
        message: WireMessage = {"role": "user", "content": _content(parts)}
        if item.name and self.profile.names == "field":
            message["name"] = re.sub(r"[\s<|\\/>]", "_", item.name)
        return message

    def assistant(self, item: AssistantItem) -> WireMessage:
        message: WireMessage = {"role": "assistant", "content": None}
        spoken = [words for part in item.parts if (words := spoken_words(part)) is not None]
        calls = [self._call(call) for call in item.calls]
        if spoken or not calls:
            message["content"] = "\n".join(spoken)
        if calls:
            message["tool_calls"] = calls
        for part in item.parts:
            if isinstance(part, Opaque) and part.provider == self.profile.provider and part.kind in RETURNED:
                message[part.kind] = Raw(part.json.encode())
        if "reasoning_details" not in message:
            message.update(self._thoughts(item, with_calls=bool(calls)))
        if CONTENT in message:
            message["content"] = [message.pop(CONTENT), *(_shown(Text(text)) for text in spoken)]
        return message

    def result(self, result: ToolResult) -> WireMessage:
        return {"role": "tool", "tool_call_id": result.call_id, "content": result_text(result)}

    def _thoughts(self, item: AssistantItem, *, with_calls: bool) -> Iterator[tuple[str, object]]:
        wanted = self.profile.reasoning_back
        if wanted == "never" or (wanted == "with_calls" and not with_calls):
            return
        for part in item.parts:
            if isinstance(part, Reasoning) and part.state and part.state.provider == self.profile.provider:
                name = words(json_value(part.state.json))
                if name in ("reasoning_content", "reasoning"):
                    yield name, part.text
                elif name == "content":
                    yield CONTENT, {"type": "thinking", "thinking": [{"type": "text", "text": part.text}]}

    def _call(self, call: ToolCall) -> dict[str, object]:
        state = call.state if call.state and call.state.provider == self.profile.provider else None
        value = json_value(call.arguments)
        if state and state.kind == "custom" and isinstance(value, dict):
            return {
                "id": call.id,
                "type": "custom",
                "custom": {"name": call.name, "input": value.get("input")},
            }
        # Servers parse what they are sent back, so a call that the model wrote wrongly is quoted.
        arguments = (
            call.arguments if isinstance(value, dict) else json_text({"not_an_object": call.arguments})
        )
        function: dict[str, object] = {"name": call.name, "arguments": arguments}
        wire: dict[str, object] = {"id": call.id, "type": "function", "function": function}
        if state and state.kind == "extra_content":
            wire["extra_content"] = Raw(state.json.encode())
        return wire


def _content(parts: Sequence[Heard]) -> object:
    """Text where there is only text: many servers know nothing else."""
    if all(isinstance(part, Text) for part in parts):
        return "\n".join(part.text for part in parts if isinstance(part, Text))
    return [_shown(part) for part in parts]


def _shown(part: Heard) -> dict[str, object]:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(media, detail):
            image = {"url": url_of(media), "detail": detail} if detail else {"url": url_of(media)}
            return {"type": "image_url", "image_url": image}
        case Audio(Inline(data, mime)):
            sound = {"data": b64encode(data).decode(), "format": "mp3" if "mp" in mime else "wav"}
            return {"type": "input_audio", "input_audio": sound}
        case File(Inline() as media, name):
            return {"type": "file", "file": {"filename": name or "file", "file_data": url_of(media)}}
        case Audio() | File():
            return {"type": "text", "text": named_media(part)}
        case _:
            assert_never(part)
