"""What a tool returned, as a model is shown it.

a text                              as it is
Text, Image, Audio, File            as they are; in a list or tuple with one of these, each item is a part of its own
anything else                       JSON text, in which records are as ``decoding`` takes them

Long texts are cut in the middle: how something begins and how it ends says most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from typedagents.core.limits import Limit, Unlimited
from typedagents.core.parts import Audio, File, Image, ResultContent, Text

from .rendering_data import CannotRender, plain_data

__all__ = ["MOST_CHARACTERS", "CannotRender", "json_of", "rendered", "shortened"]

MOST_CHARACTERS = 100_000
"""Of all texts of one result together."""
TAIL = 4
"""One part in so many of what is kept is the end of a text; the others are its beginning."""


def rendered(value: object, max_chars: Limit = MOST_CHARACTERS) -> tuple[ResultContent, ...]:
    """``value`` as the content of a result, with at most ``max_chars`` characters of text; O(size).

    What is left out is counted on a line in between, which comes on top of that. ``CannotRender`` for what JSON cannot
    say, such as infinite numbers, and for what should have been awaited.
    """
    return tuple(_cut(_parts(value), max_chars))


def shortened(text: str, max_chars: Limit) -> str:
    """The beginning and the end of ``text``, with a line between them that counts what is left out."""
    if max_chars is Unlimited or len(text) <= max_chars:
        return text
    tail = max_chars // TAIL
    left_out = len(text) - max_chars
    return f"{text[: max_chars - tail]}\n... {left_out} characters left out ...\n{text[len(text) - tail :]}"


def _cut(parts: Iterable[Image | Audio | File | Text | str], max_chars: Limit) -> Iterator[ResultContent]:
    for part in parts:
        if not isinstance(part, Text | str):
            yield part
            continue
        text = part if isinstance(part, str) else part.text
        yield Text(shortened(text, max_chars))
        max_chars = Unlimited if max_chars is Unlimited else max(0, max_chars - len(text))


def _parts(value: object) -> Iterator[ResultContent | str]:
    items = value if isinstance(value, list | tuple) else ()
    if not any(isinstance(one, Text | Image | Audio | File) for one in items):
        items = (value,)
    for one in items:
        match one:
            case Text() | Image() | Audio() | File():
                yield one
            case str():
                yield str.__str__(one)  # of an Enum's member that is a text, that text
            case _:
                yield json_of(one)


def json_of(value: object) -> str:
    """``value`` as JSON text. ``CannotRender`` where there is none."""
    data = plain_data(value)
    try:
        return msgspec.json.encode(data).decode()
    except UnicodeEncodeError:  # halves of surrogate pairs, as in names of files that are no Unicode
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    except ValueError as error:
        raise CannotRender(f"what was returned cannot be written as JSON: {error}") from error
