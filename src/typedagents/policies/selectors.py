"""Who speaks next, without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName, agent_name
from typedagents.core.team import InOrder
from typedagents.core.view import STANDING, SharedView

from .diagrams.drawing import Drawing, round_of


def _names(given: tuple[str, ...]) -> tuple[AgentName, ...]:
    names = tuple(agent_name(name) for name in given)
    if not names or len(set(names)) < len(names):
        raise ConfigError(
            f"an order names each agent once, and at least one; found {', '.join(names) or 'none'}"
        )
    return names


@frozen
class NamedOrder:
    """The next of ``names`` after whoever had the floor last, or opened; the first when that was nobody of them."""

    names: tuple[AgentName, ...] = field(converter=_names)

    def __call__(self, view: SharedView, /) -> str:
        standing = view.log.fold(STANDING)
        last = standing.floor or standing.speaker
        place = self.names.index(last) + 1 if last in self.names else 0
        return self.names[place % len(self.names)]

    def drawing(self, names: Sequence[AgentName], /) -> Drawing:
        """Those named, in a circle."""
        return round_of(self.names)


def in_order(*names: str) -> InOrder | NamedOrder:
    """The selector that lets these agents speak in turn; without names, all of the team in its order."""
    return NamedOrder(names) if names else InOrder()
