"""What transforms of one's own need: the words of messages, and what was made of them before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from typedagents.autogen.layer.ag2.transforming import Filter, is_meant, tokens_in, tokens_of
from typedagents.autogen.layer.messages import Plain
from typedagents.core.json_text import json_text

__all__ = [
    "cache_content_get",
    "cache_content_set",
    "cache_key",
    "count_text_tokens",
    "is_content_text_empty",
    "min_tokens_reached",
    "should_transform_message",
]


class Values(Protocol):
    """What keeps values by keys, as caches do."""

    def get(self, key: str, default: object = None, /) -> object: ...
    def set(self, key: str, value: object, /) -> None: ...


def cache_key(content: object, *args: object) -> str:
    """The key of what is made of ``content`` with these settings."""
    return json_text([content, *map(str, args)])


def cache_content_set(cache: Values | None, key: str, content: object, *extra_values: object) -> None:
    """Keep a content and what belongs to it; without a cache nothing is kept."""
    if cache is not None:
        cache.set(key, [content, *extra_values])


def cache_content_get(cache: Values | None, key: str) -> tuple[object, ...] | None:
    """The content under ``key`` and what belongs to it; None where there is none."""
    found = None if cache is None else cache.get(key)
    return tuple(found) if isinstance(found, list | tuple) else None


def count_text_tokens(content: object) -> int:
    """The tokens of a content's words, roughly."""
    return tokens_of(content)


def min_tokens_reached(messages: Sequence[Plain], min_tokens: int | None) -> bool:
    """Whether ``messages`` have so many tokens; without a limit they have."""
    return not min_tokens or tokens_in(messages) >= min_tokens


def is_content_text_empty(content: object) -> bool:
    """Whether there is no word in a content."""
    return not tokens_of(content)


def should_transform_message(message: Plain, filter_dict: Filter, exclude: bool) -> bool:
    """Whether a transform with this filter is to change a message."""
    return is_meant(message, filter_dict, exclude=exclude)
