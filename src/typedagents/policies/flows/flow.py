"""Teams whose agents speak along the edges of a graph, at once where it forks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, TypedDict, assert_never, overload

from attrs import evolve
from typing_extensions import Unpack

from typedagents.core.ambient import Now
from typedagents.core.effect import AnyEffect, E
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName, Words, agent_name
from typedagents.core.rule import NeverHolds, Rule
from typedagents.core.team import E1, E2, E3, E4, E5, E6, E7, E8, USER, Agent, Team, group_of
from typedagents.policies.nesting import Nested, society
from typedagents.policies.talks import Talk

from .checks import checked_graph, checked_names, checked_nodes
from .edges import Edge
from .graph import Along, FlowGraph, FlowOver

Place: TypeAlias = Agent[E] | Team[E] | Talk[E]
"""What can be a node of a flow."""


class FlowOptions(TypedDict, total=False):
    """What ``flow`` takes beside nodes and edges."""

    start: Iterable[str]
    any_of: Iterable[str]
    until: Rule
    limits: Limits
    name: str
    opening: Words


def _agent_of(place: Place[E]) -> Agent[E | Now]:
    match place:
        case Agent():
            return place
        case Team():
            return society(place.name, place)
        case Talk():
            return Agent(place.title, Nested((place,)))
        case _ as never:
            assert_never(never)


@overload
def flow(
    a: Place[E1],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    d: Place[E4],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | E4 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    d: Place[E4],
    e: Place[E5],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    d: Place[E4],
    e: Place[E5],
    f: Place[E6],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    d: Place[E4],
    e: Place[E5],
    f: Place[E6],
    g: Place[E7],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6 | E7 | Now]: ...
@overload
def flow(
    a: Place[E1],
    b: Place[E2],
    c: Place[E3],
    d: Place[E4],
    e: Place[E5],
    f: Place[E6],
    g: Place[E7],
    h: Place[E8],
    /,
    *,
    edges: Iterable[Edge],
    **options: Unpack[FlowOptions],
) -> Team[E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8 | Now]: ...
@overload
def flow(*nodes: Place[E], edges: Iterable[Edge], **options: Unpack[FlowOptions]) -> Team[E | Now]: ...
def flow(*nodes: Place[AnyEffect], edges: Iterable[Edge], **options: Unpack[FlowOptions]) -> Team[AnyEffect]:
    """A team that follows ``edges``: after each node has spoken, on to where they lead; at once where it forks.

    A team as a node talks over all that was said so far, and says what that came to; a talk is opened as it says. Those
    begin whom no edge enters, or ``start``. A node speaks when all edges of a group that lead to it have arrived; those in
    ``any_of`` each time that one has. It ends where no edge leads on, or when ``until`` holds. Edges out of a node have all
    a condition, or none has one. ``ConfigError`` names what is wrong: see ``checks.py``.
    """
    name = options.get("name", "flow")
    agents = [_agent_of(node) for node in nodes]
    names, drawn = tuple([agent.name for agent in agents]), tuple(edges)
    start, any_of = _names(options.get("start", ())), _names(options.get("any_of", ()))
    checked_nodes(names, name)
    checked_names(names, drawn, (*start, *any_of), name)
    entered = {edge.target for edge in drawn}
    first = start or tuple([one for one in names if one not in entered])
    graph = FlowGraph(names, drawn, first, frozenset(any_of))
    checked_graph(graph, name)
    over: Rule = FlowOver(graph)
    until = options.get("until", NeverHolds())
    team = group_of(agents, until=over if until == NeverHolds() else over | until, name=name)
    team = team.limited(options.get("limits", team.limits)).selected_by(Along(graph))
    return evolve(team, opening=options.get("opening"), opener=USER)


def _names(given: Iterable[str]) -> tuple[AgentName, ...]:
    return tuple(dict.fromkeys(agent_name(name) for name in given))
