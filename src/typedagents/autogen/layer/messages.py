"""Classic message dicts and our messages, both ways.

A dict says what a message says, and, by its role, from whose side it is seen; a message has a sender instead. What our
parts do not hold of a dict travels as one ``Opaque`` part, so that a dict comes back as it was. A call of the older kind,
which has no id, has the id ``FUNCTION_CALL`` here.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping, Sequence
from inspect import isawaitable
from typing import Final, Required, TypeAlias, TypedDict

from msgspec.json import decode

from typedagents.core.code import CodeResult
from typedagents.core.json_text import json_text
from typedagents.core.message import AgentName, Message, Origin
from typedagents.core.parts import (
    Data,
    Image,
    Inline,
    Link,
    Opaque,
    Part,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from typedagents.providers.formats.media import url_of


class FunctionDict(TypedDict):
    """A function and the JSON text of its arguments."""

    name: str
    arguments: str


class ToolCallDict(TypedDict):
    """A call of a tool."""

    id: str
    type: str
    function: FunctionDict


class ToolResponseDict(TypedDict, total=False):
    """What a call came to."""

    tool_call_id: str
    role: str
    content: str


class ContentItem(TypedDict, total=False):
    """An item of content that is more than text."""

    type: str
    text: str
    image_url: Mapping[str, str]


class CallsDict(TypedDict, total=False):
    """What a message calls."""

    function_call: FunctionDict
    tool_calls: list[ToolCallDict]


class MessageDict(CallsDict, total=False):
    """A message in the classic shape."""

    content: str | list[ContentItem] | None
    role: str
    name: str
    tool_responses: list[ToolResponseDict]
    tool_call_id: str
    context: object
    override_role: str


class TerminalMessage(CallsDict, total=False):
    """A message as ``is_termination_msg`` sees it: ``content`` is text, also where there is none or more than text."""

    content: Required[str]
    role: str
    name: str


Said: TypeAlias = "str | MessageDict | Mapping[str, object]"
"""What users give as a message."""

FUNCTION_CALL: Final = "function_call"
KEPT: Final = ("content", "function_call", "tool_calls", "tool_responses", "tool_call_id", "name", "context")
PROVIDER: Final = "autogen"
Plain: TypeAlias = dict[str, object]


def normalized(message: object) -> Plain:
    """``message`` with nothing but what is stored of it; ``ValueError`` where it says nothing at all."""
    given: Mapping[str, object]
    if isinstance(message, str):
        return {"content": message}
    if isinstance(message, Mapping):
        given = message
    else:
        awaited = "; it was never awaited: write await before it" if isawaitable(message) else ""
        raise ValueError(f"a message is text or a dict; found {message!r:.100}{awaited}")
    kept: Plain = {key: given[key] for key in KEPT if given.get(key) is not None}
    if callable(kept.get("content")):
        kept["content"] = _told_by(kept["content"], kept.pop("context", None))
    if "content" not in kept:
        if "function_call" not in kept and "tool_calls" not in kept:
            raise ValueError(
                f"a message has content, or calls a function or tool; found {sorted(given)} in {dict(given)!r:.200}"
            )
        kept["content"] = None
    role = given.get("role")
    if role in ("function", "tool"):
        kept["role"] = role
    elif "override_role" in given:
        kept["role"] = given["override_role"]
    return kept


def _told_by(content: object, context: object) -> object:
    """What a content that is a function says of ``context``: a message holds words, and no functions."""
    return content(context) if callable(content) else content


# --- to messages ------------------------------------------------------------------------------------------------


def parts_of(given: Mapping[str, object]) -> tuple[Part, ...]:
    """A normalized dict as parts."""
    if len(given) == 1 and isinstance(given.get("content"), str):
        return (Text(str(given["content"])),)
    parts = [*_results(given), *_spoken(given), *_calls(given)]
    plain = plain_of(parts)
    kept = {key: value for key, value in given.items() if key not in plain or plain[key] != value}
    lost = [key for key in plain if key not in given]
    if kept or lost:
        parts.append(Opaque(PROVIDER, "message", json_text({"kept": kept, "lost": lost})))
    return tuple(parts)


def message_of(message: object, sender: AgentName, origin: Origin = "program") -> Message:
    """What ``sender`` says with a dict, or with text."""
    given = normalized(message)
    if given.get("name") == sender and not _calls_something(given) and given.get("role") != "function":
        del given["name"]
    return Message(sender, parts_of(given), origin)


def _calls(given: Mapping[str, object]) -> Iterable[Part]:
    legacy = given.get("function_call")
    if isinstance(legacy, Mapping) and legacy:
        yield ToolCall(FUNCTION_CALL, _str(legacy, "name"), _str(legacy, "arguments", "{}"))
    for call in _list(given, "tool_calls"):
        function = call.get("function")
        if isinstance(function, Mapping):
            yield ToolCall(_str(call, "id"), _str(function, "name"), _str(function, "arguments", "{}"))


def _results(given: Mapping[str, object]) -> Iterable[Part]:
    if given.get("role") == "function":
        name = _str(given, "name")
        yield ToolResult(FUNCTION_CALL, name, (Text(_str(given, "content")),))
    elif given.get("role") == "tool" and "tool_call_id" in given:
        yield ToolResult(_str(given, "tool_call_id"), _str(given, "name"), (Text(_str(given, "content")),))
    for response in _list(given, "tool_responses"):
        call_id = response.get("tool_call_id") or FUNCTION_CALL
        yield ToolResult(str(call_id), _str(response, "name"), (Text(_str(response, "content")),))


def _spoken(given: Mapping[str, object]) -> Iterable[Part]:
    content = given.get("content")
    if given.get("role") in ("tool", "function"):
        return
    if isinstance(content, str):
        yield Text(content)
    elif isinstance(content, list):
        for item in content:
            if isinstance(item, Mapping):
                yield from _item(item)


def _item(item: Mapping[str, object]) -> Iterable[Part]:
    url = item.get("image_url")
    if item.get("type") == "text":
        yield Text(_str(item, "text"))
    elif isinstance(url, Mapping) and isinstance(url.get("url"), str):
        yield Image(_media(str(url["url"])), str(url.get("detail", "")))
    elif isinstance(url, str):
        yield Image(_media(url))


def _media(url: str) -> Inline | Link:
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        try:
            return Inline(b64decode(data, validate=True), head.removeprefix("data:").removesuffix(";base64"))
        except (Base64Error, ValueError):
            pass
    return Link(url)


def _list(given: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    found = given.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _str(given: Mapping[str, object], key: str, default: str = "") -> str:
    found = given.get(key, default)
    return found if isinstance(found, str) else default if found is None else str(found)


# --- to dicts ---------------------------------------------------------------------------------------------------


def plain_of(parts: Iterable[Part]) -> Plain:
    """What a dict says that holds ``parts``, without what travels apart."""
    parts = tuple(parts)
    results = [part for part in parts if isinstance(part, ToolResult)]
    calls: CallsDict = {}
    _add_calls(calls, parts)
    said: Plain = {"content": _content(parts), **calls}
    if results:
        said |= _answered(results, said["content"])
    return said


def _answered(results: Sequence[ToolResult], content: object) -> Plain:
    """What a dict says that holds ``results``, and beside them ``content``."""
    first = results[0]
    if len(results) == 1 and first.call_id == FUNCTION_CALL and content is None:
        return {"role": "function", "name": first.name, "content": first.text}
    responses = [
        {"tool_call_id": result.call_id, "role": "tool", "content": result.text}
        if result.call_id != FUNCTION_CALL
        else {"name": result.name, "role": "function", "content": result.text}
        for result in results
    ]
    if content is not None:
        return {"tool_responses": responses}
    return {
        "role": "tool",
        "content": "\n\n".join(result.text for result in results),
        "tool_responses": responses,
    }


def _add_calls(said: CallsDict, parts: Iterable[Part]) -> None:
    for part in parts:
        if isinstance(part, ToolCall):
            function: FunctionDict = {"name": part.name, "arguments": part.arguments}
            if part.id == FUNCTION_CALL:
                said.setdefault("function_call", function)
            else:
                call: ToolCallDict = {"id": part.id, "type": "function", "function": function}
                said.setdefault("tool_calls", []).append(call)


def _content(parts: Sequence[Part]) -> str | list[ContentItem] | None:
    """All the words, or where there are pictures a list of items."""
    words = [part for part in parts if isinstance(part, Text | Refusal | CodeResult | Data)]
    if any(isinstance(part, Image) for part in parts):
        return [_content_item(part) for part in parts if isinstance(part, Text | Image)]
    texts = [part.json if isinstance(part, Data) else part.text for part in words]
    return "\n".join(texts) if texts else None


def _content_item(part: Text | Image) -> ContentItem:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    url = {"url": url_of(part.media)}
    return {"type": "image_url", "image_url": {**url, "detail": part.detail} if part.detail else url}


def _own(part: Part) -> bool:
    return isinstance(part, Opaque) and part.provider == PROVIDER


def without_name(message: Message) -> Plain:
    """What a message says, as a dict that names neither who said it nor from whose side it is seen."""
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        return {"content": message.parts[0].text}
    said = plain_of(message.parts)
    apart = next((part for part in message.parts if isinstance(part, Opaque) and _own(part)), None)
    if apart is not None:
        changes = decode(apart.json)
        said |= changes["kept"]
        for key in changes["lost"]:
            del said[key]
    return said


def classic(message: Message, me: str, *, grouped: bool = False) -> Plain:
    """A message as ``me`` has it in its history; in group chats, calls of others say whose they are, and are text too."""
    said = without_name(message)
    calls = _calls_something(said)
    if calls:
        said["role"] = "assistant"
    elif "role" not in said:
        said["role"] = "assistant" if message.sender == me else "user"
    others = grouped and message.sender != me
    if (others or not calls) and "name" not in said:
        said["name"] = str(message.sender)
    if others and said["content"] is None:
        said["content"] = ""
    return said


def _calls_something(said: Mapping[str, object]) -> bool:
    return bool(said.get("function_call") or said.get("tool_calls"))


def history(messages: Iterable[Message], me: str, *, grouped: bool = False) -> list[Plain]:
    """Messages as ``me`` has them in its history."""
    return [classic(message, me, grouped=grouped) for message in messages]


def answer_of(message: Message) -> str | Plain:
    """A message as a reply: text, where it is nothing else."""
    said = without_name(message)
    content = said.get("content")
    return content if set(said) == {"content"} and isinstance(content, str) else said


def text_of(content: object) -> str:
    """The words of a dict's content."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(str(item["text"]) for item in content if isinstance(item, Mapping) and "text" in item)


def terminal_view(message: Message, me: str) -> TerminalMessage:
    """A message as ``is_termination_msg`` sees it."""
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        role = "assistant" if message.sender == me else "user"
        return {"content": message.parts[0].text, "role": role, "name": message.sender}
    said = classic(message, me)
    seen: TerminalMessage = {
        "content": text_of(said.get("content")),
        "role": str(said["role"]),
    }
    if "name" in said:
        seen["name"] = str(said["name"])
    _add_calls(seen, message.parts)
    return seen
