"""Requests of the Messages format: bytes from a call and a profile."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import assert_never

from attrs import frozen

from typedagents.core.model import CallModel, OutputSpec, Settings, ToolSpec
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Link,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.policies.projection import (
    Heard,
)
from typedagents.providers.codec import Encoded, raw_json, with_extra
from typedagents.providers.formats.media import named_media
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

from .profile import MessagesProfile

NAMES = Names("assistant", "content")
WRITTEN_HERE = ("model", "messages", "stream", "system", "tools")


def encode(request: CallModel, profile: MessagesProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. ``seed`` has
    no place in it.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, NAMES, Rendering(profile.provider, named=several_others(request)))
    first, last = _text(profile.first_words), _text(profile.last_words)
    messages = messages_of(request.transcript, step, first, last)
    head = b'{"model":' + JSON.encode(model) + b',"messages":[' + messages + b"],"
    body = head + JSON.encode(_parameters(request, profile, stream=stream))[1:]
    headers = [
        ("content-type", "application/json"),
        ("accept", "text/event-stream" if stream else "application/json"),
        ("anthropic-version", profile.version),
    ]
    if profile.features:
        headers.append(("anthropic-beta", ",".join(profile.features)))
    return Encoded(profile.path, tuple(headers), body)


def _parameters(request: CallModel, profile: MessagesProfile, *, stream: bool) -> dict[str, object]:
    """All but the model and the messages."""
    body: dict[str, object] = {"max_tokens": request.settings.max_tokens or profile.max_tokens}
    if stream:
        body["stream"] = True
    if request.instructions and request.instructions.text:
        body["system"] = request.instructions.text
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    body.update(_sampling(request.settings, with_tools=bool(request.tools)))
    output = {**_effort(request.settings), **(_output(request.output) if request.output else {})}
    if output:
        body["output_config"] = output
    with_extra(body, request.settings.extra, WRITTEN_HERE)
    return body


def _sampling(settings: Settings, *, with_tools: bool) -> Iterator[tuple[str, object]]:
    known: tuple[tuple[str, object], ...] = (
        ("temperature", settings.temperature),
        ("top_p", settings.top_p),
        ("stop_sequences", settings.stop or None),
        ("tool_choice", _choice(settings) if with_tools else None),
    )
    yield from ((name, value) for name, value in known if value is not None)


def _choice(settings: Settings) -> dict[str, object] | None:
    match settings.tool_choice:
        case None | "auto":
            choice: dict[str, object] = {"type": "auto"}
        case "required":
            choice = {"type": "any"}
        case "none":
            return {"type": "none"}
        case name:
            choice = {"type": "tool", "name": name}
    if settings.parallel_tool_calls is not None:
        choice["disable_parallel_tool_use"] = not settings.parallel_tool_calls
    return choice if settings.tool_choice is not None or len(choice) > 1 else None


def _effort(settings: Settings) -> dict[str, object]:
    return {} if settings.reasoning_effort is None else {"effort": settings.reasoning_effort}


def _output(output: OutputSpec) -> dict[str, object]:
    schema = raw_json(output.schema, f"the schema of output {output.name!r}")
    return {"format": {"type": "json_schema", "schema": schema}}


def _tool(tool: ToolSpec) -> dict[str, object]:
    told: dict[str, object] = {
        "name": tool.name,
        "description": tool.description,
        "input_schema": raw_json(tool.parameters, f"the parameters of tool {tool.name!r}"),
    }
    if tool.strict:
        told["strict"] = True
    return told


@frozen(cache_hash=True)
class Rendering(BlockRendering):
    """Items as blocks of this format. Blank texts are left out: the format refuses them."""

    def shown(self, part: Heard, /) -> Iterator[Block]:
        yield from _shown(part)

    def call(self, call: ToolCall, /) -> Block:
        return {"type": "tool_use", "id": call.id, "name": call.name, "input": object_of(call)}

    def result(self, result: ToolResult, /) -> Iterator[Block]:
        yield _result(result)


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _result(result: ToolResult) -> Block:
    blocks = [block for part in result.content for block in _shown(part)]
    told: dict[str, object] = {"type": "tool_result", "tool_use_id": result.call_id}
    if blocks:
        told["content"] = result.text if all(isinstance(part, Text) for part in result.content) else blocks
    if result.failed:
        told["is_error"] = True
    return told


def _shown(part: Heard) -> Iterator[Block]:
    match part:
        case Text(text):
            if text.strip():
                yield _text(text)
        case Image(media):
            yield {"type": "image", "source": _source(media)}
        case File(media, name):
            document: dict[str, object] = {"type": "document", "source": _document(media)}
            yield {**document, "title": name} if name else document
        case Audio():
            yield _text(named_media(part))
        case _:
            assert_never(part)


def _source(media: Inline | Link) -> Block:
    match media:
        case Link(url):
            return {"type": "url", "url": url}
        case Inline(data, mime):
            return {"type": "base64", "media_type": mime or "image/png", "data": b64encode(data).decode()}
        case _:
            assert_never(media)


def _document(media: Inline | Link) -> Block:
    match media:
        case Inline(data, mime) if mime.startswith("text/"):
            return {"type": "text", "media_type": "text/plain", "data": data.decode("utf-8", "replace")}
        case Inline(data, mime):
            return {
                "type": "base64",
                "media_type": mime or "application/pdf",
                "data": b64encode(data).decode(),
            }
        case Link(url):
            return {"type": "url", "url": url}
        case _:
            assert_never(media)
