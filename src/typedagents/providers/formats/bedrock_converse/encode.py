"""Requests of the Converse format: bytes from a call and a profile."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never
from urllib.parse import quote

from attrs import evolve, frozen

from typedagents.core.chain import Fold
from typedagents.core.message import Message
from typedagents.core.model import CallModel, OutputSpec, Settings, ToolSpec
from typedagents.core.parts import (
    Audio,
    File,
    Image,
    Inline,
    Link,
    Media,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.policies.projection import (
    Heard,
)
from typedagents.providers.codec import Encoded, known_only, raw_json, with_extra
from typedagents.providers.formats.media import named_media
from typedagents.providers.formats.merging import (
    Block,
    BlockRendering,
    Encoding,
    Names,
    Taken,
    messages_of,
    object_of,
    several_others,
)
from typedagents.providers.formats.rope import JSON

from .profile import ConverseProfile

NAMES = Names("assistant", "content")
WRITTEN_HERE = ("messages", "system", "toolConfig", "inferenceConfig", "outputConfig")

IMAGES = ("gif", "jpeg", "png", "webp")
DOCUMENTS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
}
"""The format's names of what documents are; other text is ``txt``."""


def encode(request: CallModel, profile: ConverseProfile, *, model: str, stream: bool) -> Encoded:
    """The request that asks ``model`` to speak as ``request.me``. Costs O(size) in copied memory only.

    The format knows no names: where more than one other has spoken, their names stand before their words. ``seed``,
    ``reasoning_effort`` and ``parallel_tool_calls`` have no place in it: what a model makes of
    ``additionalModelRequestFields`` (in ``settings.extra``) is its own.
    """
    request = profile.outputs.asked(request)
    step = Encoding(request.me, NAMES, Rendering(profile.provider, named=several_others(request)))
    first, last = _text(profile.first_words), _text(profile.last_words)
    messages = messages_of(request.transcript, step, first, last)
    called = CALLED in messages
    if called and not request.tools:
        settings = evolve(request.settings, tool_choice=None)
        request = evolve(request, tools=_stand_ins(request), settings=settings)
    rest = JSON.encode(_parameters(request, called=called))
    tail = b"]," + rest[1:] if len(rest) > 2 else b"]}"
    action = "converse-stream" if stream else "converse"
    accept = "application/vnd.amazon.eventstream" if stream else "application/json"
    headers = (("content-type", "application/json"), ("accept", accept))
    path = f"/model/{quote(model, safe='')}/{action}"
    return Encoded(path, headers, b'{"messages":[' + messages + tail)


CALLED = b'{"toolUse":{'
"""How a call begins in a body, and nothing else does: quotes inside of texts are escaped."""

STAND_IN = "No longer there: do not call it."


@frozen
class Calls:
    """The step of a fold: the names of the tools that ``me`` has called."""

    me: str

    def __call__(self, names: tuple[str, ...], message: Message) -> tuple[str, ...]:
        if message.sender != self.me:
            return names
        called = (part.name for part in message.parts if isinstance(part, ToolCall))
        return tuple(dict.fromkeys((*names, *called)))


def _stand_ins(request: CallModel) -> tuple[ToolSpec, ...]:
    """A history with calls is refused without tools: these stand for those that were there when it called them."""
    nobody: tuple[str, ...] = ()
    names = request.transcript.fold(Fold(nobody, Calls(request.me)))
    return tuple([ToolSpec(name, STAND_IN, '{"type":"object"}') for name in names])


def _parameters(request: CallModel, *, called: bool) -> dict[str, object]:
    """All but the messages."""
    body: dict[str, object] = {}
    settings = request.settings
    if request.instructions and request.instructions.text:
        body["system"] = [_text(request.instructions.text)]
    # A history with calls is refused without the tools; where none may be called, they are left out otherwise.
    if request.tools and (settings.tool_choice != "none" or called):
        tools: dict[str, object] = {"tools": [_tool(tool) for tool in request.tools]}
        choice = _choice(settings.tool_choice)
        body["toolConfig"] = {**tools, "toolChoice": choice} if choice else tools
    inference = _inference(settings)
    if inference:
        body["inferenceConfig"] = inference
    if request.output:
        body["outputConfig"] = _output(request.output)
    with_extra(body, settings.extra, WRITTEN_HERE)
    return body


