"""Compositions: groups, chats, sequences, plans, flows and swarms of agents, of which some hold others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from tests.policies.compositions.answers import Asks
from tests.policies.compositions.making import Making
from tests.policies.compositions.plain import Even, Sums, Telling, Wave
from tests.policies.compositions.policies import policy
from tests.policies.compositions.rules import TOOLS, ending, limits, target
from tests.policies.compositions.selectors import alone
from tests.policies.compositions.vocabulary import AGENTS, TOPIC
from tests.policies.hand_made import Quiet
from typedagents.core.limits import Limits
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.view import Summary
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.combinators import first_of
from typedagents.policies.flows.edges import OTHERWISE, Condition, Edge, edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.handing.handoff import handoff
from typedagents.policies.handing.swarm import SwarmOptions, swarm
from typedagents.policies.handing.targets import to
from typedagents.policies.nesting import society
from typedagents.policies.recipes import chat
from typedagents.policies.rules.said import mentions
from typedagents.policies.selecting.introductions import introduced
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.summaries import last_words, reflection
from typedagents.policies.talks import Talk, talk
from typedagents.tools.toolset import toolset

Composed = Team[Asks]


def agents(make: Making) -> list[Agent[Asks]]:
    """Those of ``make.names``. Where tools are told to one and run by nobody, the last runs them."""
    found: list[Agent[Asks]] = [Agent(name, policy(make), f"does {name} things") for name in make.names]
    if make.depth and make.rarely():
        found[0] = society(make.names[0], make.inner())
    return found if _wired(found) else [*found[:-1], _running(found[-1], make)]


def _wired(found: list[Agent[Asks]]) -> bool:
    run = {name for agent in found for name in agent.wiring.runs}
    return all(spec.name in run for agent in found for spec in agent.wiring.tells)


def _running(agent: Agent[Asks], make: Making) -> Agent[Asks]:
    """``agent``, which answers all calls that wait first."""
    every = TOOLS | toolset(Quiet("ask"), handoff(to(make.names[0]), "To one.", name="transfer_to_one"))
    return evolve(agent, policy=first_of(tool_reply(every), agent.policy))


def finished(make: Making, team: Composed) -> Composed:
    """``team``, perhaps with a summary, introductions, a rule."""
    summary: Summary[Asks] | None = make.one(None, None, last_words(), reflection(), Sums())
    team = team if summary is None else team.summed_up_by(summary)
    team = introduced(team) if make.upto(5) == 0 else team
    return team.stopping(ending(make)) if make.upto(2) == 2 else team


def grouped(make: Making) -> Composed:
    plain = group_of(agents(make), limits=limits(make), name="group")
    match make.upto(4):
        case 0:
            return finished(make, plain)
        case 1:
            return finished(make, plain.selected_by(Wave(1 + make.upto(2))))
        case _:
            return finished(make, plain.selected_by(Telling(alone(make), plain.limits)))


def chatting(make: Making) -> Composed:
    one, other = agents(evolve(make, names=AGENTS[:2]))
    return finished(
        make, chat(one, other, make.one(None, "Hello."), max_turns=1 + make.upto(2), limits=limits(make))
    )


def lonely(make: Making) -> Composed:
    return finished(make, group_of(agents(evolve(make, names=AGENTS[:1])), limits=limits(make), name="alone"))


def swarming(make: Making) -> Composed:
    plain = group_of(agents(make), limits=limits(make), name="swarm")
    options: SwarmOptions = {}
    if make.upto(1):
        options["user"] = make.names[-1]
    if make.upto(1):
        options["runner"] = make.names[1]
    after = {make.one(*make.names): target(make, alone, silent=True)}
    return finished(make, swarm(plain, after=after, otherwise=target(make, alone, silent=True), **options))


def held(make: Making, place: int, after: tuple[str, ...] = ()) -> Talk[Asks]:
    message = make.one(None, None, "Begin.")
    return talk(make.inner(), message, name=f"talk {place}", after=after, carries=bool(make.upto(3)))


def roomy(make: Making) -> Limits:
    return evolve(limits(make), max_decisions=3 + make.upto(2))


def sequenced(make: Making) -> Composed:
    return sequence(*[held(make, place) for place in range(1 + make.upto(2))], limits=roomy(make))


def planned(make: Making) -> Composed:
    first, second = held(make, 0), held(make, 1, ("talk 0",) if make.upto(1) else ())
    third = held(make, 2, make.one(("talk 0",), ("talk 0", "talk 1")))
    return plan(first, second, third, limits=roomy(make))


WHENS: tuple[Condition | None, ...] = (TOPIC, mentions(TOPIC), ~mentions("over"), Even())


def flowing(make: Making) -> Composed:
    """A fork and a join, a loop with a way out, or a choice; the last node is an agent, a team or a talk."""
    make = evolve(make, names=AGENTS)
    first, second, third = agents(make)
    a, b, c = make.names
    last: Agent[Asks] | Team[Asks] | Talk[Asks] = third
    if make.depth and not third.wiring.runs and make.upto(2):
        inner = make.inner()
        last = evolve(inner, name=c) if make.upto(1) else talk(inner, "Begin.", name=c)
    when = make.one(*WHENS)
    edges: list[Edge] = make.one(
        [edge(a, b), edge(a, c)],
        [edge(a, b), edge(a, c), edge(b, c)],
        [edge(a, b), edge(b, c, when)],
        [edge(a, b), edge(b, a, when), edge(b, c, OTHERWISE)],
        [edge(a, b, when), edge(a, c, OTHERWISE), edge(b, c, group="again")],
    )
    any_of = (a, *make.one((), (c,)))
    return finished(
        make,
        flow(first, second, last, edges=edges, start=(a,), any_of=any_of, limits=limits(make), name="flow"),
    )


TEAMS: Mapping[str, Callable[[Making], Composed]] = {
    "group": grouped,
    "group again": grouped,
    "chat": chatting,
    "alone": lonely,
    "swarm": swarming,
    "flow": flowing,
    "sequence": sequenced,
    "plan": planned,
}
HOLDING = ("sequence", "plan")


def team(make: Making) -> Composed:
    """Any team."""
    make = evolve(make, names=make.one(AGENTS[:2], AGENTS))
    return make.by(TEAMS, without=() if make.depth else HOLDING)
