"""Frames of Amazon's event streams, as a server writes them, and an answer of the Converse format in them."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Mapping
from struct import pack

import msgspec


def frame(headers: Mapping[str, str], payload: bytes, extra: bytes = b"") -> bytes:
    """One frame: its sizes and their checksum, headers that are text, ``extra`` ones, the payload, and a checksum."""
    told = b"".join(
        pack(">B", len(name)) + name.encode() + b"\x07" + pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    told += extra
    begin = pack(">II", 16 + len(told) + len(payload), len(told))
    body = begin + pack(">I", crc32(begin)) + told + payload
    return body + pack(">I", crc32(body))


def event(name: str, value: object) -> bytes:
    """An event of this type."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, msgspec.json.encode(value))


def exception(name: str, message: str) -> bytes:
    """What breaks an answer off."""
    headers = {":exception-type": name, ":message-type": "exception"}
    return frame(headers, msgspec.json.encode({"message": message}))


def start(place: int, **block: object) -> bytes:
    return event("contentBlockStart", {"contentBlockIndex": place, "start": block})


def delta(place: int, **fragment: object) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": place, "delta": fragment, "p": "abcd"})


def stop(place: int) -> bytes:
    return event("contentBlockStop", {"contentBlockIndex": place})


USED = {
    "inputTokens": 3,
    "outputTokens": 9,
    "cacheReadInputTokens": 2,
    "cacheWriteInputTokens": 1,
    "totalTokens": 15,
}
SERVER_TOOL = {"toolUseId": "s", "name": "search", "type": "server_tool_use"}
SERVER_RESULT = {"toolUseId": "s", "status": "success"}
PICTURE = {"image": {"format": "png", "source": {"bytes": "eA=="}}}
WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s1"}}},
                {"reasoningContent": {"redactedContent": "eHl6"}},
                {"text": "I add."},
                {"toolUse": {**SERVER_TOOL, "input": {"q": "x"}}},
                {"toolResult": {**SERVER_RESULT, "content": [{"json": {"n": 1}}]}},
                {"toolUse": {"toolUseId": "t1", "name": "add", "input": {"a": 1}}},
                {"toolUse": {"toolUseId": "t2", "name": "now", "input": {}, "type": "tool_use"}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": USED,
}
STREAM: tuple[bytes, ...] = (
    event("messageStart", {"role": "assistant"}),
    delta(0, reasoningContent={"text": "h"}),
    delta(0, reasoningContent={"text": "m"}),
    delta(0, reasoningContent={"signature": "s1"}),
    stop(0),
    delta(1, reasoningContent={"redactedContent": "eHl6"}),
    delta(2, text="I "),
    delta(2, text="add."),
    delta(2, citation={"title": "x"}),
    stop(2),
    start(3, toolUse=SERVER_TOOL),
    delta(3, toolUse={"input": '{"q":"x"}'}),
    start(4, toolResult=SERVER_RESULT),
    delta(4, toolResult=[{"json": {"n": 1}}]),
    start(5, toolUse={"toolUseId": "t1", "name": "add"}),
    delta(5, toolUse={"input": ""}),
    delta(5, toolUse={"input": '{"a":'}),
    delta(5, toolUse={"input": "1}"}),
    stop(5),
    start(6, toolUse={"toolUseId": "t2", "name": "now", "type": "tool_use"}),
    event("messageStop", {"stopReason": "tool_use"}),
    event("metadata", {"usage": USED, "metrics": {"latencyMs": 1}}),
)
