"""The items of an answer, and the reply they come to.

    message                 words, or a refusal; before them their phase, where they have one, which goes back with them
    function_call           a call
    reasoning               a thought, with the item as it came, which goes back unchanged
    anything else           the server's own: kept as it came, at its place

What an answer ended with follows from what it holds; the server's own word is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typedagents.core.json_text import json_text
from typedagents.core.model import Finish, ModelReply
from typedagents.core.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from typedagents.core.usage import Usage
from typedagents.providers.loose import count, entries, is_json, items, money, words

PHASE = "phase"
"""The kind of what says whether the words behind it are the answer, or said on the way to it."""

ITEM = "item"
"""The kind of a server's own item: it goes back as it came."""

BY_REASON: Mapping[str, Finish] = {
    "completed": "stop",
    "complete": "stop",
    "": "stop",
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


def reply_of(response: Mapping[object, object], output: list[object], provider: str) -> ModelReply:
    """The reply that a finished response is; ``output``: its items."""
    reason = words(entries(response.get("incomplete_details")).get("reason")) or words(response.get("status"))
    parts = tuple(part for item in output for part in _parts(entries(item), provider))
    usage = entries(response.get("usage"))
    return ModelReply(
        parts,
        finish=_finish(parts, reason),
        raw_finish=reason,
        usage=_counted(usage),
        cost_usd=money(usage.get("cost")),
        model=words(response.get("model")),
        provider=provider,
        id=words(response.get("id")),
    )


def _finish(parts: tuple[Part, ...], reason: str) -> Finish:
    """What the answer ended with, by its content."""
    known = BY_REASON.get(reason, "other")
    if any(isinstance(part, Refusal) for part in parts):
        return "refusal"
    if known in ("length", "content_filter"):
        return known
    return "tool_calls" if any(isinstance(part, ToolCall) for part in parts) else known


def _parts(item: Mapping[object, object], provider: str) -> Iterator[Part]:
    match item.get("type"):
        case "message":
            phase = item.get("phase")
            for content in map(entries, items(item.get("content"))):
                if phase and (content.get("refusal") or content.get("text")):
                    yield Opaque(provider, PHASE, json_text(phase))
                if content.get("type") == "refusal":
                    yield Refusal(words(content.get("refusal")))
                elif text := words(content.get("text")):
                    yield Text(text)
        case "function_call":
            arguments = words(item.get("arguments")).strip() or "{}"
            complete = is_json(arguments) and item.get("status") != "incomplete"
            yield ToolCall(words(item.get("call_id")), words(item.get("name")), arguments, complete)
        case "reasoning":
            said = [entries(one) for one in (*items(item.get("summary")), *items(item.get("content")))]
            thought = "\n\n".join(words(one.get("text")) for one in said)
            yield Reasoning(thought, Opaque(provider, ITEM, json_text(item)))
        case _:
            yield Opaque(provider, ITEM, json_text(item))


def _counted(usage: Mapping[object, object]) -> Usage | None:
    """The tokens, in disjoint buckets; None where none were counted."""
    sent, made = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    if sent is None and made is None:
        return None
    details = entries(usage.get("input_tokens_details"))
    read = min(count(details.get("cached_tokens")) or 0, sent or 0)
    thought = count(entries(usage.get("output_tokens_details")).get("reasoning_tokens")) or 0
    thought = min(thought, made or 0)
    return Usage(
        fresh_input=(sent or 0) - read, cache_read=read, output=(made or 0) - thought, reasoning=thought
    )
