"""What is wrong with a flow before it begins. Each finding names the node, the edge or the loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from typedagents.core.errors import ConfigError, listed
from typedagents.core.message import AgentName

from .edges import Edge, Otherwise
from .graph import FlowGraph


def checked_nodes(nodes: Sequence[AgentName], flow: str) -> None:
    """Each name once, and at least one."""
    if not nodes:
        raise ConfigError(f"the flow {flow!r} needs at least one node; found none")
    twice = [name for name, count in Counter(nodes).items() if count > 1]
    if twice:
        raise ConfigError(
            f"two nodes of the flow {flow!r} are named {listed(twice)}; give each a name of its own"
        )


def checked_names(
    nodes: Sequence[AgentName], edges: Sequence[Edge], named: Iterable[AgentName], flow: str
) -> None:
    """Every name that is used is a node's; no edge is there twice."""
    known, has = frozenset(nodes), f"the flow {flow!r}; it has: {', '.join(nodes)}"
    for edge in edges:
        for name in (edge.source, edge.target):
            if name not in known:
                raise ConfigError(f"{edge!r} names {name!r}, who is not in {has}")
    for name in named:
        if name not in known:
            raise ConfigError(f"{name!r} is to begin or to join, but is not in {has}")
    for (source, target), count in Counter((edge.source, edge.target) for edge in edges).items():
        if count > 1:
            raise ConfigError(
                f"the flow {flow!r} has {count} edges from {source!r} to {target!r}; give one edge a "
                "condition that says when: a function, or rules put together with '|'"
            )


def checked_graph(graph: FlowGraph, flow: str) -> None:
    """The graph makes sense as a whole; O(nodes x edges) at worst."""
    for name in graph.nodes:
        _one_kind(name, graph.leaving[name])
    _all_reached(graph, flow)
    _way_out(graph, flow)


def _one_kind(name: AgentName, leaving: Sequence[Edge]) -> None:
    """Edges with and without a condition out of one node can be read in two ways, so they are refused."""
    plain = [edge for edge in leaving if edge.when is None]
    others = [edge for edge in leaving if isinstance(edge.when, Otherwise)]
    if plain and len(plain) < len(leaving):
        raise ConfigError(
            f"{name!r} has edges with a condition and {plain[0]!r} without one; write when=OTHERWISE where it is to be "
            "taken if no condition holds, or when=AlwaysHolds() where it is to be taken besides"
        )
    if others and (len(others) == len(leaving) or any(edge.always for edge in leaving)):
        raise ConfigError(
            f"{others[0]!r} is never more than an edge without 'when', or never taken: {name!r} has no edge whose "
            "condition may or may not hold"
        )


def _all_reached(graph: FlowGraph, flow: str) -> None:
    """Every node is reached from where the flow begins, and every join can come about a first time."""
    if not graph.first:
        raise ConfigError(
            f"the flow {flow!r} has no node to begin with: an edge leads to each of {listed(graph.nodes)}; "
            "name who begins with start=(...)"
        )
    reached = _closed(graph, joining=False)
    lost = [name for name in graph.nodes if name not in reached]
    if lost:
        raise ConfigError(
            f"in the flow {flow!r} no edges lead from {listed(graph.first)} to {listed(lost)}; add an edge, or name it in "
            "start=(...)"
        )
    spoken = _closed(graph, joining=True)
    for edge in graph.edges:
        if edge.target not in spoken:
            waits = sorted({one.source for one in graph.joined[edge]} - spoken)
            raise ConfigError(
                f"in the flow {flow!r} {edge.target!r} never speaks: it waits for all that lead to it, of whom "
                f"{listed(waits)} can only speak after it; name it in any_of=(...), or give the edges that lead back a "
                "group of their own"
            )


def _closed(graph: FlowGraph, *, joining: bool) -> set[AgentName]:
    """Who may ever speak, when every condition may hold; ``joining``: joins are waited for."""
    found, size = set(graph.first), 0
    while size < len(found):
        size = len(found)
        for edge in graph.edges:
            needed = graph.joined[edge] if joining else (edge,)
            if edge.target not in found and all(one.source in found for one in needed):
                found.add(edge.target)
    return found


def _way_out(graph: FlowGraph, flow: str) -> None:
    """From every node the flow may come to an end: else there is a loop that nothing but a limit ends."""
    ends: set[AgentName] = set()
    size = -1
    while size < len(ends):
        size = len(ends)
        for name in reversed(graph.nodes):
            if name not in ends and _may_end(graph.leaving[name], ends):
                ends.add(name)
    rest = [name for name in graph.nodes if name not in ends]
    if not rest:
        return
    way = dict.fromkeys(rest[:1])
    here = _leads(graph.leaving[rest[0]], ends)
    while here not in way:
        way[here] = None
        here = _leads(graph.leaving[here], ends)
    names = list(way)
    loop = [*names[names.index(here) :], here]
    raise ConfigError(
        f"the flow {flow!r} goes round for ever: {' -> '.join(map(repr, loop))}; give one of these edges a condition, or "
        "add one that leads out"
    )


def _leads(leaving: Sequence[Edge], ends: set[AgentName]) -> AgentName:
    """A node further on, from where there is no end either."""
    always = [edge for edge in leaving if edge.always]
    return next(edge.target for edge in always or leaving if edge.target not in ends)


def _may_end(leaving: Sequence[Edge], ends: set[AgentName]) -> bool:
    """Whether the flow may come to an end behind a node with these edges, when it may behind ``ends``."""
    always = [edge for edge in leaving if edge.always]
    if always:
        return all(edge.target in ends for edge in always)
    certain = any(isinstance(edge.when, Otherwise) for edge in leaving)
    return not certain or any(edge.target in ends for edge in leaving)
