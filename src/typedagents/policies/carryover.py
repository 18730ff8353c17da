"""What earlier conversations came to, put behind the opening of a later one."""

from __future__ import annotations

from collections.abc import Iterable

from typedagents.core.errors import ConfigError
from typedagents.core.message import Content, as_parts
from typedagents.core.parts import Part, Text

HEAD = "\nContext: \n"


def texts_of(carryover: object) -> tuple[str, ...]:
    """``carryover`` as texts. It is proved here, because a text is a sequence of texts too."""
    if isinstance(carryover, str):
        return (carryover,) if carryover else ()
    texts = tuple(carryover) if isinstance(carryover, Iterable) else (carryover,)
    found = [text for text in texts if isinstance(text, str)]
    if len(found) < len(texts):
        wrong = next(text for text in texts if not isinstance(text, str))
        raise ConfigError(
            f"carryover is a text, or a list of texts; found {type(wrong).__name__}: {wrong!r:.60}; of a message "
            "write .text, of an outcome .summary"
        )
    return tuple(found)


def carried(content: Content, carryover: str | Iterable[str]) -> Content:
    """``content`` with ``carryover`` behind its text; before it, where ``content`` is more than text.

    The text is AutoGen's, letter for letter, so that recorded conversations compare. Nothing is put to nothing: an
    empty ``carryover`` leaves ``content`` as it is.
    """
    texts = texts_of(carryover)
    if not texts:
        return content
    context = HEAD + "\n".join(texts)
    if isinstance(content, str):
        return content + context
    parts: tuple[Part, ...] = as_parts(content)
    match parts:
        case (Text(text),):
            return text + context
        case _:
            return (Text(context), *parts)
