"""How a conversation is opened by one who has to think about it first, or to ask."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, Never, Protocol, overload, runtime_checkable

from attrs import evolve, field, frozen

from typedagents.core.deciding import consult
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, E, E_co, Request, Steps
from typedagents.core.human import AskHuman, Typed
from typedagents.core.message import Origin, Words, as_parts, words_of
from typedagents.core.parts import Part, cleaned
from typedagents.core.team import Agent
from typedagents.core.view import Policy, View

from .combinators import E1, E2
from .words import named, written


@runtime_checkable
class Opening(Protocol[E_co]):
    """A pure function from a view to what is said first. It may ask the world; None: nothing is said."""

    def __call__(self, view: View, /) -> Words | Generator[Request[E_co], object, Words | None] | None: ...


def _kept(words: Words) -> str | tuple[Part, ...]:
    return words if isinstance(words, str) else as_parts(words)


@frozen
class Always:
    """These words."""

    words: str | tuple[Part, ...] = field(converter=_kept)

    def __call__(self, view: View, /) -> Words:
        return self.words

    def __repr__(self) -> str:
        return named(words_of(as_parts(self.words)))


def opened_by(opening: Opening[E], view: View) -> Steps[Words | None, E]:
    """What ``opening`` comes to."""
    answer = opening(view)
    return (yield from answer) if isinstance(answer, Generator) else answer


@frozen(repr=False)
class Opens(Generic[E_co]):
    """Says what ``opening`` comes to while nothing was said in this conversation; decides as ``policy`` then."""

    opening: Opening[E_co]
    policy: Policy[E_co]

    @property
    def parts(self) -> tuple[Opening[E_co] | Policy[E_co], ...]:
        return (self.opening, self.policy)

    def __call__(self, view: View, /) -> Generator[Request[E_co], object, Decision]:
        if view.standing.messages:
            return (yield from consult(self.policy, view))
        content = yield from opened_by(self.opening, view)
        return Pass() if content is None else Reply(content, origin=origin_of(self.opening))

    def __repr__(self) -> str:
        return f"opens({named(self.opening)}, {named(self.policy)})"


def origin_of(opening: object) -> Origin:
    """Where the words of an opening come from."""
    return "human" if isinstance(opening, FromHuman) else "program"


@overload
def opens(agent: Agent[Never], opening: Opening[Never]) -> Agent[Never]: ...
@overload
def opens(agent: Agent[E1], opening: Opening[E2]) -> Agent[E1 | E2]: ...
def opens(agent: Agent[AnyEffect], opening: Opening[AnyEffect]) -> Agent[AnyEffect]:
    """``agent``, who opens the conversation with what ``opening`` comes to, when it has the floor first."""
    return evolve(agent, policy=Opens(opening, agent.policy))


@frozen(repr=False)
class FromHuman:
    """See ``from_human``."""

    question: str = field(converter=cleaned)

    def __call__(self, view: View, /) -> Steps[Words | None, AskHuman]:
        answer = yield from AskHuman(self.question, view.me, view.transcript)
        return answer.text if isinstance(answer, Typed) and answer.text.strip() else None

    def __repr__(self) -> str:
        return written("from_human", self)


def from_human(question: str = "What shall it be about?") -> FromHuman:
    """The opening that a human types."""
    return FromHuman(question)
