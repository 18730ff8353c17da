"""A flow as it stands: a fold of the log along the edges.

A flow moves in *waves*. Those who are ready speak at once. Then each edge that is taken *arrives* at its target, and when
all edges that join there have arrived (or one, where one is enough) the target is in the next wave. The log does not tell
waves apart, and need not: turns of one wave stand in it in the order in which they were ready.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import final

from attrs import evolve, field, frozen

from typedagents.core.chain import Fold
from typedagents.core.decision import Stop
from typedagents.core.errors import listed
from typedagents.core.log import Began, Entry, Log, Opened, Said
from typedagents.core.message import AgentName, Message
from typedagents.core.rule import Rule
from typedagents.core.view import SharedView
from typedagents.policies.diagrams.drawing import Arrow, Drawing

from .edges import Edge, taken

NONE: frozenset[Edge] = frozenset()


@frozen
class Under:
    """A flow under way: who of this wave has still to speak, who is in the next, and what waits to be joined.

    ``floor`` is who spoke last, when its edges are not followed yet, and ``said`` its last message in that turn. ``log``
    is kept for rules only.
    """

    ready: tuple[AgentName, ...]
    coming: tuple[AgentName, ...] = ()
    arrived: frozenset[Edge] = NONE
    floor: AgentName | None = None
    said: Message | None = None
    log: Log = field(factory=Log)


@frozen
class FlowGraph:
    """Nodes, edges, who speaks first, and for whom one edge is enough. Checked by ``flow``."""

    nodes: tuple[AgentName, ...]
    edges: tuple[Edge, ...]
    first: tuple[AgentName, ...]
    any_of: frozenset[AgentName] = frozenset()
    leaving: Mapping[AgentName, Sequence[Edge]] = field(init=False, eq=False, repr=False)
    joined: Mapping[Edge, frozenset[Edge]] = field(init=False, eq=False, repr=False)
    rules: tuple[Rule, ...] = field(init=False, eq=False, repr=False)
    standing: Fold[Entry, Under] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        leaving: dict[AgentName, list[Edge]] = {name: [] for name in self.nodes}
        groups: dict[tuple[AgentName, str], list[Edge]] = {}
        for edge in self.edges:
            leaving[edge.source].append(edge)
            groups.setdefault((edge.target, edge.group), []).append(edge)
        whole = {key: frozenset(group) for key, group in groups.items()}
        joined = {
            edge: frozenset({edge}) if edge.target in self.any_of else whole[edge.target, edge.group]
            for edge in self.edges
        }
        object.__setattr__(self, "leaving", leaving)
        object.__setattr__(self, "joined", joined)
        object.__setattr__(
            self, "rules", tuple(edge.when for edge in self.edges if isinstance(edge.when, Rule))
        )
        object.__setattr__(self, "standing", Fold(Under(self.first), Follow(self)))

    def stands(self, log: Log) -> Under:
        """How the flow stands after ``log``; O(1) an entry, once."""
        return self.followed(log.fold(self.standing))

    def followed(self, at: Under) -> Under:
        """``at`` when the edges of who spoke last have been followed."""
        if at.floor is None:
            return at
        arrived, coming = at.arrived, at.coming
        for edge in taken(self.leaving[at.floor], at.said, at.log):
            arrived |= {edge}
            if self.joined[edge] <= arrived:
                arrived -= self.joined[edge]
                coming = coming if edge.target in coming else (*coming, edge.target)
        if at.ready:
            return Under(at.ready, coming, arrived, log=at.log)
        return Under(coming, (), arrived, log=at.log)

    def stuck(self, at: Under) -> Iterator[str]:
        """Who waits for whom."""
        for name in self.nodes:
            here = {edge for edge in at.arrived if edge.target == name}
            lacking = {other.source for edge in here for other in self.joined[edge]} - {
                edge.source for edge in here
            }
            if here:
                yield f"{name!r} waits for {listed(sorted(lacking))}"


@frozen
class Follow:
    """The step of the fold."""

    graph: FlowGraph

    def __call__(self, at: Under, entry: Entry) -> Under:
        graph = self.graph
        match entry:
            case Opened():
                at = Under(graph.first, log=at.log)
            case Began(agent):
                at = graph.followed(at)
                ready, coming = at.ready, at.coming
                if agent in ready:
                    ready = _without(ready, agent)
                elif agent in coming:  # it was handed to
                    coming = _without(coming, agent)
                at = Under(ready, coming, at.arrived, agent, None, at.log)
            case Said(message) if message.sender == at.floor:
                at = Under(at.ready, at.coming, at.arrived, at.floor, message, at.log)
            case _:
                pass
        # The start is shared by all logs and must not grow: the first entry opens a log of its own.
        return evolve(at, log=(at.log or Log()).append(entry)) if graph.rules else at


def _without(names: tuple[AgentName, ...], name: AgentName) -> tuple[AgentName, ...]:
    return tuple([other for other in names if other != name])


@frozen
class Along:
    """The selector that follows the edges."""

    graph: FlowGraph

    def __call__(self, view: SharedView, /) -> tuple[str, ...] | Stop:
        at = self.graph.stands(view.log)
        return at.ready or Stop(f"the flow cannot go on: {'; '.join(self.graph.stuck(at))}")

    def drawing(self, names: Sequence[AgentName] = (), /) -> Drawing:
        """The edges, dotted where one is enough, and who begins."""
        graph = self.graph
        entered = Counter(edge.target for edge in graph.edges)
        return Drawing(
            tuple(
                [
                    Arrow(
                        edge.source,
                        edge.target,
                        edge.label,
                        "dotted" if entered[edge.target] > 1 and len(graph.joined[edge]) == 1 else "solid",
                    )
                    for edge in graph.edges
                ]
            ),
            graph.first,
        )


@final
@frozen
class FlowOver(Rule):
    """Holds when no edge leads on."""

    graph: FlowGraph

    def __call__(self, log: Log, /) -> bool:
        at = self.graph.stands(log)
        return not at.ready and not at.arrived

    def parts(self) -> tuple[Rule, ...]:
        return self.graph.rules

    def __str__(self) -> str:
        return "the flow is over"