def _inference(settings: Settings) -> dict[str, object]:
    return known_only(
        (
            ("maxTokens", settings.max_tokens),
            ("temperature", settings.temperature),
            ("topP", settings.top_p),
            ("stopSequences", settings.stop or None),
        )
    )


def _choice(choice: str | None) -> dict[str, object] | None:
    match choice:
        case None | "none":
            return None
        case "auto":
            return {"auto": {}}
        case "required":
            return {"any": {}}
        case name:
            return {"tool": {"name": name}}


def _tool(tool: ToolSpec) -> dict[str, object]:
    schema = raw_json(tool.parameters, f"the parameters of tool {tool.name!r}")
    spec: dict[str, object] = {"name": tool.name, "inputSchema": {"json": schema}}
    if tool.description:  # an empty one is refused
        spec["description"] = tool.description
    if tool.strict:
        spec["strict"] = True
    return {"toolSpec": spec}


def _output(output: OutputSpec) -> dict[str, object]:
    """The format wants the schema as text."""
    raw_json(output.schema, f"the schema of output {output.name!r}")
    structure = {"jsonSchema": {"name": output.name, "schema": output.schema}}
    return {"textFormat": {"type": "json_schema", "structure": structure}}


@frozen(cache_hash=True)
class Rendering(BlockRendering):
    """Items as blocks of this format. Blank texts are left out: models refuse them."""

    def shown(self, part: Heard, /) -> Iterator[Block]:
        yield from _shown(part)

    def call(self, call: ToolCall, /) -> Block:
        return {"toolUse": {"toolUseId": call.id, "name": call.name, "input": object_of(call)}}

    def result(self, result: ToolResult, /) -> Iterator[Block]:
        yield _result(result)

    def told_apart(self, blocks: Sequence[Block], taken: Taken) -> tuple[Sequence[Block], Taken]:
        told: list[Block] = []
        for block in blocks:
            match block:
                case {"document": {"name": str(name), **document}}:
                    name = _free(name, taken)
                    taken |= {name}
                    told.append(_text(f"[file {name}]"))  # a document alone is refused
                    told.append({"document": {"name": name, **document}})
                case {"toolResult": {"content": list(content), **result}}:
                    inner, taken = self.told_apart(content, taken)
                    told.append({"toolResult": {"content": inner, **result}})
                case _:
                    told.append(block)
        return told, taken


def _text(text: str) -> dict[str, object]:
    return {"text": text}


def _result(result: ToolResult) -> Block:
    content = [block for part in result.content for block in _shown(part)] or [_text("(nothing)")]
    status = "error" if result.failed else "success"
    return {"toolResult": {"toolUseId": result.call_id, "content": content, "status": status}}


def _shown(part: Heard) -> Iterator[dict[str, object]]:
    match part:
        case Text(text):
            if text.strip():
                yield _text(text)
        case Image(media):
            kind = (media.mime or "image/png").removeprefix("image/").replace("jpg", "jpeg")
            source = _source(media) if kind in IMAGES else None
            yield {"image": {"format": kind, "source": source}} if source else _text(named_media(part))
        case File(media, name):
            kind = DOCUMENTS.get(media.mime or "application/pdf") or (
                "txt" if media.mime.startswith("text/") else ""
            )
            source = _source(media) if kind else None
            if source is None:
                yield _text(named_media(part))
            else:
                yield {"document": {"format": kind, "name": _document_name(name), "source": source}}
        case Audio():
            yield _text(named_media(part))
        case _:
            assert_never(part)


def _source(media: Media) -> dict[str, object] | None:
    """Where media are; None for addresses that the service does not read."""
    match media:
        case Inline(data):
            return {"bytes": b64encode(data).decode()}
        case Link(url):
            return {"s3Location": {"uri": url}} if url.startswith("s3://") else None
        case _:
            assert_never(media)


def _free(name: str, taken: Taken) -> str:
    """``name``, or with the first number that nobody has."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if one not in taken)


def _document_name(name: str) -> str:
    """A name of the characters that are allowed in one."""
    return re.sub(r"\s+", " ", re.sub(r"[^A-Za-z0-9\s\-()\[\]]", "-", name)).strip() or "document"
