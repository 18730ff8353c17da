"""An answer of the Messages format, whole and in fragments, and how requests are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from typedagents.core.model import (
    CallModel,
)
from typedagents.core.parts import (
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
)
from typedagents.providers.formats.anthropic_messages import ANTHROPIC, encode

WHOLE = {
    "type": "message",
    "id": "msg_1",
    "model": "c-1",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "I add."},
        {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "now", "input": {}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 3,
        "cache_read_input_tokens": 2,
        "cache_creation_input_tokens": 1,
        "output_tokens": 9,
    },
}
PARTS: tuple[Part, ...] = (
    Reasoning("hm", Opaque("anthropic", "block", '{"signature":"s1","thinking":"hm","type":"thinking"}')),
    Opaque("anthropic", "block", '{"data":"xyz","type":"redacted_thinking"}'),
    Text("I add."),
    ToolCall("t1", "add", '{"a":1}'),
    ToolCall("t2", "now", "{}"),
    Opaque(
        "anthropic",
        "block",
        '{"id":"s","input":{"query":"x"},"name":"web_search","type":"server_tool_use"}',
    ),
)
STREAM: Sequence[Mapping[str, object]] = [
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "model": "c-1",
            "content": [],
            "stop_reason": None,
            "usage": {
                "input_tokens": 3,
                "cache_read_input_tokens": 2,
                "cache_creation_input_tokens": 1,
                "output_tokens": 1,
            },
        },
    },
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s1"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "redacted_thinking", "data": "xyz"},
    },
    {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "I "}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "add."}},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "tool_use", "id": "t1", "name": "add", "input": {}},
    },
    {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": ""}},
    {
        "type": "content_block_delta",
        "index": 3,
        "delta": {"type": "input_json_delta", "partial_json": '{"a":1}'},
    },
    {
        "type": "content_block_start",
        "index": 4,
        "content_block": {"type": "tool_use", "id": "t2", "name": "now", "input": {}},
    },
    {
        "type": "content_block_start",
        "index": 5,
        "content_block": {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 5,
        "delta": {"type": "input_json_delta", "partial_json": '{"query":"x"}'},
    },
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
]


def sent(request: CallModel, *, stream: bool = False) -> dict[str, object]:
    body = encode(request, ANTHROPIC, model="m", stream=stream).body
    return msgspec.json.decode(body, type=dict[str, object])


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def user(*texts: str) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def own(*texts: str) -> dict[str, object]:
    return {"role": "assistant", "content": [{"type": "text", "text": text} for text in texts]}
