"""Requests as they are compared: whatever may be written in several ways is written in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from attrs import evolve

from tests.providers.rereading import Body, as_object, objects
from typedagents.providers.codec import Codec
from typedagents.providers.conformance import FORMATS
from typedagents.providers.formats.openai_chat import COMPATIBLE, PROFILES, chat_codec
from typedagents.providers.formats.openai_responses import RESPONSES, responses_codec
from typedagents.providers.loose import entries, items, json_value
from typedagents.providers.recording import Exchange

IGNORED = ("cache_control", "cachePoint", "stream", "stream_options", "model", "caller", "store", "include")
AS_THEY_ARE = (
    "args",
    "response",
    "parametersJsonSchema",
    "responseJsonSchema",
    "responseSchema",
    "properties",
)
MAY_BE_EMPTY = (
    "stop",
    "tools",
    "toolConfig",
    "generationConfig",
    "inferenceConfig",
    "system",
    "options",
    "instructions",
)
ALTERNATING = {"messages": "content", "contents": "parts"}


def codec_for(exchange: Exchange) -> Codec:
    """The codec of a service, with nothing added that a request did not say."""
    if exchange.endpoint == "chat.completions":
        profile = PROFILES.get(exchange.provider) or evolve(COMPATIBLE, provider=exchange.provider)
        outputs = evolve(profile.outputs, dialect=None)
        return chat_codec(evolve(profile, names="none", reasoning_back="always", outputs=outputs))
    if exchange.endpoint == "responses":
        return responses_codec(evolve(RESPONSES, provider=exchange.provider))
    return FORMATS[exchange.endpoint].codec(exchange.provider)


def plain(value: object, *, camel: bool) -> object:
    """Without nulls and marks, JSON in texts as what it says, names in one spelling."""
    if isinstance(value, list):
        return [plain(item, camel=camel) for item in value]
    if not isinstance(value, dict):
        return value
    told: Body = {}
    for key, inner in value.items():
        name = re.sub(r"_(\w)", lambda found: found[1].upper(), str(key)) if camel else str(key)
        if inner is None or name in IGNORED:
            continue
        told[name] = inner if name in AS_THEY_ARE else plain(inner, camel=camel)
    return told


def normal(endpoint: str, body: Body) -> Body:
    """A request as it is compared."""
    told = as_object(plain(body, camel=endpoint.lower().endswith("generatecontent")))
    for name, write in WRITTEN.items():
        if name in told:
            told[name] = write(told[name])
    for name in {"messages", "contents", "input"} & told.keys():
        said = [message_of(item) for item in objects(told[name])]
        told[name] = merged(name, [item for item in said if item.get("content", True) != ""], endpoint)
    found = told.get("input")
    if isinstance(found, list) and "instructions" not in told and entries(found[0]).get("role") == "system":
        told["instructions"], told["input"] = entries(found[0]).get("content"), found[1:]
    return {name: inner for name, inner in told.items() if name not in MAY_BE_EMPTY or inner}


def not_empty(value: object) -> object:
    return {key: inner for key, inner in entries(value).items() if inner != []}


WRITTEN: Mapping[str, Callable[[object], object]] = {
    "input": lambda said: [{"role": "user", "content": said}] if isinstance(said, str) else said,
    "system": lambda said: [{"type": "text", "text": said}] if isinstance(said, str) else said,
    "systemInstruction": lambda said: {"parts": entries(said).get("parts")},
    "generationConfig": not_empty,
    "inferenceConfig": not_empty,
    "stop": lambda words: [words] if isinstance(words, str) else words,
    "tools": lambda tools: [tool_of(tool) for tool in objects(tools) if tool],
}


def tool_of(tool: Body) -> Body:
    if "function" in tool:
        return {"type": "function", **tool, "function": tool_of(as_object(tool["function"]))}
    if "functionDeclarations" in tool:
        return {
            **tool,
            "functionDeclarations": [declared(one) for one in objects(tool["functionDeclarations"])],
        }
    if tool.get("type") == "custom":
        del tool["type"]
    if "parameters" in tool and not tool["parameters"]:
        del tool["parameters"]
    return {name: inner for name, inner in tool.items() if inner not in ("", False)}


def declared(tool: Body) -> Body:
    """Gemini's older field of schemas has its types in capitals."""
    told = tool_of(tool)
    if "parameters" in told:
        told["parametersJsonSchema"] = small(told.pop("parameters"))
    return told


