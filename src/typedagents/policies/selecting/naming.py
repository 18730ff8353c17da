"""Which agents a text names: how free text is taken for a choice, by the rules that AutoGen 0.2 goes by.

A name is found as it is written, case and all, where no letter, digit or underscore touches it; with spaces for its
underscores, or with a backslash before them, it is found as well. Names within names are both found: a text that names
``ann lee`` names ``ann`` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import DecodeError
from msgspec.json import decode

from typedagents.core.message import AgentName

FIELD = "speaker"
"""The field of a typed answer that holds the name."""


def mentioned(text: str, names: Iterable[AgentName]) -> Mapping[AgentName, int]:
    """How often ``text`` names each of ``names``; those it does not name are left out."""
    counts = {name: len(_pattern(name).findall(text)) for name in names}
    return {name: count for name, count in counts.items() if count}


def _pattern(name: AgentName) -> re.Pattern[str]:
    # A name of nothing but underscores would stand, as blanks, in every text.
    forms = [form for form in (name, name.replace("_", " "), name.replace("_", r"\_")) if not form.isspace()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def answered(text: str, names: Iterable[AgentName]) -> tuple[AgentName, ...]:
    """Those of ``names`` whom an answer names: the one in its field ``speaker``, else all that its text mentions."""
    known = tuple(names)
    typed = _typed(text)
    return tuple(name for name in known if name == typed) or tuple(mentioned(text, known))


def _typed(text: str) -> object:
    try:
        value: object = decode(text)
    except (DecodeError, RecursionError):
        return None
    return value.get(FIELD) if isinstance(value, dict) else None
