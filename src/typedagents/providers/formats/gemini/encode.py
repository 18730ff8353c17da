"""Requests of the generateContent format: bytes from a call and a profile."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import assert_never
from urllib.parse import quote

from attrs import frozen
from msgspec import Raw

from typedagents.core.model import CallModel, OutputSpec, Settings, ToolSpec
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Link,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.policies.projection import (
    Heard,
)
from typedagents.providers.codec import Encoded, raw_json, with_extra
from typedagents.providers.formats.merging import (
    Block,
    BlockRendering,
    Encoding,
    Names,
    messages_of,
    object_of,
    several_others,
)
from typedagents.providers.formats.rope import JSON
from typedagents.providers.loose import json_value

from .answer import CALL, MADE, PART, SIGNATURE
from .profile import GeminiProfile

NAMES = Names("model", "parts")
WRITTEN_HERE = ("contents", "systemInstruction", "tools", "toolConfig", "generationConfig")
MODES = {"auto": "AUTO", "required": "ANY", "none": "NONE"}


def encode(request: CallModel, profile: GeminiProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. Whether tools
    are called side by side cannot be said in it.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, NAMES, Rendering(profile.provider, named=several_others(request)))
    contents = messages_of(
        request.transcript, step, {"text": profile.first_words}, {"text": profile.last_words}
    )
    rest = JSON.encode(_parameters(request))
    tail = b"]," + rest[1:] if len(rest) > 2 else b"]}"
    action = "streamGenerateContent?alt=sse" if stream else "generateContent"
    accept = "text/event-stream" if stream else "application/json"
    headers = (("content-type", "application/json"), ("accept", accept))
    name = quote(model.removeprefix("models/"), safe="")
    return Encoded(f"{profile.models}/{name}:{action}", headers, b'{"contents":[' + contents + tail)


def _parameters(request: CallModel) -> dict[str, object]:
    """All but the conversation."""
    body: dict[str, object] = {}
    settings = request.settings
    if request.instructions and request.instructions.text:
        body["systemInstruction"] = {"parts": [{"text": request.instructions.text}]}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
        if settings.tool_choice is not None:
            body["toolConfig"] = {"functionCallingConfig": _choice(settings.tool_choice)}
    config = dict(_generation(settings))
    if request.output:
        config.update(_output(request.output))
    top = [pair for pair in settings.extra if pair[0] in TOP_LEVEL]
    with_extra(body, top, WRITTEN_HERE)
    with_extra(config, [pair for pair in settings.extra if pair not in top], WRITTEN_HERE)
    if config:
        body["generationConfig"] = config
    return body


TOP_LEVEL = ("safetySettings", "cachedContent", "labels")
"""Extras that stand beside ``generationConfig``; all others stand in it."""


def _generation(settings: Settings) -> Iterator[tuple[str, object]]:
    effort = settings.reasoning_effort
    known: tuple[tuple[str, object], ...] = (
        ("temperature", settings.temperature),
        ("topP", settings.top_p),
        ("maxOutputTokens", settings.max_tokens),
        ("seed", settings.seed),
        ("stopSequences", settings.stop or None),
        ("thinkingConfig", None if effort is None else {"thinkingLevel": effort}),
    )
    yield from ((name, value) for name, value in known if value is not None)


def _choice(choice: str) -> dict[str, object]:
    if choice in MODES:
        return {"mode": MODES[choice]}
    return {"mode": "ANY", "allowedFunctionNames": [choice]}


def _tool(tool: ToolSpec) -> dict[str, object]:
    schema = raw_json(tool.parameters, f"the parameters of tool {tool.name!r}")
    return {"name": tool.name, "description": tool.description, "parametersJsonSchema": schema}


def _output(output: OutputSpec) -> dict[str, object]:
    schema = raw_json(output.schema, f"the schema of output {output.name!r}")
    return {"responseMimeType": "application/json", "responseJsonSchema": schema}


@frozen(cache_hash=True)
class Rendering(BlockRendering):
    """Items as parts of this format."""

    def shown(self, part: Heard, /) -> Iterator[Block]:
        yield from _shown(part)

    def made(self, part: Image | Audio | File) -> Iterator[Block]:
        yield from _shown(part)

    def kept(self, part: Reasoning | Opaque) -> Iterator[Block]:
        state = part.state if isinstance(part, Reasoning) else part
        if state is None or state.provider != self.provider:
            return
        if state.kind == PART and isinstance(part, Opaque):
            yield Raw(state.json.encode())
        if state.kind == SIGNATURE:
            thought = {"text": part.text, "thought": True} if isinstance(part, Reasoning) else {"text": ""}
            yield {**thought, "thoughtSignature": Raw(state.json.encode())}

    def call(self, call: ToolCall, /) -> Block:
        told: dict[str, object] = {"name": call.name, "args": object_of(call), **_id_of(call.id)}
        block: dict[str, object] = {"functionCall": told}
        state = call.state
        if state is not None and state.provider == self.provider and state.kind == CALL:
            kept = json_value(state.json)
            block.update(kept if isinstance(kept, dict) else {})
        return block

    def result(self, result: ToolResult, /) -> Iterator[Block]:
        yield from _result(result)


def _id_of(id: str) -> dict[str, object]:
    return {} if id.startswith(MADE) else {"id": id}


def _result(result: ToolResult) -> Iterator[Block]:
    value = json_value(result.text)
    if result.failed:
        told: object = {"error": result.text}
    else:
        told = Raw(result.text.encode()) if isinstance(value, dict) else {"result": result.text}
    yield {"functionResponse": {"name": result.name, "response": told, **_id_of(result.call_id)}}
    for part in result.content:
        if not isinstance(part, Text):
            yield from _shown(part)


def _shown(part: Heard) -> Iterator[Block]:
    match part:
        case Text(text):
            if text.strip():
                yield {"text": text}
        case Image(media) | Audio(media) | File(media):
            yield _media(
                media, {"image": "image/png", "audio": "audio/wav", "file": "application/pdf"}[part.part]
            )
        case _:
            assert_never(part)


def _media(media: Inline | Link, usual: str) -> Block:
    match media:
        case Link(url, mime):
            return {"fileData": {"mimeType": mime or usual, "fileUri": url}}
        case Inline(data, mime):
            return {"inlineData": {"mimeType": mime or usual, "data": b64encode(data).decode()}}
        case _:
            assert_never(media)
