"""What is wrong with the arguments of a call, in words for the model that wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from attrs import field, frozen

from .shapes import Step

MOST_TOLD = 10
"""Problems that a model is told of; the others are only counted."""
MOST_OF_A_TEXT = 60
"""Characters of a text that are repeated to its author."""
MOST_OF_WORDS = 600
"""Characters of what was expected, or came: a long list of choices, say."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quoted(text: str) -> str:
    """``text`` in quotes, cut where it is long."""
    if len(text) <= MOST_OF_A_TEXT:
        return json.dumps(text, ensure_ascii=False)
    return f"{json.dumps(text[:MOST_OF_A_TEXT], ensure_ascii=False)}... ({len(text)} characters)"


def where(path: Iterable[Step]) -> str:
    """A path into the arguments, as in ``$.base.amount`` and ``$.rows[2]["first name"]``."""
    return "$" + "".join(map(_step, path))


def _step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if len(step) <= MOST_OF_A_TEXT and _PLAIN_KEY.fullmatch(step) else f"[{quoted(step)}]"


def _brief(text: str) -> str:
    return text if len(text) <= MOST_OF_WORDS else f"{text[:MOST_OF_WORDS]}..."


@frozen
class Problem:
    """One place where arguments do not fit: what was expected there, and what came. Long words are cut.

    ``found`` is empty where a class or a validator refused, and ``expected`` is what it says itself.
    """

    path: tuple[Step, ...]
    expected: str = field(converter=_brief)
    found: str = field(default="", converter=_brief)

    def __str__(self) -> str:
        words = f"expected {self.expected}; found {self.found}" if self.found else self.expected
        return f"{where(self.path)}: {words}"


class BadArguments(Exception):
    """The arguments of a call do not fit. Its text is what the model is told.

    ``more`` counts problems beyond ``problems``, which nobody noted down.
    """

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        self.problems = tuple(problems)
        self.more = more
        super().__init__(self.problems, more)

    def __str__(self) -> str:
        return f"The call was not made, its arguments do not fit:{self.told}"

    @property
    def told(self) -> str:
        """The problems as they stand behind a colon: one on its line, several on lines of their own."""
        told = self.problems[:MOST_TOLD]
        hidden = len(self.problems) - len(told) + self.more
        lines = [str(problem) for problem in told] + [f"and {hidden} more"] * (hidden > 0)
        return (" " if len(lines) == 1 else "\n") + "\n".join(lines)
