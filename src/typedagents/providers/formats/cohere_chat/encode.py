"""Requests of Cohere's chat format: bytes from a call and a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import frozen
from msgspec import Raw

from typedagents.core.json_text import json_text
from typedagents.core.model import CallModel, Settings
from typedagents.core.parts import Audio, File, Image, Opaque, Reasoning, Text, ToolCall, ToolResult
from typedagents.policies.projection import AssistantItem, Heard, UserItem
from typedagents.providers.codec import Encoded, eligible, function_tool, known_only, raw_json, with_extra
from typedagents.providers.formats.media import named_media, spoken_words, url_of
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

from .answer import BLOCK, FIELD
from .profile import CohereProfile

WRITTEN_HERE = ("model", "messages", "stream", "tools")


def encode(request: CallModel, profile: CohereProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. It cannot name
    the tool that must be called, so that one alone is shown; whether tools are called side by side cannot be said.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, Rendering(profile.provider, named=several_others(request)))
    head = b'{"model":' + JSON.encode(model) + b',"messages":['
    tail = b"]," + JSON.encode(_parameters(request, stream=stream))[1:]
    body = assembled(head, step.encode(system_items(request)), request.transcript, step, tail)
    accept = "text/event-stream" if stream else "application/json"
    return Encoded(profile.path, (("content-type", "application/json"), ("accept", accept)), body)


def _parameters(request: CallModel, *, stream: bool) -> dict[str, object]:
    """All but the model and the messages."""
    body: dict[str, object] = {"stream": stream}
    if request.tools:
        body["tools"] = [function_tool(tool) for tool in eligible(request)]
        if any(tool.strict for tool in request.tools):
            body["strict_tools"] = True
    if request.output:
        schema = raw_json(request.output.schema, f"the schema of output {request.output.name!r}")
        body["response_format"] = {"type": "json_object", "json_schema": schema}
    body.update(_sampling(request.settings, with_tools=bool(request.tools)))
    with_extra(body, request.settings.extra, WRITTEN_HERE)
    return body


def _sampling(settings: Settings, *, with_tools: bool) -> dict[str, object]:
    effort = settings.reasoning_effort
    choice = {None: None, "auto": None, "none": "NONE"}.get(settings.tool_choice, "REQUIRED")
    return known_only(
        (
            ("temperature", settings.temperature),
            ("p", settings.top_p),
            ("max_tokens", settings.max_tokens),
            ("seed", settings.seed),
            ("stop_sequences", settings.stop or None),
            (
                "thinking",
                None if effort is None else {"type": "disabled" if effort == "none" else "enabled"},
            ),
            ("tool_choice", choice if with_tools else None),
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
        parts: Sequence[Heard] = item.parts
        if self.named and item.name:
            parts = (Text(f"{item.name}:"), *parts)
        shown = [_shown(part) for part in parts]
        if any(block["type"] != "text" for block in shown):
            return {"role": "user", "content": shown}
        return {"role": "user", "content": "\n".join(str(block["text"]) for block in shown)}

    def assistant(self, item: AssistantItem) -> WireMessage:
        message: WireMessage = {"role": "assistant"}
        calls = [_call(call) for call in item.calls]
        content = list(self._content(item))
        if content or not calls:
            message["content"] = content or ""
        if calls:
            plan = "".join(self._thoughts(item, "tool_plan"))
            message |= {"tool_plan": plan, "tool_calls": calls} if plan else {"tool_calls": calls}
        return message

    def result(self, result: ToolResult) -> WireMessage:
        return {"role": "tool", "tool_call_id": result.call_id, "content": result_text(result)}

    def _content(self, item: AssistantItem) -> Iterator[dict[str, object] | Raw]:
        if item.calls:
            for thoughts in self._thoughts(item, "thinking"):
                yield {"type": "thinking", "thinking": thoughts}
        for part in item.parts:
            if isinstance(part, Opaque) and part.provider == self.provider and part.kind == BLOCK:
                yield Raw(part.json.encode())
            elif told := spoken_words(part):
                yield {"type": "text", "text": told}

    def _thoughts(self, item: AssistantItem, name: str) -> Iterator[str]:
        """What the model thought, where it came in the field of this name."""
        state = Opaque(self.provider, FIELD, json_text(name))
        yield from (part.text for part in item.parts if isinstance(part, Reasoning) and part.state == state)


def _shown(part: Heard) -> dict[str, object]:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(media, detail):
            image = {"url": url_of(media), "detail": detail} if detail else {"url": url_of(media)}
            return {"type": "image_url", "image_url": image}
        case Audio() | File():
            return {"type": "text", "text": named_media(part)}
        case _:
            assert_never(part)


def _call(call: ToolCall) -> dict[str, object]:
    # Servers parse what they are sent back, so a call that the model wrote wrongly is quoted.
    right = isinstance(json_value(call.arguments), dict)
    arguments = call.arguments if right else json_text({"not_an_object": call.arguments})
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
