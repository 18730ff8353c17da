"""Rules: pure predicates over the log, as frozen data. They end conversations, and say in words why.

They form a Boolean algebra: ``a & b``, ``a | b``, ``~a``. A rule has no state, so there is nothing to reset.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NoReturn, final

from attrs import frozen

from .errors import ConfigError

if TYPE_CHECKING:
    from .log import Log


class Rule(ABC):
    """Whether something holds of a conversation so far. ``str(rule.holding(log))`` is the stop reason when it does.

    ``needs_time``: the rule looks at the times in the log, so the kernel has to ask the clock at each turn.
    """

    __slots__ = ()
    needs_time: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, log: Log, /) -> bool: ...

    def parts(self) -> tuple[Rule, ...]:
        """The rules this one is made of."""
        return ()

    def holding(self, log: Log) -> Rule:
        """What of this rule holds, where it does: of alternatives, the first that does. It is the stop reason."""
        return self

    def __and__(self, other: Rule) -> Rule:
        return Both(self, other)

    def __or__(self, other: Rule) -> Rule:
        return Either(self, other)

    def __invert__(self) -> Rule:
        return Negated(self)

    def __bool__(self) -> NoReturn:
        raise ConfigError(
            f"a rule holds of a conversation, and is neither true nor false by itself; found 'and', 'or', 'not', 'if' or a "
            f"chain of comparisons with: {self}. Join rules with & | ~, each comparison in parentheses"
        )


def keeps_time(rule: Rule) -> bool:
    """Whether ``rule``, or a rule it is made of, needs the times in the log."""
    found, todo = False, [rule]
    while todo and not found:
        here = todo.pop()
        found = here.needs_time
        todo.extend(here.parts())
    return found


@final
@frozen
class Both(Rule):
    """Holds when both hold."""

    first: Rule
    second: Rule

    def __call__(self, log: Log, /) -> bool:
        return self.first(log) and self.second(log)

    def holding(self, log: Log) -> Rule:
        return Both(self.first.holding(log), self.second.holding(log))

    def parts(self) -> tuple[Rule, ...]:
        return (self.first, self.second)

    def __str__(self) -> str:
        return f"({self.first} and {self.second})"


@final
@frozen
class Either(Rule):
    """Holds when one of them holds."""

    first: Rule
    second: Rule

    def __call__(self, log: Log, /) -> bool:
        return self.first(log) or self.second(log)

    def holding(self, log: Log) -> Rule:
        return (self.first if self.first(log) else self.second).holding(log)

    def parts(self) -> tuple[Rule, ...]:
        return (self.first, self.second)

    def __str__(self) -> str:
        return f"({self.first} or {self.second})"


@final
@frozen
class Negated(Rule):
    """Holds when the other does not."""

    rule: Rule

    def __call__(self, log: Log, /) -> bool:
        return not self.rule(log)

    def parts(self) -> tuple[Rule, ...]:
        return (self.rule,)

    def __str__(self) -> str:
        return f"not {self.rule}"


@final
@frozen
class NeverHolds(Rule):
    """Holds of no conversation: the unit of ``|``."""

    def __call__(self, log: Log, /) -> bool:
        return False

    def __str__(self) -> str:
        return "never"


@final
@frozen
class AlwaysHolds(Rule):
    """Holds of every conversation: the unit of ``&``."""

    def __call__(self, log: Log, /) -> bool:
        return True

    def __str__(self) -> str:
        return "always"
