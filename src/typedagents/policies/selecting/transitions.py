"""Who may follow whom: a graph over the agents of a team, checked when the team is built.

    allowed={"a": ["b"], "b": ["a", "c"], "c": []}    after a only b, after b a or c, after c nobody: there it ends
    forbidden={"a": ["c"]}                            after a everyone but c; after others everyone

What is written means what it says. In ``allowed`` an empty list ends the conversation, and the stop reason says so; an
agent that is left out is a mistake, because it may mean either. In ``forbidden`` an agent that is left out is
restricted by nothing; one that nobody may follow is a mistake, because an end is written in ``allowed``. An agent that
neither follows nor is followed by another is a mistake in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, TypeAlias, final, overload

from attrs import field, frozen

from typedagents.core.errors import ConfigError, listed
from typedagents.core.fitting import check_known
from typedagents.core.message import AgentName, agent_name
from typedagents.core.view import Roster, SharedView

from .candidates import Admits, Candidates, last_speaker

Graph: TypeAlias = Mapping[str, Collection[str]] | Mapping[AgentName, Collection[str]]
Edges: TypeAlias = tuple[tuple[AgentName, tuple[AgentName, ...]], ...]


def _edges(graph: object) -> Edges:
    """``graph`` as it is kept. It is proved here, because a text is a collection of texts too."""
    if not isinstance(graph, Mapping):
        raise ConfigError(
            f"transitions are a mapping from a name to a list of names; found {type(graph).__name__}"
        )
    return tuple((_name(speaker), _names(speaker, others)) for speaker, others in graph.items())


def _name(given: object) -> AgentName:
    if not isinstance(given, str):
        raise ConfigError(
            f"transitions are between names of agents; found {type(given).__name__}: {given!r:.60}"
        )
    return agent_name(given)


def _names(speaker: object, others: object) -> tuple[AgentName, ...]:
    if isinstance(others, str) or not isinstance(others, Iterable):
        raise ConfigError(
            f"who may or may not follow {speaker!r} is written as a list of names; found {others!r:.60}"
        )
    names = tuple(map(_name, others))
    if len(set(names)) < len(names):
        twice = (name for name, count in Counter(names).items() if count > 1)
        raise ConfigError(f"the transitions of {speaker!r} name {listed(twice)} more than once")
    return names


NOBODY: frozenset[AgentName] = frozenset()


@final
@frozen(repr=False)
class Transitions(Candidates):
    """See ``transitions``."""

    kind: Literal["allowed", "forbidden"]
    edges: Edges = field(converter=_edges)
    _named: dict[AgentName, frozenset[AgentName]] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_named", {name: frozenset(others) for name, others in self.edges})

    def lets(self, last: AgentName, name: AgentName) -> bool:
        """Whether ``name`` may follow ``last``."""
        return (name in self._named.get(last, NOBODY)) == (self.kind == "allowed")

    def admits(self, view: SharedView, /) -> Admits:
        last = last_speaker(view)
        if last is None or last not in view.roster:
            return lambda name: True  # whoever begins follows nobody of the team
        return partial(self.lets, last)

    def check_roster(self, roster: Roster, /) -> None:
        named = [name for speaker, others in self.edges for name in (speaker, *others)]
        check_known(f"the graph of {self.kind} transitions", named, roster)
        self._check_ends(roster)
        self._check_isolated(roster)

    def _check_ends(self, roster: Roster) -> None:
        if self.kind == "allowed":
            missing = [name for name in roster if name not in self._named]
            if missing:
                raise ConfigError(
                    f"the allowed transitions do not say who may follow {listed(missing)}; write a list for each, "
                    f"and an empty one ({missing[0]!r}: []) where the conversation is to end"
                )
            return
        dead = [name for name, others in self.edges if len(others) == len(roster)]
        if dead:
            raise ConfigError(
                f"the forbidden transitions let nobody follow {listed(dead)}; where the conversation is to end there, "
                f"write what is allowed instead, with an empty list ({dead[0]!r}: [])"
            )

    def _check_isolated(self, roster: Roster) -> None:
        """An agent without a transition to or from another; of those forbidden, it has all."""
        unconnected = 0 if self.kind == "allowed" else len(roster) - 1
        followed = Counter(other for name, others in self.edges for other in others if other != name)
        isolated = [
            name
            for name in roster
            if followed[name] == len(self._named.get(name, NOBODY) - {name}) == unconnected
        ]
        if isolated and len(roster) > 1:
            raise ConfigError(
                f"by the transitions {listed(isolated)} can neither follow another agent nor be followed by one; "
                "connect it, or leave it out of the team"
            )

    def nobody(self, view: SharedView, names: Sequence[AgentName], /) -> str:
        last = last_speaker(view)
        followers = [name for name in view.roster if self.admits(view)(name)]
        if not followers:
            return f"the transitions let nobody follow {last!r}"
        return f"the transitions let only {listed(followers)} follow {last!r}"

    def __repr__(self) -> str:
        return f"transitions({self.kind}={ {name: [*others] for name, others in self.edges} })"


@overload
def transitions(*, allowed: Graph) -> Transitions: ...
@overload
def transitions(*, forbidden: Graph) -> Transitions: ...
def transitions(*, allowed: Graph | None = None, forbidden: Graph | None = None) -> Transitions:
    """Those who may follow the last speaker: those ``allowed``, or all but those ``forbidden``. See this module."""
    if allowed is not None and forbidden is None:
        return Transitions("allowed", allowed)
    if forbidden is not None and allowed is None:
        return Transitions("forbidden", forbidden)
    raise ConfigError(
        f"transitions are either allowed or forbidden; found {'neither' if allowed is None else 'both'}"
    )
