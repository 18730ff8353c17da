"""What services count: read straight from a body, to compare with what a codec makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from typedagents.providers.loose import count, entries


@frozen
class Counted:
    """Tokens in all, as a service counts them; None where it does not say."""

    input: int
    output: int
    total: int | None = None


CountIn: TypeAlias = Callable[[Sequence[object]], Counted | None]
"""What the values of a body count; None where they count nothing."""


def _numbers(usage: Mapping[object, object]) -> dict[object, int]:
    return {name: number for name, value in usage.items() if (number := count(value)) is not None}


def _last(usages: Iterator[Mapping[object, object]]) -> dict[object, int]:
    known = [numbers for usage in usages if (numbers := _numbers(usage))]
    return known[-1] if known else {}


def in_chat(values: Sequence[object]) -> Counted | None:
    """``usage``, in the last event that has one; one service has its own place for it."""
    found = _last(
        entries(at)
        for value in values
        for at in (entries(entries(value).get("x_groq")).get("usage"), entries(value).get("usage"))
    )
    if "prompt_tokens" not in found and "completion_tokens" not in found:
        return None
    return Counted(
        found.get("prompt_tokens", 0), found.get("completion_tokens", 0), found.get("total_tokens")
    )


def in_responses(values: Sequence[object]) -> Counted | None:
    """``usage`` of the last response."""
    found = _last(
        entries(at.get("usage"))
        for value in values
        for at in (entries(value), entries(entries(value).get("response")))
    )
    if not found:
        return None
    return Counted(found.get("input_tokens", 0), found.get("output_tokens", 0), found.get("total_tokens"))


def in_messages(values: Sequence[object]) -> Counted | None:
    """What is counted later replaces what was counted before; caches are counted apart from the input."""
    found: dict[object, int] = {}
    for value in values:
        for at in (entries(entries(value).get("message")), entries(value)):
            found.update(_numbers(entries(at.get("usage"))))
    if not found:
        return None
    caches = ("cache_read_input_tokens", "cache_creation_input_tokens")
    sent = found.get("input_tokens", 0) + sum(found.get(name, 0) for name in caches)
    return Counted(sent, found.get("output_tokens", 0))


def in_gemini(values: Sequence[object]) -> Counted | None:
    """``usageMetadata`` of the last chunk; thoughts are counted apart from the output, tools' words from the input."""
    found = _last(entries(entries(value).get("usageMetadata")) for value in values)
    if not found:
        return None
    sent = found.get("promptTokenCount", 0) + found.get("toolUsePromptTokenCount", 0)
    made = found.get("candidatesTokenCount", 0) + found.get("thoughtsTokenCount", 0)
    return Counted(sent, made, found.get("totalTokenCount"))


def in_ollama(values: Sequence[object]) -> Counted | None:
    """The last line counts; a prompt that was still in memory is not counted."""
    found = _last(entries(value) for value in values)
    if "eval_count" not in found and "prompt_eval_count" not in found:
        return None
    return Counted(found.get("prompt_eval_count", 0), found.get("eval_count", 0))


def in_cohere(values: Sequence[object]) -> Counted | None:
    """``tokens`` of the ``usage`` in a body or the last event: what is billed is another number."""
    usages = (entries(at.get("usage")) for value in values for at in _with_delta(value))
    found = _last(entries(usage.get("tokens")) for usage in usages)
    return Counted(found.get("input_tokens", 0), found.get("output_tokens", 0)) if found else None


def _with_delta(value: object) -> tuple[Mapping[object, object], ...]:
    return entries(value), entries(entries(value).get("delta"))


def in_converse(values: Sequence[object]) -> Counted | None:
    """``usage`` in a body or the last frame; caches are counted apart from the input."""
    found = _last(entries(entries(value).get("usage")) for value in values)
    if not found:
        return None
    sent = sum(
        found.get(name, 0) for name in ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
    )
    return Counted(sent, found.get("outputTokens", 0), found.get("totalTokens"))
