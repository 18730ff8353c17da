"""Who may speak next: pure rules over a shared view, as frozen data. Selectors choose among those they admit.

``a & b`` admits whom both admit. ``&`` is associative, and ``everyone()`` is its unit. Where nobody is left, the
conversation ends, and the stop reason is the first rule, from the left, that left nobody.

The last speaker is whoever had the floor last, words or not; before the first turn, whoever opened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, final

from attrs import frozen

from typedagents.core.decision import Stop
from typedagents.core.errors import ConfigError, PolicyError, listed
from typedagents.core.message import AgentName
from typedagents.core.view import Roster, SharedView
from typedagents.policies.words import named

Admits: TypeAlias = Callable[[AgentName], bool]


def last_speaker(view: SharedView) -> AgentName | None:
    """Who had the floor last, or opened."""
    standing = view.standing
    return standing.floor or standing.speaker


class Candidates(ABC):
    """A rule of who may speak next. Called with a view, it names them, in the order of the team."""

    __slots__ = ()

    @abstractmethod
    def admits(self, view: SharedView, /) -> Admits:
        """Whether an agent may speak next. Made once a choice, asked once for an agent."""

    def check_roster(self, roster: Roster, /) -> None:  # noqa: B027  # most rules fit every team
        """Raise ``ConfigError`` where the rule does not fit the team."""

    def settled(self, view: SharedView, chosen: AgentName, /) -> AgentName | Stop:
        """Who speaks where ``chosen`` was chosen: almost always ``chosen``."""
        return chosen

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        """Why none of ``names`` is admitted."""
        return f"{self!r} admits none of {listed(names)}"

    @final
    def __call__(self, view: SharedView, /) -> tuple[AgentName, ...]:
        return tuple(filter(self.admits(view), view.roster))

    @final
    def ending(self, view: SharedView, names: Iterable[AgentName] | None = None) -> Stop:
        """The end of a conversation in which none of ``names`` (None: of the team) may speak next."""
        asked = tuple(view.roster if names is None else names)
        return Stop(f"nobody may speak next: {self.nobody(view, asked)}")

    @final
    def only(self, view: SharedView, names: Sequence[AgentName]) -> AgentName | Stop:
        """Who speaks where there is no choice: the one name, or the end where there is none."""
        return self.settled(view, names[0]) if names else self.ending(view)

    @final
    def __and__(self, other: Candidates) -> Candidates:
        rules = (*conjuncts(self), *conjuncts(other))
        return rules[0] if len(rules) == 1 else All(rules)


def conjuncts(rule: Candidates) -> tuple[Candidates, ...]:
    """The rules that all have to admit an agent, for ``rule`` to do."""
    return rule.rules if isinstance(rule, All) else (rule,)


@final
@frozen(repr=False)
class All(Candidates):
    """Admits whom all of ``rules`` admit; without any, everyone."""

    rules: tuple[Candidates, ...] = ()

    def admits(self, view: SharedView, /) -> Admits:
        every = [rule.admits(view) for rule in self.rules]
        return lambda name: all(admits(name) for admits in every)

    def check_roster(self, roster: Roster, /) -> None:
        for rule in self.rules:
            rule.check_roster(roster)

    def settled(self, view: SharedView, chosen: AgentName, /) -> AgentName | Stop:
        for rule in self.rules:
            now = rule.settled(view, chosen)
            if isinstance(now, Stop):
                return now
            chosen = now
        return chosen

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        left = names
        for rule in self.rules:
            before, left = left, tuple(filter(rule.admits(view), left))
            if not left:
                return rule.nobody(view, before)
        return super().nobody(view, names)

    def __repr__(self) -> str:
        return " & ".join(map(repr, self.rules)) or "everyone()"


EVERYONE = All()


def everyone() -> All:
    """All of the team: the unit of ``&``."""
    return EVERYONE


@final
@frozen(repr=False)
class NotLast(Candidates):
    """See ``not_last``."""

    def admits(self, view: SharedView, /) -> Admits:
        last = last_speaker(view)
        return lambda name: name != last

    def check_roster(self, roster: Roster, /) -> None:
        if len(roster) < 2:
            raise ConfigError(
                f"nobody speaks twice in a row (not_last), but the team has only {listed(roster)}; add an agent, "
                "or leave not_last out"
            )

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        return f"only {listed(names)} could, who had the floor last (not_last)"

    def __repr__(self) -> str:
        return "not_last()"


def not_last() -> NotLast:
    """All but the last speaker: nobody has the floor twice in a row."""
    return NotLast()


@final
@frozen(repr=False)
class Those(Candidates):
    """See ``those``."""

    function: Callable[[SharedView], Iterable[str]]

    def admits(self, view: SharedView, /) -> Admits:
        names = frozenset(self.function(view))
        strangers = sorted(name for name in names if name not in view.roster)
        if strangers:
            raise PolicyError(
                f"the candidates {named(self.function)} hold {listed(strangers)}, not in the team; "
                f"it has: {listed(view.roster)}"
            )
        return names.__contains__

    def __repr__(self) -> str:
        return f"those({named(self.function)})"


def those(function: Callable[[SharedView], Iterable[str]]) -> Those:
    """Those whom a pure function of the view names."""
    return Those(function)
