"""Every way a run ends is reached, and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from attrs import evolve, frozen

from tests.core.programs import Ask, answered
from typedagents.core.code import CodeBlock, CodeResult, RunCode
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, EffectFailed, Failed, Ok, Steps
from typedagents.core.handler import Handler
from typedagents.core.human import AskHuman, Left
from typedagents.core.kernel import converse
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.log import Log
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.rule import Rule
from typedagents.core.stop import (
    BudgetExceeded,
    Cancelled,
    DecisionLimit,
    EffectFailure,
    EffectLimit,
    HumanLeft,
    PolicyStopped,
    RuleFired,
    Silence,
    StopReason,
)
from typedagents.core.structure import attempt, each
from typedagents.core.team import Agent, Team, group
from typedagents.core.tool import CallTool
from typedagents.core.turn import Ended
from typedagents.core.usage import Usage
from typedagents.core.view import SharedView, View
from typedagents.interpreter.budget import Budget
from typedagents.interpreter.control import Control
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.world import World


def answer(effect: AnyEffect) -> object:
    came = answered(effect)
    if isinstance(came, Ok):
        return came.value
    raise EffectFailed(came)


def told(effect: CallModel) -> ModelReply:
    return ModelReply("words", usage=Usage(10, output=5), cost_usd=Decimal("0.5"), model="m")


SOME = (
    Ask.by(lambda effect: effect.accept(answer(effect)))
    | AskHuman.by(lambda effect: Left())
    | CallModel.by(told)
    | RunCode.by(lambda effect: CodeResult(()))
)
ALL: Handler[AnyEffect] = Handler(SOME.table)
WORLD = World(ALL, None)


FINITE = Limits()
UNBOUNDED = Budget()


def agent(name: str, policy: Callable[[View], Decision | Steps[Decision, AnyEffect]]) -> Agent[AnyEffect]:
    return Agent(AgentName(name), policy)


def run(
    *policies: Callable[[View], Decision | Steps[Decision, AnyEffect]],
    until: Rule | None = None,
    limits: Limits = FINITE,
    budget: Budget = UNBOUNDED,
    control: Control | None = None,
) -> Outcome:
    agents = [agent(f"g{i}", policy) for i, policy in enumerate(policies)]
    team: Team[AnyEffect] = group(*agents, limits=limits)
    if until is not None:
        team = team.stopping(until)
    return evolve(WORLD, budget=budget).run_sync(team, "hi", control=control)


def talks(view: View, /) -> Decision:
    return Reply(f"turn {view.turn}")


def silent(view: View, /) -> Decision:
    return Pass()


def quits(view: View, /) -> Decision:
    return Stop("I am done")


def calls(view: View, /) -> Steps[Decision, AnyEffect]:
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.parts, origin="model")


def swallows(view: View, /) -> Steps[Decision, AnyEffect]:
    """Tries to catch everything that may go wrong."""
    try:
        yield from attempt(calls(view))
    except Exception as error:  # this is what must not help
        return Reply(f"caught {error}")
    return Reply("fine")


def asks_human(view: View, /) -> Steps[Decision, AnyEffect]:
    yield from attempt(AskHuman("?", view.me, view.transcript))
    return Reply("went on")


def fails(view: View, /) -> Steps[Decision, AnyEffect]:
    yield from Ask("fail", view.transcript)
    return Reply("went on")


def repeats(view: View, /) -> Steps[Decision, AnyEffect]:
    while True:
        yield from RunCode((CodeBlock("python", "1"),))


def asks_for_ever(view: View, /) -> Steps[Decision, AnyEffect]:
    while True:
        yield from Ask("a", view.transcript)


def nests(view: View, /) -> Steps[Decision, AnyEffect]:
    ended = yield from converse(group(agent("deeper", nests)), view.transcript)
    return Reply(str(ended.reason))


@frozen
class Fourth(Rule):
    """Holds from the fourth entry on."""

    def __call__(self, log: Log, /) -> bool:
        return len(log) > 4

    def __str__(self) -> str:
        return "the fourth entry is there"


def test_a_rule() -> None:
    outcome = run(talks, until=Fourth())

    assert outcome.reason == RuleFired("the fourth entry is there")
    assert str(outcome.reason) == "rule: the fourth entry is there"
    assert outcome.ok


@pytest.mark.parametrize(
    ("limits", "reason", "messages"),
    [
        (Limits(max_decisions=1), DecisionLimit("max_decisions", 1), 2),
        (Limits(max_messages=2), DecisionLimit("max_messages", 2), 2),
        (Limits(max_messages=0), DecisionLimit("max_messages", 0), 0),
        (Limits(max_turns=2), DecisionLimit("max_turns", 2), 4),
        (Limits(max_turns=0), DecisionLimit("max_turns", 0), 0),
    ],
)
def test_a_limit_on_decisions(limits: Limits, reason: StopReason, messages: int) -> None:
    outcome = run(talks, limits=limits)

    assert outcome.reason == reason
    assert len(outcome.transcript) == messages
    assert "raise it, or write" in str(reason)


def test_who_answers_itself_for_want_of_others_is_named() -> None:
    outcome = run(talks, limits=Limits())

    assert outcome.reason == DecisionLimit("max_decisions", 100, "g0")
    assert "was reached by 'g0', who is alone in its team and answered itself" in str(outcome.reason)
    assert "give the team a rule that ends it (until=...), max_decisions=1, or another" in str(outcome.reason)


def test_a_limit_on_automatic_replies_names_whose() -> None:
    assert str(DecisionLimit("max_auto_replies", 3, "bob")).startswith(
        "limit: max_auto_replies=3 of 'bob' was reached"
    )


@pytest.mark.parametrize(
    ("policy", "limits", "reason"),
    [
        (asks_for_ever, Limits(max_effects=5), EffectLimit("max_effects", 5, "Ask")),
        (calls, Limits(max_model_calls=2), EffectLimit("max_model_calls", 2, "CallModel")),
        (swallows, Limits(max_model_calls=2), EffectLimit("max_model_calls", 2, "CallModel")),
        (repeats, Limits(max_repeats=3), EffectLimit("max_repeats", 3, "RunCode")),
        (nests, Limits(max_depth=4), EffectLimit("max_depth", 4, "converse")),
        (nests, Limits(max_depth=0), EffectLimit("max_depth", 0, "converse")),
    ],
)
def test_a_limit_on_effects_ends_the_run_out_of_any_policys_reach(
    policy: Callable[[View], Steps[Decision, AnyEffect]], limits: Limits, reason: StopReason
) -> None:
    outcome = run(policy, limits=limits)

    assert outcome.reason == reason
    assert "raise it in the team's Limits, or write" in str(reason)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(max_usd=Decimal(1)), "max_usd=1 (spent 1.0, the next call may cost 0)"),
        (
            Budget(max_usd=Decimal(1), worst_case_usd=lambda effect: Decimal("0.6")),
            "max_usd=1 (spent 0.5, the next",
        ),
        (Budget(max_tokens=40), "max_tokens=40 (spent 30, the next call may need 1"),
        (Budget(max_model_calls=2), "max_model_calls=2"),
        (Budget(max_effects=0), "max_effects=0"),
    ],
)
def test_a_budget_ends_the_run_out_of_any_policys_reach(budget: Budget, words: str) -> None:
    outcome = run(swallows, budget=budget)

    assert isinstance(outcome.reason, BudgetExceeded)
    assert outcome.reason.budget.startswith(words)
    assert str(outcome.reason).endswith("does not allow CallModel")
    assert not any("caught" in message.text for message in outcome.transcript)


def test_effects_under_way_count_against_a_budget_at_their_worst() -> None:
    def several(view: View, /) -> Steps[Decision, AnyEffect]:
        yield from each([CallModel(view.transcript, view.me) for _ in range(3)])
        return Reply("fine")

    dear = Budget(max_usd=Decimal("1.5"), worst_case_usd=lambda effect: Decimal("0.7"))
    assert isinstance(run(several, budget=dear).reason, BudgetExceeded)
    assert run(several, budget=evolve(dear, max_usd=Decimal("2.1")), limits=Limits(max_decisions=1)).ok


def test_silence() -> None:
    outcome = run(silent, silent, silent)

    assert outcome.reason == Silence()
    assert str(outcome.reason).startswith("silence: everyone")
    assert len([entry for entry in outcome.log if entry.entry == "passed"]) == 2, "the opener has just spoken"


def test_a_policy_stops() -> None:
    assert str(run(quits).reason) == "stopped by g0: I am done"


def test_a_selector_names_nobody() -> None:
    def nobody(view: SharedView, /) -> None:
        return None

    outcome = WORLD.run_sync(group(agent("a", talks)).selected_by(nobody), "hi")

    assert outcome.reason == PolicyStopped("", "it named nobody to speak next")
    assert str(outcome.reason) == "stopped by the selector: it named nobody to speak next"


def test_a_human_leaves_and_no_policy_can_hold_them() -> None:
    outcome = run(asks_human)

    assert outcome.reason == HumanLeft("g0")
    assert str(outcome.reason) == "the human behind 'g0' left"


def test_a_human_leaves_a_nested_conversation_and_ends_the_whole_run() -> None:
    def asks_others(view: View, /) -> Steps[Decision, AnyEffect]:
        yield from attempt(converse(group(agent("inner", asks_human)), "so?"))
        return Reply("went on")

    assert run(asks_others).reason == HumanLeft("inner")


def test_an_effect_fails() -> None:
    outcome = run(fails)

    assert outcome.reason == EffectFailure("g0", Failed("boom", "it failed", {"of": "Ask"}))
    assert str(outcome.reason) == "failure in the turn of g0: boom: it failed"
    assert not outcome.ok


def test_an_effect_of_the_selector_fails() -> None:
    def chooses(view: SharedView, /) -> Steps[str, AnyEffect]:
        yield from Ask("fail", view.transcript)
        return "a"

    outcome = WORLD.run_sync(group(agent("a", talks)).selected_by(chooses), "hi")

    assert str(outcome.reason) == "failure in the turn of the selector: boom: it failed"


def test_somebody_cancels() -> None:
    control = Control()
    control.cancel("tea time")

    assert str(run(calls, control=control).reason) == "cancelled: tea time"
    assert str(Cancelled()) == "cancelled"


def test_a_nested_conversation_ends_within_its_own_limits_and_the_outer_goes_on() -> None:
    inner: Team[AnyEffect] = group(agent("x", talks), limits=Limits(max_decisions=2))

    def asks_others(view: View, /) -> Steps[Decision, AnyEffect]:
        ended = yield from converse(inner, "so?")
        assert isinstance(ended, Ended)
        return Reply(f"{len(ended.transcript)} {ended.reason}")

    outcome = run(asks_others, limits=Limits(max_decisions=1))

    assert outcome.summary.startswith("3 limit: max_decisions=2 was reached")


def test_an_unlimited_nested_conversation_ends_within_the_outer_limits() -> None:
    endless: Team[AnyEffect] = group(agent("x", calls), limits=UNLIMITED)

    def asks_others(view: View, /) -> Steps[Decision, AnyEffect]:
        yield from converse(endless, "so?")
        return Reply("went on")

    outcome = run(asks_others, limits=Limits(max_model_calls=7))

    assert outcome.reason == EffectLimit("max_model_calls", 7, "CallModel")


NONE: Limit = Unlimited
UNLIMITED = Limits(NONE, NONE, NONE, NONE, NONE, NONE, NONE)


def test_repeats_are_counted_in_a_row() -> None:
    def alternates(view: View, /) -> Steps[Decision, AnyEffect]:
        for number in range(6):
            yield from RunCode((CodeBlock("python", str(number % 2)),))
            yield from Ask("a", view.transcript)
        return Reply("fine")

    assert run(alternates, limits=Limits(max_repeats=1, max_decisions=1)).summary == "fine"
    assert CallTool("t", "{}", "1").likeness() == CallTool("t", "{}", "2").likeness()
