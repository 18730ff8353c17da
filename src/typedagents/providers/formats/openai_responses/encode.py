"""Requests of the Responses format: bytes from a call and a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import frozen
from msgspec import Raw

from typedagents.core.model import CallModel, OutputSpec, Settings, ToolSpec
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Link,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.policies.projection import (
    AssistantItem,
    Heard,
    Item,
    SystemItem,
    ToolItem,
    UserItem,
    Uttered,
)
from typedagents.providers.codec import Encoded, raw_json, with_extra
from typedagents.providers.formats.media import named_media, url_of
from typedagents.providers.formats.merging import several_others
from typedagents.providers.formats.rope import JSON
from typedagents.providers.formats.wire import Encoding, assembled
from typedagents.providers.loose import entries, json_value

from .answer import ITEM, PHASE
from .profile import ResponsesProfile

WRITTEN_HERE = ("model", "input", "instructions", "stream", "tools")


def encode(request: CallModel, profile: ResponsesProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. ``seed`` and
    ``stop`` have no place in it.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, Rendering(profile.provider, named=several_others(request)))
    head = b'{"model":' + JSON.encode(model) + b',"input":['
    rest = JSON.encode(_parameters(request, profile, stream=stream))
    tail = b"]," + rest[1:] if len(rest) > 2 else b"]}"
    body = assembled(head, b"", request.transcript, step, tail)
    accept = "text/event-stream" if stream else "application/json"
    path = f"{profile.path}?{profile.query}" if profile.query else profile.path
    return Encoded(path, (("content-type", "application/json"), ("accept", accept)), body)


def _parameters(request: CallModel, profile: ResponsesProfile, *, stream: bool) -> dict[str, object]:
    """All but the model and the conversation."""
    body: dict[str, object] = {}
    if profile.stateless:
        body = {"store": False, "include": ["reasoning.encrypted_content"]}
    if stream:
        body["stream"] = True
    if request.instructions and request.instructions.text:
        body["instructions"] = request.instructions.text
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.output:
        body["text"] = {"format": _output(request.output)}
    body.update(_sampling(request.settings))
    with_extra(body, request.settings.extra, WRITTEN_HERE)
    return body


def _sampling(settings: Settings) -> Iterator[tuple[str, object]]:
    choice: object = settings.tool_choice
    if choice not in (None, "auto", "none", "required"):
        choice = {"type": "function", "name": choice}
    effort = settings.reasoning_effort
    known: tuple[tuple[str, object], ...] = (
        ("temperature", settings.temperature),
        ("top_p", settings.top_p),
        ("max_output_tokens", settings.max_tokens),
        ("reasoning", None if effort is None else {"effort": effort}),
        ("tool_choice", choice),
        ("parallel_tool_calls", settings.parallel_tool_calls),
    )
    yield from ((name, value) for name, value in known if value is not None)


def _tool(tool: ToolSpec) -> dict[str, object]:
    schema = raw_json(tool.parameters, f"the parameters of tool {tool.name!r}")
    told = {"type": "function", "name": tool.name, "description": tool.description}
    return {**told, "parameters": schema, "strict": tool.strict}  # left out, it would be true


def _output(output: OutputSpec) -> dict[str, object]:
    schema = raw_json(output.schema, f"the schema of output {output.name!r}")
    return {"type": "json_schema", "name": output.name, "schema": schema, "strict": output.strict}


@frozen(cache_hash=True)
class Rendering:
    """Items as items of this format."""

    provider: str
    named: bool

    def __call__(self, items: Sequence[Item]) -> Iterator[dict[str, object] | Raw]:
        for item in items:
            match item:
                case SystemItem(text):  # the instructions stand beside the conversation
                    yield {"role": "developer", "content": text}
                case UserItem(parts, name):
                    who = (Text(f"{name}:"),) if self.named and name else ()
                    yield {"role": "user", "content": _content((*who, *parts))}
                case AssistantItem(parts):
                    phase: Opaque | None = None
                    for part in parts:
                        if isinstance(part, Opaque) and part.kind == PHASE:
                            phase = part if part.provider == self.provider else None
                        else:
                            yield from self._said(part, phase)
                            phase = None
                case ToolItem(result):
                    yield _result(result)
                case _:
                    assert_never(item)

    def _said(self, part: Uttered, phase: Opaque | None) -> Iterator[dict[str, object] | Raw]:
        match part:
            case Text(text) | Refusal(text):
                yield {**_own(text), "phase": json_value(phase.json)} if phase else _own(text)
            case Image() | Audio() | File():
                yield _own(named_media(part))
            case ToolCall():
                call = {"type": "function_call", "call_id": part.id, "name": part.name}
                yield {**call, "arguments": part.arguments}
            case Reasoning(state=state):
                # Thoughts that cannot be handed back are known only where the answer was stored.
                if state and self._ours(state) and entries(json_value(state.json)).get("encrypted_content"):
                    yield Raw(state.json.encode())
            case Opaque():
                if self._ours(part):
                    yield Raw(part.json.encode())
            case _:
                assert_never(part)

    def _ours(self, state: Opaque) -> bool:
        return state.provider == self.provider and state.kind == ITEM


def _own(text: str) -> dict[str, object]:
    return {"role": "assistant", "content": text}


def _result(result: ToolResult) -> dict[str, object]:
    output: object = result.text
    if not all(isinstance(part, Text) for part in result.content):
        output = [_shown(part) for part in result.content]
    return {"type": "function_call_output", "call_id": result.call_id, "output": output}


def _content(parts: Sequence[Heard]) -> object:
    """Text where there is only text."""
    if all(isinstance(part, Text) for part in parts):
        return "\n".join(part.text for part in parts if isinstance(part, Text))
    return [_shown(part) for part in parts]


def _shown(part: Heard) -> dict[str, object]:
    match part:
        case Text(text):
            return {"type": "input_text", "text": text}
        case Image(media, detail):
            return {"type": "input_image", "image_url": url_of(media), "detail": detail or "auto"}
        case File(media, name):
            where = "file_url" if isinstance(media, Link) else "file_data"
            named = {} if isinstance(media, Link) else {"filename": name or "file"}
            return {"type": "input_file", **named, where: url_of(media)}
        case Audio():  # the format has no place for it
            return {"type": "input_text", "text": named_media(part)}
        case _:
            assert_never(part)
