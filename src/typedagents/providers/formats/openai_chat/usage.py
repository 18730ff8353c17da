"""The tokens a server counted, in disjoint buckets."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.core.usage import Usage
from typedagents.providers.loose import count, entries


def counted(usage: Mapping[object, object]) -> Usage | None:
    """``usage`` as the format has it; None where it holds no count.

    Cached tokens are part of the prompt, thoughts part of the completion; where one is said to be larger than the
    whole it is cut to it. What the total has beyond both is thoughts that were left out of the completion.
    """
    prompt, completion, total = (
        count(usage.get(f"{name}_tokens")) for name in ("prompt", "completion", "total")
    )
    if prompt is None and completion is None:
        return None
    sent, made = prompt or 0, completion or 0
    prompt_details = _details(usage, "prompt_tokens_details", "prompt_token_details")
    completion_details = _details(usage, "completion_tokens_details", "completion_token_details")
    read = _first(prompt_details.get("cached_tokens"), *map(usage.get, CACHE_READ))
    write = _first(prompt_details.get("cache_write_tokens"), *map(usage.get, CACHE_WRITE))
    thought = _first(completion_details.get("reasoning_tokens"))
    read = min(read, sent)
    write = min(write, sent - read)
    thought = min(thought, made)
    unsaid = max(0, (total or 0) - sent - made)
    return Usage(
        fresh_input=sent - read - write,
        cache_read=read,
        cache_write=write,
        output=made - thought,
        reasoning=thought + unsaid,
    )


CACHE_READ = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens")
CACHE_WRITE = ("cache_creation_input_tokens",)


def _details(usage: Mapping[object, object], *names: str) -> Mapping[object, object]:
    return next((found for found in (entries(usage.get(name)) for name in names) if found), {})


def _first(*values: object) -> int:
    """The first count that is not nought, else nought."""
    return next((found for found in map(count, values) if found), 0)
