"""Limits of a conversation. Each says what it counts; a team that names none gets finite ones."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from .effect import Bounds
from .errors import ConfigError


class _Unlimited(Enum):
    UNLIMITED = "Unlimited"

    def __repr__(self) -> str:
        return "Unlimited"


Unlimited: Final = _Unlimited.UNLIMITED
"""Written out where a limit is meant to be absent."""

Limit: TypeAlias = int | Literal[_Unlimited.UNLIMITED]


def _is_limit(value: object) -> bool:
    return value is Unlimited or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _limit(value: Limit) -> Limit:
    if not _is_limit(value):
        raise ConfigError(f"a limit is a whole number from 0, or Unlimited; found {value!r}")
    return value


@frozen
class Limits:
    """Decisions and messages end the conversation; the others, nested conversations included, end the run.

    ``max_decisions`` counts turns, a pass included; ``max_messages`` all messages, the opening included;
    ``max_turns`` round trips of two parties, as AutoGen does: 2 x ``max_turns`` messages. ``max_model_calls`` and
    ``max_effects`` count what is asked of the world, ``max_repeats`` the same tool call or code again and again,
    ``max_depth`` conversations within conversations.
    """

    max_decisions: Limit = field(default=100, converter=_limit)
    max_messages: Limit = field(default=Unlimited, converter=_limit)
    max_turns: Limit = field(default=Unlimited, converter=_limit)
    max_model_calls: Limit = field(default=100, converter=_limit)
    max_effects: Limit = field(default=10_000, converter=_limit)
    max_repeats: Limit = field(default=10, converter=_limit)
    max_depth: Limit = field(default=100, converter=_limit)
    most_messages: int | None = field(init=False, repr=False, eq=False)
    """How many messages ``max_messages`` and ``max_turns`` allow together."""

    def __attrs_post_init__(self) -> None:
        round_trips = None if self.max_turns is Unlimited else 2 * self.max_turns
        allowed = [most for most in (_bound(self.max_messages), round_trips) if most is not None]
        object.__setattr__(self, "most_messages", min(allowed, default=None))

    @property
    def bounds(self) -> Bounds:
        """Those that the machine counts."""
        return Bounds(
            max_effects=_bound(self.max_effects),
            max_model_calls=_bound(self.max_model_calls),
            max_repeats=_bound(self.max_repeats),
            max_depth=_bound(self.max_depth),
        )


def _bound(limit: Limit) -> int | None:
    return None if limit is Unlimited else limit
