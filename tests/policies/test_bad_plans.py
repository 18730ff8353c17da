"""Plans that cannot work are refused when they are made; what only a run can show ends it by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from typedagents import (
    Agent,
    CallModel,
    ConfigError,
    Limits,
    PolicyError,
    Reply,
    SharedView,
    Team,
    Variable,
    View,
    World,
    at_random,
    chat,
    edge,
    flow,
    group,
    hands_to,
    in_order,
    not_last,
    says,
    sequence,
    swarm,
    talk,
    to,
    transitions,
    with_models,
)
from typedagents.core.message import AgentName
from typedagents.testing import scripted_model

ANN, BOB = Agent("ann", says("Yes.")), Agent("bob", says("No."))
PAIR = group(ANN, BOB, limits=Limits(max_messages=4))
COUNT = Variable("count", int)
WORLD = World(with_models(scripted_model()), store=None)

PLANS: dict[str, tuple[Callable[[], object], str]] = {
    "nobody": (group, "a team needs at least one agent; found none"),
    "two of one name": (lambda: group(ANN, BOB, ANN), "two agents are named 'ann'"),
    "a chat with oneself": (lambda: chat(ANN, ANN), "two agents are named 'ann'"),
    "a foreign agent in a transition": (
        lambda: PAIR.selected_by(in_order(among=transitions(allowed={"ann": ["zoe"]}))),
        "the graph of allowed transitions names 'zoe', not in the team; it has: 'ann', 'bob'",
    ),
    "transitions of a foreign agent": (
        lambda: PAIR.selected_by(at_random(transitions(forbidden={"zoe": ["ann"]}))),
        "the graph of forbidden transitions names 'zoe'",
    ),
    "an order of strangers": (
        lambda: PAIR.selected_by(in_order("ann", "zoe")),
        "names 'zoe', not in the team",
    ),
    "a hand-over to a stranger": (lambda: swarm(PAIR, after={"ann": to("zoe")}), "'zoe', not in the team"),
    "a condition on a missing variable": (
        lambda: hands_to(to("ann").when(COUNT > 3)),
        "context variable 'count', which may not be set and has no default",
    ),
    "an edge to nobody": (lambda: flow(ANN, BOB, edges=[edge("ann", "zoe")]), "'zoe'"),
    "a group of one in which nobody may speak twice": (
        lambda: group(ANN).selected_by(in_order(among=not_last())),
        "the team has only 'ann'",
    ),
    "two talks of one name": (
        lambda: sequence(talk(PAIR, name="x"), talk(PAIR, name="x")),
        "'x'",
    ),
}


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_that_cannot_work_is_refused_when_it_is_made(plan: str) -> None:
    make, words = PLANS[plan]

    with pytest.raises(ConfigError) as refused:
        make()

    assert words in str(refused.value)


def ghost(view: SharedView) -> AgentName:
    return AgentName("ghost")


def hands_to_ghost(view: View) -> Reply:
    return Reply("Ask the ghost.", hand_to="ghost")


@pytest.mark.parametrize(
    ("team", "who"),
    [
        (PAIR.selected_by(ghost), "the selector ghost"),
        (group(ANN, Agent("bob", hands_to_ghost)), "'bob'"),
    ],
)
def test_a_stranger_who_is_named_in_a_run_ends_it_and_what_was_said_is_kept(
    team: Team[CallModel], who: str
) -> None:
    with pytest.raises(PolicyError, match=r"'ghost', who is not in the team; it has: ann, bob") as raised:
        WORLD.run_sync(team, "Go.")

    assert who in str(raised.value)
    assert raised.value.log is not None
    assert raised.value.log.transcript[0].text == "Go."


def test_a_group_of_one_talks_to_itself_until_a_limit_that_says_so() -> None:
    outcome = WORLD.run_sync(group(ANN), "Go.")

    assert "was reached by 'ann', who is alone in its team and answered itself" in str(outcome.reason)
