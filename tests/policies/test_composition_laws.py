"""The laws of the design over random compositions of patterns, whatever the world answers.

Laws 1, 2, 3, 6, 7 and 9. What is performed is counted, for comparing ends alone hides what is done again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from attrs import define, field
from hypothesis import event, given
from hypothesis import strategies as st

from tests.core.driving import any_order, as_before, drive, facts, finished, interrupted, keep, spent
from tests.policies.compositions.answers import Asks
from tests.policies.compositions.plain import Limited
from tests.policies.compositions.scenes import Scene, scenes
from tests.policies.transforms.exchanges import is_well_formed
from typedagents.core.effect import AnyEffect, Ok, Outcome, Path
from typedagents.core.kernel import opened
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.log import Began, Said
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.stop import BudgetExceeded, EffectLimit
from typedagents.core.stored import Awaiting
from typedagents.core.turn import Ended
from typedagents.core.view import STANDING
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.events import EffectFinished, EffectStarted, EntryAdded, Event, Observed
from typedagents.policies.projection import project
from typedagents.trace.state import Library, decode, encode

calm = scenes(calm=True)
wild = scenes(calm=False)
CUTS = 4


def cuts(scene: Scene, lines: Sequence[bytes], first: int = 1) -> list[int]:
    """Some places to cut a trace at."""
    places = range(first, len(lines))
    return sorted(Random(scene.seed).sample(places, min(CUTS, len(places))))


# --- law 1: it ends ---------------------------------------------------------------------------------------------


@define
class Seen:
    """What watchers were told. Of each conversation, by its place: its limits, its turns, its messages."""

    limits: dict[str, Limits] = field(factory=dict)
    turns: Counter[str] = field(factory=Counter)
    messages: Counter[str] = field(factory=Counter)
    started: list[EffectStarted] = field(factory=list)
    tokens: int = 0
    usd: Decimal = Decimal(0)
    spent: list[tuple[int, Decimal]] = field(factory=list)
    """The tokens and dollars that were paid, when each call of a model was started."""

    def __call__(self, seen: Event) -> None:
        match seen:
            case Observed(path, _, Limited(limits)):
                self.limits[home(path)] = limits
            case EntryAdded(path, Began()):
                self.turns[home(path)] += 1
            case EntryAdded(path, Said()):
                self.messages[home(path)] += 1
            case EffectStarted():
                self.started.append(seen)
                if seen.effect.metered:
                    self.spent.append((self.tokens, self.usd))
            case EffectFinished(outcome=Ok(ModelReply(cached=False) as reply)):
                self.tokens += reply.charge.usage.total
                self.usd += reply.cost_usd or 0
            case _:
                pass


def home(path: str) -> str:
    """The conversation in a turn of which ``path`` stands."""
    return path[: path.rfind("t")]


def within(count: int, most: Limit) -> bool:
    return most is Unlimited or count <= most


@given(wild)
def test_law_1_every_conversation_ends_within_its_limits(scene: Scene) -> None:
    seen = Seen()
    ended = drive(scene.team, any_order(scene.seed), scene.world, tell=seen).end
    event(type(ended.reason).__name__)

    within_limits(ended, scene.team.limits)
    seen.limits[""] = scene.team.limits
    for place, limits in seen.limits.items():
        below = [one for one in seen.started if one.path.startswith(place)]
        assert within(seen.turns[place], limits.max_decisions)
        assert within(seen.messages[place], limits.max_messages)
        assert within(len(below), limits.max_effects)
        assert within(sum(one.effect.metered for one in below), limits.max_model_calls)
        depths = [one.path[len(place) :].count("/c.") for one in below]
        assert within(max(depths, default=0), limits.max_depth)


@given(wild)
def test_law_1_a_conversation_that_goes_on_from_another_ends_within_its_limits(scene: Scene) -> None:
    before = drive(scene.team, any_order(scene.seed), scene.world).end
    opening = opened(scene.team, after=before.log)
    after = drive(scene.team, any_order(scene.seed), scene.world, opening=opening)

    within_limits(after.end, scene.team.limits)
    assert list(after.end.log)[: len(before.log)] == list(before.log), "what was said stays"
    again = drive(scene.team, any_order(0), scene.world, opening=opening, before=after.lines)
    assert (again.end, again.order) == (after.end, [])


def within_limits(ended: Ended, limits: Limits) -> None:
    standing = ended.log.fold(STANDING)
    assert within(standing.turns, limits.max_decisions)
    assert within(standing.messages, limits.max_messages)


# --- laws 2 and 3: it replays, and goes on from anywhere --------------------------------------------------------


@given(wild)
def test_law_2_a_replay_is_the_run_and_performs_nothing(scene: Scene) -> None:
    whole = drive(scene.team, any_order(scene.seed), scene.world)
    again = drive(scene.team, any_order(scene.seed + 1), scene.world, before=whole.lines)

    assert max(whole.count.values(), default=1) == 1
    assert (again.end, again.bill, again.order) == (whole.end, whole.bill, [])


@given(wild)
def test_law_2_a_run_that_was_cancelled_replays_to_where_it_was(scene: Scene) -> None:
    ended = drive(scene.team, any_order(scene.seed), scene.world, cancelled_after=scene.seed % 4)
    event(type(ended.end.reason).__name__)
    again = drive(scene.team, any_order(scene.seed + 1), scene.world, before=ended.lines)

    assert (again.end, again.bill, again.order) == (ended.end, ended.bill, [])


@given(wild)
def test_law_3_from_any_line_on_a_run_is_resumed_and_does_nothing_again(scene: Scene) -> None:
    whole = drive(scene.team, any_order(scene.seed), scene.world)
    for cut in cuts(scene, whole.lines):
        prefix = whole.lines[:cut]
        other = drive(scene.team, as_before(whole.order), scene.world, before=prefix)
        unknown = interrupted(prefix)
        assert not finished(prefix) & set(other.order)
        assert not unknown & set(other.order), "what must not be repeated is not"
        if not unknown:
            event("cut where it can be made good")
            assert (other.end, other.bill) == (whole.end, whole.bill)
            assert Counter(finished(prefix)) + other.count == whole.count
        again = drive(scene.team, any_order(scene.seed), scene.world, before=other.lines)
        assert (again.end, again.bill, again.order) == (other.end, other.bill, [])


@given(wild)
def test_law_3_a_run_that_is_stored_between_any_two_effects_is_the_same(scene: Scene) -> None:
    whole = drive(scene.team, any_order(scene.seed), scene.world)
    library = Library()

    def stored(at: Awaiting[Asks]) -> Awaiting[Asks] | Ended:
        back = decode(encode(at, library, scene.team), library, scene.team)
        assert back == at
        return back

    assert keep(scene.team, whole.order, scene.world, stored) == (whole.end, whole.order)


# --- law 6: no order can be seen --------------------------------------------------------------------------------


@given(calm)
def test_law_6_no_order_of_arrival_can_be_seen(scene: Scene) -> None:
    one = drive(scene.team, any_order(scene.seed), scene.world)
    other = drive(scene.team, any_order(scene.seed + 1), scene.world)
    event(f"effects: {min(len(one.order), 32).bit_length()}")

    assert (other.end, other.bill, other.count) == (one.end, one.bill, one.count)
    assert facts(other.lines) == facts(one.lines)
    assert spent(one.end.log) == one.bill.by_model, "the log names the cost of all that was performed"


# --- law 7: what a provider is sent is well-formed --------------------------------------------------------------


@given(wild)
def test_law_7_what_a_model_is_sent_is_well_formed(scene: Scene) -> None:
    sent: list[CallModel] = []

    def answer(path: Path, effect: AnyEffect) -> Outcome:
        if isinstance(effect, CallModel):
            sent.append(effect)
        return scene.world(path, effect)

    drive(scene.team, any_order(scene.seed), answer)
    for effect in sent:
        items = project(effect.transcript, effect.me, effect.instructions)
        assert is_well_formed(items)


# --- law 9: budgets ---------------------------------------------------------------------------------------------

BUDGETS = st.builds(
    Budget,
    max_usd=st.none() | st.sampled_from([Decimal(0), Decimal(1), Decimal(3)]),
    max_tokens=st.none() | st.sampled_from([0, 60, 200]),
    max_model_calls=st.none() | st.integers(0, 6),
    max_effects=st.none() | st.integers(0, 12),
    worst_case_usd=st.none() | st.just(lambda effect: Decimal(1)),
)


@given(wild, BUDGETS)
def test_law_9_no_budget_is_exceeded_and_no_policy_can_help_it(scene: Scene, budget: Budget) -> None:
    seen = Seen()
    ran = drive(scene.team, any_order(scene.seed), scene.world, budget=budget, tell=seen)
    event(type(ran.end.reason).__name__)

    assert budget.max_effects is None or len(seen.started) <= budget.max_effects
    assert budget.max_model_calls is None or len(seen.spent) <= budget.max_model_calls
    for tokens, usd in seen.spent:
        assert budget.max_tokens is None or tokens < budget.max_tokens
        assert budget.max_usd is None or usd < budget.max_usd
    assert budget.max_usd is None or budget.worst_case_usd is None or seen.usd <= budget.max_usd
    refused = [place for place, line in enumerate(ran.lines) if line.startswith(b'{"line":"refused"')]
    assert bool(refused) == (isinstance(ran.end.reason, BudgetExceeded) or refused_by_limit(ran.end))
    for place in refused:
        rest = ran.lines[place:]
        assert not [line for line in rest if re.match(rb'{"line":"(begun|entry)"', line)], "it is the end"
    again = drive(scene.team, any_order(scene.seed + 1), scene.world, before=ran.lines, budget=budget)
    assert (again.end, again.bill, again.order) == (ran.end, ran.bill, [])


@given(wild, BUDGETS)
def test_law_9_a_budget_refuses_the_same_after_a_crash(scene: Scene, budget: Budget) -> None:
    whole = drive(scene.team, any_order(scene.seed), scene.world, budget=budget)
    for cut in cuts(scene, whole.lines):
        prefix = whole.lines[:cut]
        if not interrupted(prefix):
            again = drive(scene.team, as_before(whole.order), scene.world, before=prefix, budget=budget)
            assert (again.end, again.bill) == (whole.end, whole.bill)


def refused_by_limit(ended: Ended) -> bool:
    return isinstance(ended.reason, EffectLimit) and ended.reason.limit != "max_depth"
