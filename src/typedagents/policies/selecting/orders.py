"""Who speaks next, without asking anybody: in order, or by lot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import field, frozen

from typedagents.core.ambient import Draw
from typedagents.core.decision import Choice, Chosen, Stop
from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError, listed
from typedagents.core.fitting import check_known
from typedagents.core.message import AgentName, agent_name
from typedagents.core.team import InOrder
from typedagents.core.view import Roster, SharedView
from typedagents.policies.diagrams.drawing import Drawing, round_of

from .candidates import EVERYONE, Admits, Candidates, last_speaker
from .drawn import drawn


def _names(given: tuple[str, ...]) -> tuple[AgentName, ...]:
    names = tuple(agent_name(name) for name in given)
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"an order names each agent once, and at least one; found {listed(names)}")
    return names


@frozen
class Order:
    """Some agents of a team, in an order of their own; the first comes after the last."""

    names: tuple[AgentName, ...] = field(converter=_names)
    _after: dict[AgentName, AgentName] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        names = self.names
        object.__setattr__(self, "_after", dict(zip(names, (*names[1:], names[0]), strict=True)))

    def after(self, name: AgentName) -> AgentName | None:
        """Who comes next; None for a stranger. O(1)."""
        return self._after.get(name)

    def __iter__(self) -> Iterator[AgentName]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def following(order: Order | Roster, view: SharedView, admits: Admits) -> AgentName | None:
    """The next after the last speaker who is admitted, the last speaker coming last; None where nobody is.

    It begins with the first where the last speaker is not in ``order``. O(1) where the very next is admitted.
    """
    last = last_speaker(view)
    here = None if last is None else order.after(last)
    for _ in order:
        here = next(iter(order)) if here is None else here
        if admits(here):
            return here
        here = order.after(here)
    return None


def next_in_order(view: SharedView, among: Candidates, note: str = "") -> Choice:
    """The next of the team in its order; ``note`` says in the log why it is nobody else."""
    here = following(view.roster, view, among.admits(view))
    settled = among.ending(view) if here is None else among.settled(view, here)
    return settled if isinstance(settled, Stop) or not note else Chosen(settled, note)


@frozen(repr=False)
class Ordered:
    """See ``in_order``. ``order`` None: that of the team."""

    order: Order | None
    among: Candidates

    def __call__(self, view: SharedView, /) -> Choice:
        if self.order is None:
            return next_in_order(view, self.among)
        here = following(self.order, view, self.among.admits(view))
        return self.among.ending(view, self.order) if here is None else self.among.settled(view, here)

    def check_roster(self, roster: Roster, /) -> None:
        check_known(repr(self), self.order or (), roster)
        self.among.check_roster(roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        """Those named, or the whole team, in a circle, where no rule says who is left out."""
        if self.order is None:
            return drawn("in order", self.among, names)
        own = self.order.names
        return (
            round_of(own) if self.among == EVERYONE else drawn(f"in order: {', '.join(own)}", self.among, own)
        )

    def __repr__(self) -> str:
        written = [repr(name) for name in self.order or ()]
        if self.among != EVERYONE:
            written.append(f"among={self.among!r}")
        return f"in_order({', '.join(written)})"


def in_order(*names: str, among: Candidates = EVERYONE) -> InOrder | Ordered:
    """The selector that lets these agents speak in turn; without names, all of the team in its order.

    It goes on with the next of them after whoever had the floor last, or opened, who is among the candidates; with the
    first where that was none of them.
    """
    if not names and among == EVERYONE:
        return InOrder()
    return Ordered(Order(names) if names else None, among)


@frozen(repr=False)
class AtRandom:
    """See ``at_random``."""

    among: Candidates

    def __call__(self, view: SharedView, /) -> Steps[Choice, Draw]:
        names = self.among(view)
        if len(names) < 2:
            return self.among.only(view, names)
        drawn = yield from Draw(len(names))
        return self.among.settled(view, names[drawn])

    def check_roster(self, roster: Roster, /) -> None:
        self.among.check_roster(roster)

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        return drawn("lots are drawn", self.among, names)

    def __repr__(self) -> str:
        return "at_random()" if self.among == EVERYONE else f"at_random(among={self.among!r})"


def at_random(among: Candidates = EVERYONE) -> AtRandom:
    """The selector that draws lots. The die is an effect, so a run replays as it fell."""
    return AtRandom(among)
