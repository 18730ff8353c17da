"""What others are shown of hand-overs: nothing. A model that sees another's transfers begins to talk of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Generic

from attrs import evolve, field, frozen

from typedagents.core.chain import Fold
from typedagents.core.deciding import consult
from typedagents.core.decision import Decision
from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.view import Policy, View
from typedagents.policies.combinators import E
from typedagents.policies.words import named

from .handoff import Handoff

NOTHING = Transcript()


@frozen
class _Stripped:
    """The step that leaves out what others than ``me`` did with the tools ``names``; O(1) a message."""

    names: frozenset[str]
    me: AgentName

    def __call__(self, so_far: Transcript, message: Message) -> Transcript:
        if message.sender != self.me and any(self._cut(part) for part in message.parts):
            parts = tuple(part for part in message.parts if not self._cut(part))
            if not parts:
                return so_far
            message = evolve(message, parts=parts)
        # The first message opens a buffer of its own: the fold's start is shared by all and must not grow.
        return (so_far or Transcript()).append(message)

    def _cut(self, part: object) -> bool:
        return isinstance(part, ToolCall | ToolResult) and part.name in self.names


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(given))


@frozen(repr=False)
class WithoutHandoffs(Generic[E_co]):
    """See ``without_handoffs``."""

    policy: Policy[E_co]
    names: tuple[str, ...] = field(converter=_names)

    @property
    def parts(self) -> tuple[Policy[E_co], ...]:
        return (self.policy,)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        shown = view.transcript.fold(Fold(NOTHING, _Stripped(frozenset(self.names), view.me)))
        return (yield from consult(self.policy, view.showing(shown)))

    def __repr__(self) -> str:
        return f"without_handoffs({', '.join([named(self.policy), *map(repr, self.names)])})"


def without_handoffs(policy: Policy[E], *handoffs: Handoff[AnyEffect] | str) -> WithoutHandoffs[E]:
    """``policy``, that is shown no call of these handoffs (or of tools of these names) by others, and no result of one.

    Its own stay: a model must see what became of what it called.
    """
    return WithoutHandoffs(policy, [one if isinstance(one, str) else one.spec.name for one in handoffs])
