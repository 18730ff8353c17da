"""A message: who said what, and where the words came from. It has no role: that is a projection for one model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NewType, TypeAlias

from attrs import field, frozen

from .code import CodeResult
from .errors import ConfigError
from .parts import Data, Part, Refusal, Text, ToolResult

AgentName = NewType("AgentName", str)
Origin: TypeAlias = Literal["model", "human", "tool", "code", "program"]
Content: TypeAlias = str | Part | Iterable[Part]
Words: TypeAlias = str | Part | Sequence[Part]
"""What a conversation can be opened with. No iterables: the steps that ask for it are one."""

MAX_NAME = 64


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME and name == name.strip() and name.isprintable()


@lru_cache(maxsize=4096)
def _checked(name: str) -> AgentName:
    if not _is_name(name):
        raise ConfigError(
            f"an agent's name is 1 to {MAX_NAME} printable characters without spaces at its ends; found {name!r}"
        )
    return AgentName(name)


def agent_name(name: str) -> AgentName:
    """``name``, when it is one: 1 to 64 printable characters, no line breaks, no space at either end."""
    return _checked(name)


def as_parts(content: Content) -> tuple[Part, ...]:
    """Text, one part, or several, as parts."""
    if isinstance(content, str):
        return (Text(content),)
    if isinstance(content, Part):
        return (content,)
    parts = content if type(content) is tuple else tuple(content)
    for part in parts:
        if type(part) is not Text and not isinstance(part, Part):
            raise ConfigError(
                f"a message is made of text or parts (Text, Image, ...); found {type(part).__name__}"
            )
    return parts


def words_of(parts: Iterable[Part]) -> str:
    """All that can be read in ``parts``, joined by line breaks."""
    return "\n".join(
        part.json if isinstance(part, Data) else part.text
        for part in parts
        if isinstance(part, Text | Refusal | ToolResult | CodeResult | Data)
    )


def says_something(parts: Iterable[Part]) -> bool:
    """Whether there is more in ``parts`` than blank text and thoughts."""
    for part in parts:
        if isinstance(part, Text):
            if part.text and not part.text.isspace():
                return True
        elif part.part != "reasoning":
            return True
    return False


@frozen
class Message:
    """What one agent said. ``parts`` may be given as plain text."""

    sender: AgentName = field(converter=agent_name)
    parts: tuple[Part, ...] = field(converter=as_parts)
    origin: Origin = "program"

    @property
    def text(self) -> str:
        """The words of all parts, for people and for rules; O(size)."""
        return words_of(self.parts)
