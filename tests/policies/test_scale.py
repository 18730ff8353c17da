"""Many and deep: a thousand conversations one after the other, side by side, and within each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from typedagents.core.ambient import Now
from typedagents.core.effect import Ok
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stored import Awaiting, resume, start
from typedagents.core.team import Agent, Team, group
from typedagents.core.turn import Ended
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.flows.edges import edge
from typedagents.policies.flows.flow import flow
from typedagents.policies.model import model_reply
from typedagents.policies.nesting import nested, society
from typedagents.policies.recipes import chat
from typedagents.policies.sequences import plan, sequence
from typedagents.policies.talks import Talk, talk
from typedagents.trace.state import Library, decode, encode

MANY = 1000
SOME = 300
LEVELS = 1000
ROOMY = Limits(max_decisions=Unlimited, max_model_calls=Unlimited, max_effects=Unlimited, max_depth=Unlimited)
Asked = CallModel | Now


def reply(effect: CallModel) -> ModelReply:
    return ModelReply(f"{effect.me} was shown {len(effect.transcript)}")


def speaker(name: str) -> Agent[CallModel]:
    return Agent(name, model_reply())


def recorded(team: Team[Asked]) -> Outcome:
    """``team`` run, replayed, and gone on with from the middle of its trace: each to the same end."""
    asked: list[CallModel] = []

    def counted(effect: CallModel) -> ModelReply:
        asked.append(effect)
        return reply(effect)

    store = TraceMemory()
    world = World(CallModel.by(counted), store)
    outcome = world.run_sync(team, "Begin.", name="r")
    lines = store.read("r")
    assert world.replay(team, "r") == outcome
    kept = lines[: len(lines) // 2]
    begun = sum(line.startswith(b'{"line":"done"') and b'"parts"' in line for line in kept)
    store.traces["r"] = bytearray(b"".join(kept))
    whole = len(asked)
    assert world.resume_sync(team, "r") == outcome
    assert len(asked) - whole == whole - begun, "what has a result is not asked for again"
    return outcome


def chats(count: int) -> list[Talk[CallModel]]:
    one = chat(speaker("ann"), speaker("bob"), max_turns=1)
    return [talk(one, f"Number {place}.", name=f"talk {place}") for place in range(count)]


def test_a_sequence_of_a_thousand_chats() -> None:
    outcome = recorded(sequence(*chats(MANY), limits=ROOMY))

    assert str(outcome.reason) == f"rule: all {MANY} talks are over"
    assert [message.sender for message in outcome.transcript][1:] == [f"talk {i}" for i in range(MANY)]
    assert outcome.bill.calls == MANY


@pytest.mark.parametrize("chained", [False, True])
def test_a_plan_of_hundreds_of_chats_side_by_side_or_in_a_chain(chained: bool) -> None:  # noqa: FBT001  # a parameter
    teams = [one.team for one in chats(SOME)]
    after = [[f"talk {place - 1}"] if chained and place else [] for place in range(SOME)]
    held = [talk(team, "Go.", name=f"talk {i}", after=after[i]) for i, team in enumerate(teams)]
    outcome = recorded(plan(*held, limits=ROOMY))

    assert len(outcome.transcript) == 1 + SOME
    assert len(outcome.summary.splitlines()) == (1 if chained else SOME)


def test_a_flow_that_forks_into_hundreds_and_joins_them() -> None:
    middle = [speaker(f"n{place}") for place in range(SOME)]
    edges = [one for node in middle for one in (edge("first", node.name), edge(node.name, "last"))]
    outcome = recorded(flow(speaker("first"), *middle, speaker("last"), edges=edges, limits=ROOMY))

    assert outcome.summary == f"last was shown {2 + SOME}"


def a_nest(levels: int, limits: Limits) -> Team[Asked]:
    team: Team[Asked] = group(speaker("ann"), limits=limits)
    for level in range(levels - 1):
        team = group(Agent("ann", nested(team)), limits=limits, name=f"level {level}")
    return team


def a_society(levels: int, limits: Limits) -> Team[Asked]:
    team: Team[Asked] = group(speaker("ann"), limits=limits)
    for level in range(levels - 1):
        team = group(society("ann", team), limits=limits, name=f"level {level}")
    return team


def sequences(levels: int, limits: Limits) -> Team[Asked]:
    team: Team[Asked] = group(speaker("ann"), limits=limits)
    for level in range(levels - 1):
        team = sequence(team, name=f"level {level}", limits=limits)
    return team


NESTS = (a_nest, a_society, sequences)


@pytest.mark.parametrize("nest", NESTS)
def test_a_nesting_of_fifty_levels_needs_no_other_limits(
    nest: Callable[[int, Limits], Team[Asked]],
) -> None:
    assert recorded(nest(50, Limits(max_decisions=1))).summary == "ann was shown 1"


@pytest.mark.parametrize("nest", NESTS)
def test_a_nesting_of_a_thousand_levels_is_run_resumed_and_stored(
    nest: Callable[[int, Limits], Team[Asked]],
) -> None:
    team = nest(LEVELS, Limits(max_decisions=1, max_depth=Unlimited))
    outcome = recorded(team)

    library = Library()
    stored = start(team)
    assert isinstance(stored, Awaiting)
    assert decode(encode(stored, library, team), library, team) == stored
    (one,) = stored.open
    assert one.path.count("/c.") == LEVELS - 1
    ended = resume(team, stored, one.path, Ok(ModelReply("ann was shown 1")))
    assert isinstance(ended, Ended)
    assert ended.log.summary == outcome.summary == "ann was shown 1"
