"""Context variables: their typed keys, their values, and conditions on them.

    COUNT = Variable("count", int, 0)
    TIER = Variable("tier", str, "basic")

    Reply("Done.", changes=(COUNT.to(4),))      # a decision changes them, as does a tool's recorded result
    view.context[COUNT]                         # 4
    (COUNT > 3) & ~TIER.equals("gold")          # a rule: for `when`, for edges and hand-overs, for what ends a team

Conditions are values, and evaluate nothing that is written in text. They hold or not in every conversation: what is not
set yet counts as its default, so a condition on a variable that has none is refused where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, assert_never, final

from attrs import field, frozen
from msgspec import ValidationError, convert
from msgspec.json import decode
from typing_extensions import TypeVar

from .errors import ConfigError
from .json_text import json_text
from .rule import Rule

if TYPE_CHECKING:
    from .log import Log

T = TypeVar("T")


C = TypeVar("C", int, float, str, date, datetime, Decimal)
"""What has an order."""


@frozen(order=False)  # so it is anyway, but type checkers have to be told
class Variable(Generic[T]):
    """The typed key of a context variable. Its values travel as JSON; ``type`` is what msgspec decodes them to.

    ``COUNT > 3`` and ``TIER.equals("gold")`` are rules: conditions on what it holds. They need a default.
    """

    name: str
    type: type[T] = field(hash=False)
    default: T | None = None

    def to(self, value: T) -> Change:
        """The change that sets it, for ``Reply(changes=...)``."""
        return Change(self.name, json_text(value))

    def read(self, json: str) -> T:
        try:
            return convert(decode(json), self.type)
        except ValidationError as error:
            raise ConfigError(
                f"context variable {self.name!r} holds {json}, which does not fit: {error}"
            ) from error

    def equals(self, value: T) -> Equals[T]:
        """The rule that it holds this value; ``==`` tells whether two variables are the same."""
        return Equals(self, value)

    def __lt__(self: Variable[C], value: C) -> Compares[C]:
        return Compares(self, "<", value)

    def __le__(self: Variable[C], value: C) -> Compares[C]:
        return Compares(self, "<=", value)

    def __gt__(self: Variable[C], value: C) -> Compares[C]:
        return Compares(self, ">", value)

    def __ge__(self: Variable[C], value: C) -> Compares[C]:
        return Compares(self, ">=", value)


@frozen
class Change:
    """A context variable and its new value, as JSON text."""

    variable: str
    json: str


def changes_of(given: Iterable[Change]) -> tuple[Change, ...]:
    """``given`` as a tuple; ``ConfigError`` where it is no list of changes."""
    if isinstance(given, Change):
        raise ConfigError(
            f"changes are listed, a single one too: changes=[COUNT.to(4)]; found {given!r:.60} alone"
        )
    changes = tuple(given)
    for change in changes:
        if not isinstance(change, Change):
            raise ConfigError(f"changes are made by a variable: changes=[COUNT.to(4)]; found {change!r:.60}")
    return changes


NO_VALUES: Mapping[str, str] = MappingProxyType({})


@frozen
class Context:
    """The context variables of a conversation, read by their typed keys."""

    values: Mapping[str, str] = field(default=NO_VALUES, hash=False)

    def __getitem__(self, variable: Variable[T]) -> T:
        json = self.values.get(variable.name)
        if json is not None:
            return variable.read(json)
        if variable.default is None:
            known = ", ".join(sorted(self.values)) or "none"
            raise ConfigError(
                f"context variable {variable.name!r} was never set and has no default; set are: {known}"
            )
        return variable.default

    def __contains__(self, variable: Variable[T]) -> bool:
        return variable.name in self.values


# --- conditions -------------------------------------------------------------------------------------------------

Sign: TypeAlias = Literal["<", "<=", ">", ">="]


def _proved(variable: Variable[T], sign: str, value: T) -> None:
    """Raise ``ConfigError`` where ``value`` is none that ``variable`` can hold, or where it may hold nothing."""
    condition = f"{variable.name} {sign} {value!r:.40}"
    try:
        convert(decode(json_text(value)), variable.type)
    except ValidationError as error:
        raise ConfigError(
            f"the condition {condition} compares context variable {variable.name!r} with what it never holds: {error}"
        ) from error
    if variable.default is None:
        raise ConfigError(
            f"the condition {condition} is about context variable {variable.name!r}, which may not be set and has no "
            f"default; give it one: Variable({variable.name!r}, ..., default)"
        )


@final
@frozen
class Equals(Rule, Generic[T]):
    """Holds when ``variable`` holds ``value``."""

    variable: Variable[T]
    value: T = field(hash=False)

    def __attrs_post_init__(self) -> None:
        _proved(self.variable, "==", self.value)

    def __call__(self, log: Log, /) -> bool:
        return log.context[self.variable] == self.value

    def __str__(self) -> str:
        return f"{self.variable.name} == {self.value!r}"


@final
@frozen
class Compares(Rule, Generic[C]):
    """Holds when what ``variable`` holds stands so to ``value``."""

    variable: Variable[C]
    sign: Sign
    value: C = field(hash=False)

    def __attrs_post_init__(self) -> None:
        _proved(self.variable, self.sign, self.value)

    def __call__(self, log: Log, /) -> bool:
        held = log.context[self.variable]
        match self.sign:
            case "<":
                return held < self.value
            case "<=":
                return held <= self.value
            case ">":
                return held > self.value
            case ">=":
                return held >= self.value
            case _ as never:
                assert_never(never)

    def __str__(self) -> str:
        return f"{self.variable.name} {self.sign} {self.value!r}"


@final
@frozen
class IsSet(Rule):
    """See ``is_set``."""

    name: str

    def __call__(self, log: Log, /) -> bool:
        return self.name in log.context.values

    def __str__(self) -> str:
        return f"{self.name} is set"


def is_set(variable: Variable[T]) -> IsSet:
    """Holds when ``variable`` was set, its default aside."""
    return IsSet(variable.name)
