"""Policies that ask nobody: always the same words, or none."""

from __future__ import annotations

from attrs import field, frozen

from typedagents.core.decision import Pass, Reply
from typedagents.core.message import Content, as_parts, words_of
from typedagents.core.parts import Part
from typedagents.core.view import View

from .words import named


@frozen
class Passing:
    """Has never anything to say: the unit of ``first_of``."""

    def __call__(self, view: View, /) -> Pass:
        return Pass()

    def __repr__(self) -> str:
        return "passes"


passes = Passing()
"""The policy that always passes."""


@frozen(repr=False)
class Saying:
    """Says always the same."""

    content: tuple[Part, ...] = field(converter=as_parts)

    def __call__(self, view: View, /) -> Reply:
        return Reply(self.content)

    def __repr__(self) -> str:
        return f"says({named(words_of(self.content))})"


def says(content: Content) -> Saying:
    """The policy that says this in every turn."""
    return Saying(content)
