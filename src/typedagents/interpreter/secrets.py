"""Secrets: values that are sent to a service and shown to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn, final
from urllib.parse import quote

from typedagents.core.errors import ConfigError

HIDDEN = "[secret]"
SHORT = 8
"""Below this length a secret may be part of ordinary words, so only whole words are hidden."""


def _usable(value: str) -> str:
    """``value`` without white space at its ends; ``ConfigError`` where an HTTP header could not carry it."""
    value = value.strip()
    if not value or not value.isascii() or not value.isprintable():
        found = (
            "nothing" if not value else "line breaks, control characters or characters outside ASCII in it"
        )
        raise ConfigError(f"a secret is printable ASCII text; found {found}; copy the key again, on one line")
    return value


@final
class Secret:
    """A key or token. It never shows itself: ``reveal()`` is the only way to its text.

    No attrs class, so that no encoder finds its field; it cannot be pickled either.
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", _usable(value))

    def reveal(self) -> str:
        """The text itself, for the request that needs it."""
        return self._value

    def scrub(self, text: str) -> str:
        """``text`` without this secret, as it is, as in an URL or as escaped in JSON."""
        for form in self._forms():
            if len(form) >= SHORT:
                text = text.replace(form, HIDDEN)
            else:
                text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", HIDDEN, text)
        return text

    def scrub_bytes(self, data: bytes) -> bytes:
        """The same for bytes; secrets too short to be told from ordinary words are left to ``scrub``."""
        for form in self._forms():
            if len(form) >= SHORT:
                data = data.replace(form.encode(), HIDDEN.encode())
        return data

    def _forms(self) -> Iterator[str]:
        yield self._value
        if not self._value.isalnum():
            yield from {quote(self._value, safe=""), self._value.replace("/", "\\/")} - {self._value}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a secret does not change; make another one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a secret does not change; {name!r} stays")

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere; store its name and read it again")
