"""Regular expressions that take reasonable time.

Python's engine tries every way in which an expression can fit. Where what is repeated can itself fit in several ways,
``(a+)+`` or ``(a|ab)*``, there are exponentially many, and so there are with references back to a group: a text of forty
characters can keep it busy for years. Such expressions are refused by their form. That is a look and no proof: what is
left may still take polynomial time (``.*x.*y`` looks at a text of n characters about n*n times).
"""

from __future__ import annotations

import re

from attrs import define, field

from typedagents.core.errors import ConfigError

_BACK = re.compile(r"\\[1-9]|\(\?P=")
_MANY = re.compile(r"[*+]|\{\d*,\d*\}|\{\d{2,}\}")
"""A quantifier that repeats without a bound, or often."""


def regular(pattern: str) -> re.Pattern[str]:
    """``pattern``, compiled; ``ConfigError`` where it does not compile, or may take exponential time."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(f"{pattern!r} is no regular expression: {error}") from error
    if compiled.flags & re.VERBOSE or "(?#" in pattern:
        raise ConfigError(f"write the regular expression {pattern!r} without comments, and not verbose")
    where = _Scan(pattern).nested()
    if where is not None:
        raise ConfigError(
            f"the regular expression {pattern!r} may take exponential time: {where}; write it without, or check the text "
            "in another way"
        )
    return compiled


@define
class _Scan:
    """A walk over a pattern that compiles: which groups can fit in several ways, and which are repeated."""

    pattern: str
    at: int = 0
    groups: list[bool] = field(factory=lambda: [False])
    """For each open group, whether a repetition or a choice stands in it."""

    def nested(self) -> str | None:
        """What makes it exponential, where something does."""
        while self.at < len(self.pattern):
            closed = self._step()
            many = _MANY.match(self.pattern, self.at)
            if many is not None:
                if closed:
                    return f"{many[0]} repeats a group that holds a repetition or a choice"
                self.groups[-1] = True
                self.at = many.end()
            elif closed:
                self.groups[-1] = True
            if _BACK.match(self.pattern, self.at):
                return f"{self.pattern[self.at : self.at + 2]}... refers back to a group"
        return None

    def _step(self) -> bool:
        """Go past one piece; whether that closed a group that holds a repetition or a choice."""
        here = self.pattern[self.at]
        self.at += 1
        match here:
            case "\\":
                self.at += 1
            case "[":
                self.at = _after_set(self.pattern, self.at)
            case "(":
                self.groups.append(False)
                if self.pattern.startswith("?", self.at):  # the question mark of (?:...) is no quantifier
                    self.at += 1
            case ")":
                return self.groups.pop()
            case "?" | "|":
                self.groups[-1] = True
            case _:
                pass
        return False


def _after_set(pattern: str, at: int) -> int:
    """The place behind the set ``[...]`` whose bracket was just passed."""
    if pattern.startswith("^", at):
        at += 1
    first = at
    while pattern[at] != "]" or at == first:
        at += 2 if pattern[at] == "\\" else 1
    return at + 1
