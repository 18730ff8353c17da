"""Tags in texts: ``<img https://example.com/cat.png>``, ``<audio text='Hello' prompt='whisper'>``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypedDict

from typedagents.autogen.code_utils import content_str
from typedagents.autogen.types import MessageContentType

_ATTRIBUTE = re.compile(
    r"""(?:^|\s)(?P<name>[\w-]+)=
    (?:(?P<quote>['"])(?P<quoted>.*?)(?P=quote)(?=\s+[\w-]+=|\s*$) | (?P<bare>[^\s'"]+))""",
    re.VERBOSE | re.DOTALL,
)
"""A quote within a quoted value does not end it, unless another attribute follows, or nothing."""


class Tag(TypedDict):
    """A tag, what it says by name, and where it stands. What stands in it without a name is its ``src``."""

    tag: str
    attr: dict[str, str]
    match: re.Match[str]


def parse_tags_from_content(tag: str, content: MessageContentType) -> list[Tag]:
    """The tags of this name in a message's content, in their order."""
    pattern = re.compile(rf"<{re.escape(tag)}\s+(?P<said>[^>]*)>")
    return [
        {"tag": tag, "attr": dict(_attributes(found["said"])), "match": found}
        for found in pattern.finditer(content_str(content))
    ]


def _attributes(said: str) -> Iterator[tuple[str, str]]:
    source = _ATTRIBUTE.sub("", said).strip()
    if source:
        yield "src", source.strip("'\"")
    for found in _ATTRIBUTE.finditer(said):
        yield found["name"], found["bare"] or found["quoted"] or ""
