"""A conversation to hold within another: a team, and how it is opened. What it came to is its team's summary."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Generic, overload

from attrs import field, frozen

from typedagents.core.ambient import Now
from typedagents.core.effect import E1, E2, AnyEffect, E, E_co, Request
from typedagents.core.errors import ConfigError, listed
from typedagents.core.message import AgentName, Message, Words, agent_name
from typedagents.core.team import Team
from typedagents.core.turn import Ended
from typedagents.core.view import View

from .carryover import carried, texts_of
from .conversing import conversed
from .opening import Always, Opening, opened_by, origin_of


def _names(given: Iterable[str]) -> tuple[AgentName, ...]:
    return tuple(agent_name(name) for name in given)


@frozen
class Talk(Generic[E_co]):
    """A conversation to hold; see ``talk``."""

    team: Team[E_co]
    opening: Opening[E_co] | None = None
    name: str = ""
    after: tuple[AgentName, ...] = field(default=(), converter=_names)
    carries: bool = True
    carryover: tuple[str, ...] = field(default=(), converter=texts_of)

    @property
    def title(self) -> AgentName:
        """What it is called."""
        return agent_name(self.name or self.team.name)

    def held(
        self, view: View, carryover: Sequence[str], given: Words | None
    ) -> Generator[Request[E_co | Now], object, Ended]:
        """Hold it; ``given`` is what it is opened with where it has no words of its own.

        Where an effect failed in it, this fails by it.
        """
        content = None if self.opening is None else (yield from opened_by(self.opening, view))
        if content is None:
            content = self.team.opening if self.team.opening is not None else given
        said, context = None, (*self.carryover, *carryover)
        if content is not None or context:
            opener = self.team.opens_as
            said = Message(opener, carried(content or "", context), origin_of(self.opening))
        return (yield from conversed(self.team, said))


def openings(talks: Iterable[Talk[E]]) -> tuple[object, ...]:
    """What ``talks`` are opened by, where that has to be thought or asked for."""
    return tuple([one.opening for one in talks if one.opening is not None])


@overload
def talk(
    team: Team[E1],
    message: Words | None = ...,
    *,
    name: str = ...,
    after: Iterable[str] = ...,
    carries: bool = ...,
    carryover: str | Iterable[str] = ...,
) -> Talk[E1]: ...
@overload
def talk(
    team: Team[E1],
    message: Opening[E2],
    *,
    name: str = ...,
    after: Iterable[str] = ...,
    carries: bool = ...,
    carryover: str | Iterable[str] = ...,
) -> Talk[E1 | E2]: ...
def talk(
    team: Team[AnyEffect],
    message: Words | Opening[AnyEffect] | None = None,
    *,
    name: str = "",
    after: Iterable[str] = (),
    carries: bool = True,
    carryover: str | Iterable[str] = (),
) -> Talk[AnyEffect]:
    """A conversation to hold: ``team``, opened with ``message``, or with what a function of the view comes to.

    ``message`` None: the team's own opening, else what the conversation around was opened with. ``name`` empty: the
    team's. ``after``: in a plan, the talks that must be over before; only what they came to is carried over.
    ``carries`` False: what it came to is not carried over in a sequence. ``carryover``: texts of your own, which it is
    told before those of earlier talks.
    """
    opening: Opening[AnyEffect] | None
    opening = message if message is None or isinstance(message, Opening) else Always(message)
    return Talk(team, opening, name, after, carries, texts_of(carryover))


def talks_of(given: Iterable[Talk[E] | Team[E]], what: str) -> tuple[Talk[E], ...]:
    """``given`` as talks; ``ConfigError`` where there is none, or two have one name."""
    return _checked([one if isinstance(one, Talk) else Talk(one) for one in given], what)


def _checked(talks: Sequence[Talk[E]], what: str) -> tuple[Talk[E], ...]:
    titles = [talk.title for talk in talks]
    if not titles:
        raise ConfigError(f"{what} holds at least one talk; found none")
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise ConfigError(
            f"two talks of {what} are named {listed(twice)}; give each a name of its own: talk(team, name=...)"
        )
    return tuple(talks)
