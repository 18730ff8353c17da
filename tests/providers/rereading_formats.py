"""Case 7: how the requests of each format are read. See ``rereading``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.providers.rereading import (
    Body,
    Outside,
    Reading,
    Told,
    as_object,
    inline,
    known,
    objects,
    of_url,
    said_in,
)
from typedagents.core.json_text import json_text
from typedagents.core.model import ToolSpec
from typedagents.core.parts import Audio, File, Image, Link, Text
from typedagents.policies.projection import Heard
from typedagents.providers.loose import entries, words

# --- chat completions -------------------------------------------------------------------------------------------


def chat_part(part: Body) -> Heard:
    match part:
        case {"type": "text", "text": str(text)}:
            return Text(text)
        case {"type": "image_url", "image_url": {"url": url, **more}} if not more.keys() - {"detail"}:
            return Image(of_url(url), words(more.get("detail")))
        case {"type": "input_audio", "input_audio": {"data": data, "format": "wav" | "mp3" as kind}}:
            return Audio(inline(data, f"audio/{kind}"))
        case {"type": "file", "file": {"filename": str(name), "file_data": url}}:
            return File(of_url(url), name)
        case _:
            raise Outside(f"part {part.get('type')}")


def texts(content: object, read: Callable[[Body], Heard] = chat_part) -> tuple[Heard, ...]:
    return (Text(content),) if isinstance(content, str) else tuple(map(read, objects(content)))


def chat_messages(body: Body, told: Told) -> Iterator[str]:
    for place, message in enumerate(objects(said_in(body, "messages"))):
        content = message.get("content")
        match message.get("role"):
            case "system" | "developer" if place == 0:
                known(message, "role", "content")
                yield "\n".join(part.text for part in texts(content) if isinstance(part, Text))
            case "user":
                known(message, "role", "content")
                told.heard(*texts(content))
            case "assistant":
                if not all(call.get("id") for call in objects(message.get("tool_calls"))):
                    raise Outside("calls without an id")
                told.own({name: inner for name, inner in message.items() if name != "role"})
            case "tool":
                known(message, "role", "content", "tool_call_id", "name")
                told.result(message.get("tool_call_id") or message.get("tool_name"), "", texts(content))
            case role:
                raise Outside(f"role {role}")


def function_tool(tool: Body) -> ToolSpec:
    function = as_object(tool.get("function"))
    known(tool, "type", "function")
    return named_tool(function, "parameters")


def named_tool(told: Body, schema: str) -> ToolSpec:
    known(told, "name", "description", schema, "strict", "type")
    text = json_text(told.get(schema) or {"type": "object", "properties": {}})
    return ToolSpec(words(told["name"]), words(told.get("description")), text, told.get("strict") is True)


# --- messages ---------------------------------------------------------------------------------------------------


def block(part: Body) -> Heard:
    match part:
        case {"type": "text", "text": str(text)}:
            return Text(text)
        case {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}:
            return Image(inline(data, mime))
        case {"type": "image", "source": {"type": "url", "url": url}}:
            return Image(Link(words(url)))
        case {"type": "document", "source": {"type": "base64", "media_type": mime, "data": data}}:
            known(part, "type", "source", "title")
            return File(inline(data, mime), words(part.get("title")))
        case _:
            raise Outside(f"part {part.get('type')}")


def block_messages(body: Body, told: Told) -> Iterator[str]:
    system = texts(body.pop("system", []), block)
    if system:
        yield "\n".join(part.text for part in system if isinstance(part, Text))
    for message in objects(said_in(body, "messages")):
        content = message.get("content")
        if message.get("role") == "assistant":
            told.own([{"type": "text", "text": content}] if isinstance(content, str) else content)
            continue
        for part in objects([{"type": "text", "text": content}] if isinstance(content, str) else content):
            if part.get("type") == "tool_result":
                known(part, "type", "tool_use_id", "content", "is_error")
                said = texts(part.get("content") or [], block)
                told.result(part.get("tool_use_id"), "", said, failed=part.get("is_error") is True)
            elif message.get("role") == "user":
                told.heard(block(part))
            else:
                raise Outside(f"role {message.get('role')}")


# --- Gemini -----------------------------------------------------------------------------------------------------


def gemini_part(part: Body) -> Heard:
    match part:
        case {"text": str(text)} if len(part) == 1:
            return Text(text)
        case {"inlineData": {"data": data, "mimeType": mime, **more}} if not more:
            return File(inline(data, mime))
        case {"fileData": {"fileUri": url, "mimeType": mime, **more}} if not more:
            return File(Link(words(url), words(mime)))
        case _:
            raise Outside(f"part {sorted(part)}")


def gemini_messages(body: Body, told: Told) -> Iterator[str]:
    system = texts(entries(body.pop("systemInstruction", {})).get("parts") or [], gemini_part)
    if system:
        yield "\n".join(part.text for part in system if isinstance(part, Text))
    for content in objects(said_in(body, "contents")):
        if content.get("role") == "model":
            told.own(content)
            continue
        if not content.get("parts"):
            raise Outside("nothing said")
        for part in objects(content.get("parts")):
            if answer := as_object(part.get("functionResponse")):
                known(answer, "id", "name", "response")
                said = (Text(json_text(answer.get("response"))),)
                told.result(answer.get("id"), answer.get("name"), said)
            else:
                told.heard(gemini_part(part))


# --- Converse ---------------------------------------------------------------------------------------------------


def converse_part(part: Body) -> Heard:
    match part:
        case {"text": str(text)} if len(part) == 1:
            return Text(text)
        case {"image": {"format": kind, "source": {"bytes": data}}}:
            return Image(inline(data, f"image/{kind}"))
        case _:
            raise Outside(f"part {sorted(part)}")


def converse_messages(body: Body, told: Told) -> Iterator[str]:
    system = texts(body.pop("system", []), converse_part)
    if system:
        yield "\n".join(part.text for part in system if isinstance(part, Text))
    for message in objects(said_in(body, "messages")):
        if message.get("role") == "assistant":
            told.own(message)
            continue
        for part in objects(message.get("content")):
            if result := as_object(part.get("toolResult")):
                said = texts(result.get("content"), converse_part)
                failed = result.get("status") == "error"
                told.result(result.get("toolUseId"), "", said, failed=failed)
            else:
                told.heard(converse_part(part))


# --- responses --------------------------------------------------------------------------------------------------


def input_part(part: Body) -> Heard:
    match part:
        case {"type": "input_text", "text": str(text)}:
            return Text(text)
        case {"type": "input_image", "image_url": url}:
            return Image(of_url(url), words(part.get("detail")))
        case {"type": "input_file", "filename": str(name), "file_data": url}:
            return File(of_url(url), name)
        case _:
            raise Outside(f"part {part.get('type')}")


def input_items(body: Body, told: Told) -> Iterator[str]:
    if system := words(body.pop("instructions", "")):
        yield system
    found = said_in(body, "input")
    own: list[object] = []
    for item in [{"role": "user", "content": found}] if isinstance(found, str) else objects(found):
        if item.get("type") == "reasoning" and not item.get("encrypted_content"):
            raise Outside("what only the service that said it knows")
        if item.get("role") == "assistant" or item.get("type") in ("reasoning", "function_call"):
            content = item.get("content")
            said = [{"type": "output_text", "text": content}] if isinstance(content, str) else content
            call = {**item, "arguments": json_text(item.get("arguments"))}
            own.append(
                {"type": "message", **item, "content": said}
                if item.get("role")
                else call
                if "arguments" in item
                else item
            )
            continue
        if own:
            told.own(own)
            own = []
        if item.get("type") == "function_call_output":
            told.result(item.get("call_id"), "", texts(item.get("output"), input_part))
        elif item.get("role") == "user":
            told.heard(*texts(item.get("content"), input_part))
        else:
            raise Outside(f"item {item.get('role') or item.get('type')}")
    if own:
        told.own(own)


def listed(key: str, read: Callable[[Body], ToolSpec]) -> Callable[[Body], Iterator[ToolSpec]]:
    return lambda body: map(read, objects(body.pop(key, [])))


def custom_tool(told: Body) -> ToolSpec:
    if words(told.get("type")) not in ("", "custom"):
        raise Outside(f"tool {told['type']}")
    return named_tool(told, "input_schema")


def flat_tool(told: Body) -> ToolSpec:
    if told.get("type") != "function":
        raise Outside(f"tool {told.get('type')}")
    return named_tool(told, "parameters")


def gemini_tools(body: Body) -> Iterator[ToolSpec]:
    for tool in objects(body.pop("tools", [])):
        known(tool, "functionDeclarations")
        for told in objects(tool.get("functionDeclarations")):
            yield named_tool(told, "parametersJsonSchema")


MODES = {"AUTO": "auto", "ANY": "required", "NONE": "none"}


def gemini_choice(body: Body) -> str | None:
    config = as_object(body.pop("toolConfig", {}))
    if not config:
        return None
    known(config, "functionCallingConfig")
    calling = as_object(config.get("functionCallingConfig"))
    match calling:
        case {"mode": "ANY", "allowedFunctionNames": [str(name)]}:
            return name
        case {"mode": str(mode)} if len(calling) == 1 and mode in MODES:
            return MODES[mode]
        case _:
            raise Outside(f"choice {calling}")


def converse_choice(body: Body) -> str | None:
    match body.pop("toolChoice", None):
        case None:
            return None
        case {"auto": _}:
            return "auto"
        case {"any": _}:
            return "required"
        case {"tool": {"name": str(name)}}:
            return name
        case choice:
            raise Outside(f"choice {choice}")


def converse_tools(body: Body) -> Iterator[ToolSpec]:
    config = as_object(body.pop("toolConfig", {}))
    if "outputConfig" in body:
        raise Outside("outputConfig")
    known(config, "tools", "toolChoice")
    if "toolChoice" in config:
        body["toolChoice"] = config["toolChoice"]
    for tool in objects(config.get("tools")):
        known(tool, "toolSpec")
        spec = as_object(tool.get("toolSpec"))
        spec["schema"] = entries(spec.pop("inputSchema", {})).get("json")
        yield named_tool(spec, "schema")


SAMPLED = {"temperature": "temperature", "top_p": "top_p", "stop": "stop"}
CHAT = Reading(
    chat_messages,
    listed("tools", function_tool),
    lambda message: {"choices": [{"message": message, "finish_reason": "stop"}]},
    {**SAMPLED, "reasoning_effort": "reasoning_effort"},
)
MESSAGES = Reading(
    block_messages,
    listed("tools", custom_tool),
    lambda content: {"type": "message", "content": content},
    {"temperature": "temperature", "max_tokens": "max_tokens", "stop_sequences": "stop"},
    begins_and_ends=True,
)
GEMINI = Reading(
    gemini_messages,
    gemini_tools,
    lambda content: {"candidates": [{"content": content, "finishReason": "STOP"}]},
    {
        "temperature": "temperature",
        "topP": "top_p",
        "maxOutputTokens": "max_tokens",
        "seed": "seed",
        "stopSequences": "stop",
    },
    within="generationConfig",
    choice=gemini_choice,
    begins_and_ends=True,
)
CONVERSE = Reading(
    converse_messages,
    converse_tools,
    lambda message: {"output": {"message": message}, "stopReason": "end_turn"},
    {"maxTokens": "max_tokens", "temperature": "temperature", "topP": "top_p", "stopSequences": "stop"},
    within="inferenceConfig",
    choice=converse_choice,
    begins_and_ends=True,
)
RESPONSES = Reading(
    input_items,
    listed("tools", flat_tool),
    lambda output: {"object": "response", "status": "completed", "output": output},
    {"temperature": "temperature", "top_p": "top_p", "max_output_tokens": "max_tokens"},
)
OLLAMA = Reading(
    chat_messages,
    listed("tools", function_tool),
    lambda message: {"message": message, "done": True, "done_reason": "stop"},
    {
        "temperature": "temperature",
        "top_p": "top_p",
        "num_predict": "max_tokens",
        "seed": "seed",
        "stop": "stop",
    },
    within="options",
)
COHERE = Reading(
    chat_messages,
    listed("tools", function_tool),
    lambda message: {"message": message, "finish_reason": "COMPLETE"},
    {"temperature": "temperature", "p": "top_p", "max_tokens": "max_tokens", "seed": "seed"},
)

READINGS: Mapping[str, Reading] = {
    "chat.completions": CHAT,
    "messages": MESSAGES,
    "generateContent": GEMINI,
    "streamGenerateContent": GEMINI,
    "converse": CONVERSE,
    "converse-stream": CONVERSE,
    "responses": RESPONSES,
    "api.chat": OLLAMA,
    "v2.chat": COHERE,
}
"""By endpoint."""
