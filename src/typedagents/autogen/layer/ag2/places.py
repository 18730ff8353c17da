"""Where the floor may go in one group: what AG2's targets come to as targets of the core."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TypeAlias

from attrs import field, frozen

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.core.decision import Choice
from typedagents.core.effect import Request
from typedagents.core.message import AgentName, agent_name
from typedagents.core.view import Selector, SharedView
from typedagents.policies.handing.swarm import worker_before
from typedagents.policies.handing.targets import Floor, Landing, Target, to, to_whom
from typedagents.policies.selecting.by_human import by_human
from typedagents.policies.selecting.candidates import Admits, Candidates
from typedagents.policies.selecting.orders import at_random

Words: TypeAlias = "Callable[[Mapping[str, object]], str] | None"
ByManager: TypeAlias = "Callable[[Words], Selector[LayerEffect]]"
Choosing: TypeAlias = Generator[Request[LayerEffect], object, Choice]


@frozen(eq=False)
class Place:
    """A group as its targets know it: who works in it, who is ``aside``, and who selects where nobody is named."""

    first: AgentName
    workers: tuple[AgentName, ...]
    aside: frozenset[str]
    user: AgentName | None
    asks: str
    by_manager: ByManager = field(repr=False)

    def worker(self, view: SharedView) -> AgentName:
        """Who had the floor last of those that work."""
        return worker_before(view.log, self.aside) or self.first

    def to_worker(self) -> Target[LayerEffect]:
        """Whoever had the floor last of those that work."""
        return ToWorker(self)

    def to_user(self) -> Target[LayerEffect]:
        """The user; ``ValueError`` where the group has none."""
        if self.user is None:
            raise InvalidValue("RevertToUserTarget: the group has no user_agent; give the pattern one")
        return to(self.user)

    def to_named(self, name: str) -> Target[LayerEffect]:
        """An agent of the group; ``ValueError`` where there is none of this name."""
        if name not in self.workers and name != self.user:
            raise InvalidValue(
                f"a target names {name!r}, who is not in the group; it has: {', '.join(self.workers)}"
            )
        return to(name)

    def to_one_of(self, names: tuple[str, ...]) -> Target[LayerEffect]:
        """One of these, by lot, but for whoever had the floor last."""
        for name in names:
            self.to_named(name)
        return to_whom(at_random(Others(self, frozenset(map(agent_name, names)))))

    def to_asked(self) -> Target[LayerEffect]:
        """Whom a human names."""
        return to_whom(by_human(self.asks, among=Others(self, frozenset(self.workers), also_last=True)))

    def to_chosen(self, words: Words) -> Target[LayerEffect]:
        """Whom the manager's model names."""
        return to_whom(self.by_manager(words))


@frozen(eq=False, repr=False)
class ToWorker(Target[LayerEffect]):
    """See ``Place.to_worker``."""

    place: Place

    def land(self, view: SharedView, /) -> Generator[Request[LayerEffect], object, Landing]:
        yield from ()
        return Floor(self.place.worker(view))

    def __repr__(self) -> str:
        return "StayTarget()"


@frozen(eq=False, repr=False)
class Others(Candidates):
    """Some of the group, but for whoever of those that work had the floor last."""

    place: Place
    names: frozenset[AgentName]
    also_last: bool = False

    def admits(self, view: SharedView, /) -> Admits:
        left = self.names if self.also_last else self.names - {self.place.worker(view)}
        return (left or self.names).__contains__

    def __repr__(self) -> str:
        return f"those({', '.join(sorted(self.names))})"