def small(schema: object) -> object:
    if isinstance(schema, list):
        return [small(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: inner.lower() if name == "type" and isinstance(inner, str) else small(inner)
        for name, inner in schema.items()
    }


def message_of(message: Body) -> Body:
    told = {name: inner for name, inner in message.items() if inner or name not in ("annotations", "prefix")}
    if told.get("role") == "developer":
        told["role"] = "system"
    for name in {"content", "parts", "output"} & told.keys():
        told[name] = content_of(told[name]) or ""
        if told.get("role") == "model":
            told[name] = joined(items(told[name]))
        if not told[name] and len(told) > 2:
            del told[name]
    if "tool_calls" in told:
        told["tool_calls"] = [call_of(call) for call in objects(told["tool_calls"])]
    if "arguments" in told:
        told = call_of(told)
    return {name: inner for name, inner in told.items() if not idle(told, name)}


def idle(message: Body, name: str) -> bool:
    """Whether nothing is said by this field."""
    models = message.get("role") == "assistant" or message.get("type") == "function_call"
    match name:
        case "type":
            return message[name] == "message"
        case "tool_calls":
            return not message[name]
        case "status" | "id":
            return models
        case "name":
            return message.get("role") == "tool"
        case _:
            return False


def joined(parts: list[object]) -> list[object]:
    """Words that a model said in several parts, of which nothing is known but the words, as one."""
    told: list[object] = []
    for part in parts:
        before, now = entries(told[-1] if told else None), entries(part)
        if set(before) == set(now) == {"text"}:
            told[-1] = {"text": f"{before['text']}{now['text']}"}
        else:
            told.append(part)
    return told


def call_of(call: Body) -> Body:
    told = {"type": "function", **call}
    told.pop("index", None)
    if "function" in told:
        return {**told, "function": with_arguments(as_object(told["function"]))}
    return with_arguments(told)


def with_arguments(told: Body) -> Body:
    arguments = told.get("arguments")
    if not isinstance(arguments, str):
        return told
    return {**told, "arguments": json_value(arguments or "{}")}


def content_of(content: object) -> object:
    """Text alone as text; of lists, each part in one way."""
    if not isinstance(content, list):
        return content
    parts = [part_of(as_object(part)) for part in content if part]
    parts = [part for part in parts if str(part.get("text", "x")).strip() or len(part) > 2]
    parts = [part for part in parts if not (part.get("thought") and "thoughtSignature" not in part)]
    if parts and all(part.get("type") in ("text", "input_text", "output_text") for part in parts):
        return "\n".join(str(part["text"]) for part in parts)
    return parts


def part_of(part: Body) -> Body:
    told = {name: inner for name, inner in part.items() if inner is not None}
    if told.get("type") == "tool_result":
        told["content"] = content_of(told.get("content")) or ""
        if not told.get("is_error"):
            told.pop("is_error", None)
    if "toolResult" in told:
        told["toolResult"] = {"status": "success", **as_object(told["toolResult"])}
    if told.get("type") == "input_image":
        told.setdefault("detail", "auto")
    if told.get("type") in ("text", "output_text"):
        told.pop("annotations", None)
        told.pop("citations", None)
    return told


def merged(name: str, messages: list[Body], endpoint: str) -> list[Body]:
    """Where roles alternate, neighbours of one role are one message."""
    field = ALTERNATING.get(name)
    if field is None or endpoint not in (
        "messages",
        "generateContent",
        "streamGenerateContent",
        "converse",
        "converse-stream",
    ):
        return messages
    told: list[Body] = []
    for message in messages:
        blocks = as_blocks(message.get(field))
        if told and told[-1].get("role") == message.get("role", "user"):
            told[-1] = {**told[-1], field: [*as_blocks(told[-1][field]), *blocks]}
        else:
            told.append({"role": "user", **message, field: blocks})
    return told


def as_blocks(content: object) -> list[object]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else items(content)
