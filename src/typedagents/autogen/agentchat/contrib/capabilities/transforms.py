"""What models are shown in place of all that was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import takewhile
from sys import maxsize
from typing import Final, Protocol, runtime_checkable

from typedagents.autogen.cache.abstract_cache_base import AbstractCache
from typedagents.autogen.cache.in_memory_cache import InMemoryCache
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.ag2.transforming import (
    Filter,
    in_words,
    is_meant,
    kept_by,
    tokens_in,
    tokens_of,
)
from typedagents.autogen.layer.messages import Plain, text_of
from typedagents.autogen.token_count_utils import USUAL, first_tokens, get_max_token_limit
from typedagents.core.json_text import json_text
from typedagents.policies.transforms.newest import Newest

from .text_compressors import LLMLingua, TextCompressor

Logs = tuple[str, bool]
NOTHING: Final = "No messages were changed."


@runtime_checkable
class MessageTransform(Protocol):
    """Makes other messages of those it is given, which stay as they are."""

    def apply_transform(self, messages: list[Plain]) -> list[Plain]: ...
    def get_logs(self, pre_transform_messages: list[Plain], post_transform_messages: list[Plain]) -> Logs: ...


class MessageHistoryLimiter:
    """The last ``max_messages``, with the first one of all where it is kept, without those of ``exclude_names``.

    Fewer, where a result would be torn from its call.
    """

    def __init__(
        self,
        max_messages: int | None = None,
        keep_first_message: bool = False,
        exclude_names: Sequence[str] | None = None,
    ) -> None:
        if max_messages is not None and max_messages < 1:
            raise InvalidValue(f"max_messages is None or a number from 1; found {max_messages}")
        self._most = max_messages
        self._first = int(keep_first_message)
        self._excluded = frozenset(exclude_names or ())

    def apply_transform(self, messages: list[Plain]) -> list[Plain]:
        """Leave out what is too old."""
        left = [one for one in messages if one.get("name") not in self._excluded]
        if self._most is None or len(left) <= self._most:
            return left
        if self._first == self._most:
            return left[:1]
        shown = kept_by(Newest(self._most, self._first), left)
        torn = takewhile(lambda one: one.get("role") == "tool", shown[self._first :])
        return shown[: self._first] + shown[self._first + len(list(torn)) :]

    def get_logs(self, pre_transform_messages: list[Plain], post_transform_messages: list[Plain]) -> Logs:
        """How many are left out, in words."""
        before, after = len(pre_transform_messages), len(post_transform_messages)
        return (
            (f"{before - after} of {before} messages are not shown.", True)
            if after < before
            else (NOTHING, False)
        )


class MessageTokenLimiter:
    """At most ``max_tokens`` of words, and ``max_tokens_per_message`` of each message: the newest, from their beginning.

    Where all have less than ``min_tokens``, nothing is changed. ``filter_dict`` says which messages are meant: none that it
    matches, or, where not ``exclude_filter``, those. Tokens are counted roughly.
    """

    def __init__(
        self,
        max_tokens_per_message: int | None = None,
        max_tokens: int | None = None,
        min_tokens: int | None = None,
        model: str = USUAL,
        filter_dict: Filter = None,
        exclude_filter: bool = True,
    ) -> None:
        for name, given in (
            ("max_tokens_per_message", max_tokens_per_message),
            ("max_tokens", max_tokens),
            ("min_tokens", min_tokens),
        ):
            if given is not None and given < 0:
                raise InvalidValue(f"{name} is None or a number from 0; found {given}")
        if max_tokens is not None and (min_tokens or 0) > max_tokens:
            raise InvalidValue(f"min_tokens is not more than max_tokens; found {min_tokens} and {max_tokens}")
        room = get_max_token_limit(model)
        self._most = maxsize if max_tokens is None else min(max_tokens, room)
        self._most_each = maxsize if max_tokens_per_message is None else min(max_tokens_per_message, room)
        self._least = min_tokens or 0
        self._meant = partial(is_meant, wanted=filter_dict, exclude=exclude_filter)

    def apply_transform(self, messages: list[Plain]) -> list[Plain]:
        """Cut what is too long, and leave out what there is no room for."""
        if tokens_in(messages) < self._least:
            return messages
        cut: dict[int, Plain] = {}
        left, count = self._most, 0
        for one in reversed(messages):
            if left <= 0 and tokens_of(one.get("content")):
                break
            cut[id(one)] = shown = self._cut(one, left)
            left -= tokens_of(shown.get("content"))
            count += 1
        kept = kept_by(Newest(count), messages) if count else []
        return [cut[id(one)] if id(one) in cut else self._cut(one, self._most) for one in kept]

    def _cut(self, message: Plain, left: int) -> Plain:
        content = message.get("content")
        if not isinstance(content, str | list) or not self._meant(message):
            return message
        return {
            **message,
            "content": in_words(content, partial(first_tokens, most=min(left, self._most_each))),
        }

    def get_logs(self, pre_transform_messages: list[Plain], post_transform_messages: list[Plain]) -> Logs:
        """How many tokens are left out, in words."""
        before, after = tokens_in(pre_transform_messages), tokens_in(post_transform_messages)
        return (
            (f"{before - after} of {before} tokens are not shown.", True)
            if after < before
            else (NOTHING, False)
        )


class TextMessageCompressor:
    """Words as ``text_compressor`` says them; what it made of a text is kept in ``cache``.

    ``min_tokens`` and ``filter_dict`` are those of ``MessageTokenLimiter``.
    """

    def __init__(
        self,
        text_compressor: TextCompressor | None = None,
        min_tokens: int | None = None,
        compression_params: Mapping[str, object] | None = None,
        cache: AbstractCache | None = None,
        filter_dict: Filter = None,
        exclude_filter: bool = True,
    ) -> None:
        if min_tokens is not None and min_tokens <= 0:
            raise InvalidValue(f"min_tokens is None or a number from 1; found {min_tokens}")
        self._compressor = LLMLingua() if text_compressor is None else text_compressor
        self._least = min_tokens or 0
        self._params = dict(compression_params or {})
        self._cache: AbstractCache = InMemoryCache("compressed") if cache is None else cache
        self._meant = partial(is_meant, wanted=filter_dict, exclude=exclude_filter)

    def apply_transform(self, messages: list[Plain]) -> list[Plain]:
        """Say all in fewer words."""
        if not messages or tokens_in(messages) < self._least:
            return messages
        return [
            {**one, "content": in_words(one["content"], self._compressed)}
            if text_of(one.get("content")) and self._meant(one)
            else one
            for one in messages
        ]

    def _compressed(self, text: str) -> str:
        key = json_text([text, {name: str(value) for name, value in self._params.items()}])
        found = self._cache.get(key)
        if not isinstance(found, str):
            found = (
                str(self._compressor.compress_text(text, **self._params)["compressed_prompt"]) if text else ""
            )
            self._cache.set(key, found)
        return found

    def get_logs(self, pre_transform_messages: list[Plain], post_transform_messages: list[Plain]) -> Logs:
        """How many tokens are saved, in words."""
        before, after = tokens_in(pre_transform_messages), tokens_in(post_transform_messages)
        return (
            (f"{before - after} of {before} tokens are saved.", True) if after < before else (NOTHING, False)
        )


class TextMessageContentName:
    """Words with the name of who said them: ``format_string`` before or behind them (``position``).

    ``deduplicate``: not where it stands there already. ``filter_dict`` is that of ``MessageTokenLimiter``.
    """

    def __init__(
        self,
        position: str = "start",
        format_string: str = "{name}:\n",
        deduplicate: bool = True,
        filter_dict: Filter = None,
        exclude_filter: bool = True,
    ) -> None:
        if position not in ("start", "end"):
            raise InvalidValue(f"position is 'start' or 'end'; found {position!r:.60}")
        if "{name}" not in str(format_string):
            raise InvalidValue(f"format_string has '{{name}}' in it; found {format_string!r:.60}")
        self._before = position == "start"
        self._format = format_string
        self._once = deduplicate
        self._meant = partial(is_meant, wanted=filter_dict, exclude=exclude_filter)

    def apply_transform(self, messages: list[Plain]) -> list[Plain]:
        """Say who said it."""
        return [self._named(one) if self._applies(one) else one for one in messages]

    def _applies(self, message: Plain) -> bool:
        return bool(message.get("name") and text_of(message.get("content"))) and self._meant(message)

    def _named(self, message: Plain) -> Plain:
        told = self._format.format(name=message["name"])
        content = message["content"]
        if isinstance(content, str):
            return {**message, "content": self._with(content, told)}
        items = list(content) if isinstance(content, list) else []
        texts = [
            place for place, one in enumerate(items) if isinstance(one, Mapping) and one.get("type") == "text"
        ]
        place = texts[0 if self._before else -1]
        items[place] = {**items[place], "text": self._with(str(items[place]["text"]), told)}
        return {**message, "content": items}

    def _with(self, text: str, told: str) -> str:
        there = text.startswith(told) if self._before else text.endswith(told)
        if self._once and there:
            return text
        return f"{told}{text}" if self._before else f"{text}{told}"

    def get_logs(self, pre_transform_messages: list[Plain], post_transform_messages: list[Plain]) -> Logs:
        """How many messages say who said them, in words."""
        pairs = zip(pre_transform_messages, post_transform_messages, strict=True)
        changed = sum(one["content"] != other["content"] for one, other in pairs if "content" in one)
        return (f"{changed} messages say whose they are.", True) if changed else (NOTHING, False)
