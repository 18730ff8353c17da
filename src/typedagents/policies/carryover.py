"""What earlier conversations came to, put behind the opening of a later one."""

from __future__ import annotations

from collections.abc import Sequence

from typedagents.core.message import Content, as_parts
from typedagents.core.parts import Part, Text

HEAD = "\nContext: \n"


def carried(content: Content, carryover: Sequence[str]) -> Content:
    """``content`` with ``carryover`` behind its text; before it, where ``content`` is more than text.

    The text is AutoGen's, letter for letter, so that recorded conversations compare. Nothing is put to nothing: an
    empty ``carryover`` leaves ``content`` as it is.
    """
    if not carryover:
        return content
    context = HEAD + "\n".join(carryover)
    if isinstance(content, str):
        return content + context
    parts: tuple[Part, ...] = as_parts(content)
    match parts:
        case (Text(text),):
            return text + context
        case _:
            return (Text(context), *parts)
