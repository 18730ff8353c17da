"""Policies and selectors that are shown other messages; what they tell of it, and what it costs."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.policies.driving import decided, log_of, message, run, turns, view_of
from tests.policies.transforms.exchanges import call, result, said, seeing, texts
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Steps
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.human import AskHuman, Typed
from typedagents.core.limits import Limits
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.performs import performs_of
from typedagents.core.stop import RuleFired
from typedagents.core.team import Agent, group
from typedagents.core.view import SharedView, View
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.rules.said import ends_with, message_count, spoke
from typedagents.policies.transforms.cut import Cut
from typedagents.policies.transforms.dropping import without
from typedagents.policies.transforms.newest import last, token_limit
from typedagents.policies.transforms.rewriting import name_prefixes
from typedagents.policies.transforms.shortening import message_limit
from typedagents.policies.transforms.summing import summarised
from typedagents.policies.transforms.transform import Shown
from typedagents.policies.transforms.transformed import transformed


def reads(view: View) -> Decision:
    return Reply(", ".join(message.text for message in view.transcript))


def texts_told(events: list[Event]) -> list[str]:
    return [str(event.observation) for event in events if isinstance(event, Observed)]


# --- what is shown ----------------------------------------------------------------------------------------------


def test_a_policy_is_shown_what_is_left_and_the_log_is_what_it_was() -> None:
    def looks(view: View) -> Decision:
        assert len(view.log.transcript) == 3
        return reads(view)

    view = view_of(*turns("a", "b", "c"))
    assert decided(transformed(looks, last(2), name_prefixes("{name} ")), view) == (Reply("b x, c x"), ())


def test_rules_limits_and_the_log_go_by_all_that_was_said() -> None:
    shy = Agent("a", transformed(reads, last(1)))
    outcome = run(group(shy, Agent("b", says("b")), until=message_count(5)), "start")

    assert outcome.texts == ["start", "b", "b", "b", "b"]
    assert outcome.reason == RuleFired("5 messages were said")


def test_a_selector_is_shown_what_is_left() -> None:
    def least(view: SharedView) -> str:
        seen.append(len(view.transcript))
        return "a"

    seen: list[int] = []
    team = group(Agent("a", says("x")), until=message_count(4)).selected_by(transformed(least, last(2)))

    assert run(team, "hi").texts == ["hi", "x", "x", "x"]
    assert seen == [1, 2, 2]


def test_a_selector_that_asks_is_shown_what_is_left() -> None:
    def picks(view: SharedView) -> Steps[str | None, CallModel]:
        return (yield from CallModel(view.transcript, "picker")).text or None

    team = group(Agent("a", says("x"))).selected_by(transformed(picks, last(2)))
    outcome = run(team, "hi", lambda effect: ModelReply("" if len(asked_for(effect)) > 1 else "a"))

    assert [len(asked_for(effect)) for effect in outcome.asked] == [1, 2]
    assert str(outcome.reason) == "stopped by the selector: it named nobody to speak next"


def asked_for(effect: AnyEffect) -> Transcript:
    assert isinstance(effect, CallModel)
    return effect.transcript


# --- any function -----------------------------------------------------------------------------------------------


def test_a_function_of_the_view_is_a_transform_and_what_it_tears_is_mended() -> None:
    def without_calls(view: View) -> Transcript:
        return Transcript([one for one in view.transcript if one.sender != view.me])

    def without_results(view: SharedView) -> Transcript:
        return Transcript([one for one in view.transcript if one.sender != "tom"])

    work = (said("me", "well", call("1")), said("tom", result("1", "one")), said("you", "ah"))
    waiting = said("me", "and", call("1"))
    assert texts(without_calls, *work) == ["ah"]
    assert texts(without_results, *work) == ["well", "ah"]
    assert texts(without_results, *work, waiting) == ["well", "ah", "and"]
    assert texts(without_results, said("me", call("1")), *work[1:]) == ["ah"]


def test_what_a_function_leaves_alone_is_left_as_it_was() -> None:
    def everything(view: SharedView) -> Transcript:
        return Transcript(view.transcript)

    stray = said("tom", result("9", "nobody asked"))
    assert texts(everything, stray, said("me", "x")) == ["nobody asked", "x"]


def test_a_function_may_ask_the_world() -> None:
    def what_they_like(view: SharedView) -> Steps[Transcript, AskHuman]:
        answer = yield from AskHuman("which?", "you")
        return Transcript(
            [one for one in view.transcript if isinstance(answer, Typed) and answer.text in one.text]
        )

    policy = transformed(reads, what_they_like)
    view = seeing(said("me", "apples"), said("you", "pears"))

    assert decided(policy, view, lambda effect: Typed("pear"))[0] == Reply("pears")
    assert performs_of(transformed(model_reply(), what_they_like)) == frozenset((CallModel, AskHuman))


def test_notes_of_a_transform_are_kept_whatever_is_decided() -> None:
    def notes(view: SharedView) -> Shown:
        return Shown(view.transcript, ("seen",))

    def writes(view: View) -> Decision:
        return Reply("x", notes=("own",))

    def silent(view: View) -> Decision:
        return Pass()

    def stops(view: View) -> Decision:
        return Stop("enough")

    view = view_of()
    assert decided(transformed(writes, notes), view)[0] == Reply("x", notes=("seen", "own"))
    assert decided(transformed(silent, notes), view)[0] == Reply("", notes=("seen",))
    assert decided(transformed(stops, notes), view)[0] == Stop("enough")
    passed = first_of(transformed(silent, notes), transformed(silent, notes), says("x"))
    assert decided(passed, view)[0] == Reply("x", notes=("seen", "seen"))
    assert decided(first_of(transformed(silent, notes)), view)[0] == Reply("", notes=("seen",))
    log = run(group(Agent("a", transformed(silent, notes)))).messages
    assert log == ()


# --- bad plans --------------------------------------------------------------------------------------------------


def test_bad_plans_are_refused_when_they_are_made() -> None:
    with pytest.raises(ConfigError, match=r"nothing transforms what reads is shown; give at least one"):
        transformed(reads)
    with pytest.raises(
        ConfigError, match=r"summarised\(over=4, keep=2\) comes after last\(3\).*put it first"
    ):
        transformed(reads, last(3), name_prefixes(), summarised(over=4, keep=2))


def test_a_summary_needs_an_agent_to_note_it() -> None:
    def first(view: SharedView) -> str:
        return "a"

    keeps = transformed(first, summarised(over=4, keep=2))  # type: ignore[arg-type]  # what checkers refuse
    team = group(Agent("a", says("x"))).selected_by(keeps)  # type: ignore[arg-type]  # the same
    with pytest.raises(ConfigError, match=r"summarised\(over=4, keep=2\) keeps notes, and a selector cannot"):
        run(team)


async def later(view: SharedView) -> Transcript:
    return view.transcript


def test_what_is_no_transcript_is_refused_by_name() -> None:
    def newest(view: SharedView) -> list[Message]:
        return list(view.transcript)[-2:]

    with pytest.raises(
        PolicyError, match=r"the transform .*newest must return a Transcript; it returned \[\]"
    ):
        decided(transformed(reads, newest), view_of())  # type: ignore[arg-type]  # what checkers refuse
    with pytest.raises(PolicyError, match=r"the transform later is async; policies and selectors are pure"):
        decided(transformed(reads, later), view_of())  # type: ignore[arg-type]  # what checkers refuse


def text(view: View) -> str:
    return "x"


def test_what_is_no_decision_is_refused_as_without_transforms() -> None:
    with pytest.raises(
        PolicyError, match=r"the policy transformed\(text, last\(2\)\) of 'a' returned the text 'x'"
    ):
        run(group(Agent("a", transformed(text, last(2)))))  # type: ignore[arg-type]  # what checkers refuse


def test_it_prints_as_it_was_written() -> None:
    policy = transformed(
        model_reply("m"), without(spoke("b") & ~ends_with("!")), last(3, first=1), message_limit(9)
    )

    assert repr(policy) == (
        "transformed(model_reply(model='m'), without((b spoke and not the last message ends with '!')), "
        "last(3, first=1), message_limit(9))"
    )


# --- what is told -----------------------------------------------------------------------------------------------


def test_what_was_cut_is_told_to_watchers_live_and_replayed_and_is_not_in_the_trace() -> None:
    seen: list[Event] = []
    a = Agent("a", transformed(model_reply(), name_prefixes("{name}: "), last(2, first=1), message_limit(5)))
    team = group(a, Agent("b", says("x" * 40)), limits=Limits(max_decisions=3))
    store = TraceMemory()
    world = World(CallModel.by(lambda effect: ModelReply("fine")), store, watchers=(seen.append,))
    outcome = world.run_sync(team.selected_by(transformed(who, last(1))), "hi", name="r")
    live = texts_told(seen)
    assert world.replay(team.selected_by(transformed(who, last(1))), "r") == outcome

    assert live == [
        "the selector is shown 1 of 2 messages, 5 of 9 tokens: last(1)",
        "the selector is shown 1 of 3 messages, 14 of 23 tokens: last(1)",
        "a is shown 2 of 3 messages, 19 of 24 tokens: last(2, first=1)",
        "a is shown 2 of 2 messages, 10 of 19 tokens: message_limit(5)",
    ]
    assert texts_told(seen) == live * 2
    assert b"is shown" not in bytes(store.traces["r"])
    told = [event.observation for event in seen if isinstance(event, Observed)]
    assert told[2] == Cut("a", "last(2, first=1)", 3, 2, 24, 19)


def who(view: SharedView) -> str:
    return "a" if view.turn % 2 == 0 else "b"


def test_nothing_is_told_where_nothing_was_cut() -> None:
    seen: list[Event] = []
    team = group(Agent("a", transformed(says("x"), last(9), name_prefixes())), limits=Limits(max_decisions=3))
    World(CallModel.by(lambda effect: ModelReply("")), None, watchers=(seen.append,)).run_sync(team, "hi")

    assert texts_told(seen) == []


# --- costs ------------------------------------------------------------------------------------------------------

COUNTED: Counter[str] = Counter()


def counted(message: Message) -> int:
    COUNTED[message.text] += 1
    return 1


def noticed(message: Message) -> bool:
    COUNTED["noticed"] += 1
    return message.sender == "nobody"


@pytest.mark.parametrize("turns_taken", [50, 400])
def test_a_turn_costs_what_is_shown_however_long_the_conversation_is(turns_taken: int) -> None:
    COUNTED.clear()
    policy = transformed(says("x"), without(noticed), token_limit(5, counted))
    team = group(Agent("a", policy), Agent("b", policy), limits=Limits(max_decisions=turns_taken))
    run(team, "hi")

    assert COUNTED["noticed"] == turns_taken, "each message is looked at once, for both agents"
    assert COUNTED["x"] <= turns_taken * 6, "once in the conversation, and once more for each that is shown"


def test_on_a_branch_only_what_is_new_is_looked_at() -> None:
    COUNTED.clear()
    log = log_of(*turns(*["a"] * 100))
    looks = without(noticed)

    def see(log: Log) -> Transcript:
        return looks(SharedView(log, view_of().roster, "test"))

    assert len(see(log)) == 100
    for _ in range(5):
        assert len(see(log.fork().append(message("b", "y")))) == 101
    assert COUNTED["noticed"] == 105


def test_every_effect_that_may_be_asked_for_is_known() -> None:
    assert performs_of(transformed(human_reply(), summarised(over=4, keep=2))) == frozenset(
        (AskHuman, CallModel)
    )
    assert performs_of(transformed(model_reply(), last(2))) == frozenset((CallModel,))
