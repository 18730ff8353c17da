"""Names with values that are sent to a server and shown to nobody: the headers of a request, a process's environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from attrs import field, frozen

from typedagents.interpreter.secrets import HIDDEN, Secret

Value: TypeAlias = str | Secret

SHORTEST = 4
"""Below this length a plain value is a word like any other (``1``, ``on``), and is not looked for in texts."""


def _names(items: tuple[tuple[str, Value], ...]) -> str:
    return ", ".join(name for name, _ in items) or "none"


def revealed(value: Value) -> str:
    """The text itself."""
    return value.reveal() if isinstance(value, Secret) else value


@frozen
class Hidden:
    """Values by their names. Its ``repr`` shows the names; ``scrub`` takes the values out of a text."""

    items: tuple[tuple[str, Value], ...] = field(default=(), repr=_names)

    @classmethod
    def of(cls, values: Mapping[str, Value] | None) -> Hidden:
        return cls(tuple((values or {}).items()))

    def revealed(self) -> dict[str, str]:
        return {name: revealed(value) for name, value in self.items}

    def secrets(self) -> tuple[Secret, ...]:
        """Those that were given as secrets."""
        return tuple(value for _, value in self.items if isinstance(value, Secret))

    def plain(self) -> tuple[str, ...]:
        """The others, as far as they can be told from ordinary words. Of ``Bearer abc`` the token alone as well."""
        texts = (value for _, value in self.items if isinstance(value, str))
        return tuple(
            part for text in texts for part in {text, text.rpartition(" ")[2]} if len(part) >= SHORTEST
        )


def scrubbed(text: str, secrets: Iterable[Secret], plain: Iterable[str] = ()) -> str:
    """``text`` without any of these."""
    for secret in secrets:
        text = secret.scrub(text)
    for value in sorted(plain, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text
