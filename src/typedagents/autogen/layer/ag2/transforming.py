"""The core's transforms on classic messages, and what transforms of dicts have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from typedagents.autogen.layer.messages import Plain, message_of
from typedagents.autogen.token_count_utils import count_token
from typedagents.core.log import Log, Said
from typedagents.core.message import Message, agent_name
from typedagents.core.view import Roster, SharedView
from typedagents.policies.transforms.newest import Newest
from typedagents.providers.configuration.choosing import Acceptable, chosen

Messages: TypeAlias = Sequence[Plain]
Filter: TypeAlias = "Mapping[str, Acceptable] | None"


def as_message(given: Mapping[str, object]) -> Message:
    """A classic message as one of ours; its sender is its name, or its role."""
    content = given.get("content")
    plain = {**given, "content": "" if content is None else content}
    return message_of(plain, agent_name(str(given.get("name") or given.get("role") or "user")))


def kept_by(transform: Newest, messages: Messages) -> list[Plain]:
    """Those of ``messages`` that ``transform`` shows; none of them is torn from its call."""
    ours = [as_message(one) for one in messages]
    shown = transform(SharedView(Log(map(Said, ours)), Roster({}), ""))
    left = {id(one) for one in shown}
    return [plain for plain, message in zip(messages, ours, strict=True) if id(message) in left]


def tokens_of(content: object) -> int:
    """The tokens of a content's words, roughly."""
    if isinstance(content, str):
        return count_token(content)
    items = content if isinstance(content, list) else []
    return sum(tokens_of(one.get("text", "") if isinstance(one, Mapping) else one) for one in items)


def tokens_in(messages: Messages) -> int:
    """The tokens of all words, roughly."""
    return sum(tokens_of(one.get("content")) for one in messages)


def is_meant(message: Plain, wanted: Filter, *, exclude: bool) -> bool:
    """Whether a transform is to change this message."""
    return not wanted or bool(chosen([message], wanted, exclude=exclude))


def in_words(content: object, change: Callable[[str], str]) -> object:
    """``content`` with each text in it changed."""
    if isinstance(content, str):
        return change(content)
    if not isinstance(content, list):
        return content
    return [
        {**one, "text": change(str(one["text"]))} if isinstance(one, Mapping) and "text" in one else one
        for one in content
    ]
