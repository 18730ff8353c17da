from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import decided, message, run, scripted, turns, view_of
from typedagents.core.decision import Decision, Draft, Pass, Reply, Stop
from typedagents.core.effect import Failed
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.limits import Limits
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import Text, ToolCall
from typedagents.core.rule import NeverHolds
from typedagents.core.stop import EffectFailure, PolicyStopped
from typedagents.core.team import Agent, group
from typedagents.core.view import View
from typedagents.policies import guardrails
from typedagents.policies.fixed import passes, says
from typedagents.policies.guardrails import UNREADABLE, guard_received, guard_said, judged, matching
from typedagents.policies.handing.targets import asking, finish, stay, to
from typedagents.policies.model import model_reply
from typedagents.policies.regular import regular

CARDS = matching(r"\b\d{4}(-\d{4}){3}\b", "a card")
SECRET = "1234-1234-1234-1234"
BAD = view_of(*turns("you", text=f"mine is {SECRET}"), *turns("you", text="and?"))


def test_what_is_received_is_checked_before_the_policy_is_asked() -> None:
    guarded = guard_received(model_reply(), CARDS, to("you"))

    decision, asked = decided(guarded, BAD)
    assert decision == Reply("This goes no further: a card", hand_to="you")
    assert asked == ()


def test_all_that_is_new_to_the_agent_is_checked_and_nothing_else() -> None:
    guarded = guard_received(says("x"), CARDS, finish("no cards"))
    old = view_of(*turns("you", text=SECRET), *turns("me", "you"))

    assert decided(guarded, BAD)[0] == Stop("no cards: a card")
    assert decided(guarded, old)[0] == Reply("x")
    assert decided(guarded, view_of())[0] == Reply("x")


def test_what_is_said_is_checked_before_it_is_said() -> None:
    guarded = guard_said(says(f"take {SECRET}"), CARDS, stay(), "No: {why}.")

    assert decided(guarded, view_of())[0] == Reply("No: a card.", hand_to="me")
    assert decided(guard_said(says("fine"), CARDS, stay()), view_of())[0] == Reply("fine")
    assert decided(guard_said(passes, CARDS, stay()), view_of())[0] == Pass()


def test_every_message_of_a_reply_and_the_arguments_of_calls_are_checked() -> None:
    def calls(view: View) -> Decision:
        return Reply((Draft("fine"), Draft((ToolCall("1", "pay", f'{{"card":"{SECRET}"}}'),))))

    assert decided(guard_said(calls, CARDS, finish()), view_of())[0] == Stop(
        "there is nothing left to do: a card"
    )


def test_another_team_may_say_what_to_do_about_it() -> None:
    adviser = group(Agent("adviser", says("use a voucher")), limits=Limits(max_messages=2), name="advice")
    guarded = guard_received(says("x"), CARDS, asking(adviser))

    decision, _ = decided(guarded, BAD, lambda effect: 0.0)

    assert decision == Reply("This goes no further: a card\nuse a voucher", hand_to="me")


def test_where_the_target_does_not_apply_nothing_goes_on() -> None:
    guarded = guard_received(says("x"), CARDS, to("you").when(NeverHolds()))

    assert decided(guarded, BAD)[0] == Stop("a card, and to('you').when(never) does not apply")


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        ('{"violated": false, "why": ""}', Reply("m", origin="model")),
        ('```json\n{"violated": true, "why": "rude"}\n```', Stop("enough: rude")),
        ('{"violated": true}', Stop("enough: of it is true: It is rude.")),
        ("it is fine", Stop(f"enough: {UNREADABLE}")),
        ('{"violated": "perhaps"}', Stop(f"enough: {UNREADABLE}")),
    ],
)
def test_a_model_may_judge_and_what_cannot_be_read_does_not_pass(answer: str, decision: Decision) -> None:
    guarded = guard_said(model_reply(), judged("It is rude.", "small"), finish("enough"))

    came, asked = decided(
        guarded, view_of(message("you", "hi")), scripted(ModelReply("m"), ModelReply(answer))
    )

    assert came == decision
    judge = asked[1]
    assert isinstance(judge, CallModel)
    assert (judge.model, [one.text for one in judge.transcript]) == ("small", ["m"])
    assert judge.instructions is not None
    assert "It is rude." in judge.instructions.text


def test_a_judge_that_cannot_be_asked_fails_as_any_model() -> None:
    failure = Failed("provider.auth", "no key")
    guarded = guard_said(model_reply(), judged("It is rude."), finish("enough"))

    ended = run(group(Agent("a", guarded)), "hi", scripted(ModelReply("m"), failure))

    assert isinstance(ended.reason, EffectFailure)
    assert ended.reason.failure == failure


def test_an_inspection_that_answers_no_text_is_named() -> None:
    def forgets(text: str) -> None:
        return None

    guarded = vars(guardrails)["guard_said"](says("x"), forgets, finish())  # type checkers refuse it

    with pytest.raises(PolicyError, match=r"the inspection .*forgets must say .* it returned None"):
        decided(guarded, view_of())


def test_a_guard_redirects_within_a_group() -> None:
    careless = Agent("careless", guard_said(says(SECRET), CARDS, to("safe")))
    safe = Agent("safe", guard_received(says("x"), matching("further"), finish("told")))

    ran = run(group(safe, careless), "go")

    assert ran.texts == ["go", "This goes no further: a card"]
    assert ran.reason == PolicyStopped("safe", "told: it matches 'further'")


def test_a_stranger_as_target_is_refused_when_the_team_is_built() -> None:
    with pytest.raises(ConfigError, match=r"names 'ghost', not in the team; it has: 'a'$"):
        group(Agent("a", guard_said(says("x"), CARDS, to("ghost"))))


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("(", "is no regular expression"),
        ("(a+)+", "may take exponential time: \\+ repeats"),
        ("((a*)b)*", "may take exponential"),
        ("(a|ab)*c", "may take exponential"),
        ("(?:a?){50}", "may take exponential"),
        ("(x{2,}y)*", "may take exponential"),
        (r"(a)\1", "refers back"),
        ("(?P<n>a)(?P=n)", "refers back"),
        ("(?x)a # (", "without comments"),
        ("a(?#()", "without comments"),
    ],
)
def test_patterns_that_could_run_for_ever_are_refused(pattern: str, error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        matching(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\b\d{4}(-?\d{4}){3}\b", SECRET),
        ("(ab)+", "abab"),
        ("(?:a+b)?c", "c"),
        ("[(+)]+", "+(+"),
        (r"\(a+\)+", "(aa)"),
        ("[]+]*[^]]+", "x"),
        (r"[\]+]+(x)*", "]"),
        ("foo|bar", "bar"),
        ("(https?://[^ ]+)", "http://x"),
    ],
)
def test_ordinary_patterns_are_taken(pattern: str, text: str) -> None:
    assert regular(pattern).search(text)


@pytest.mark.parametrize(
    ("policy", "printed"),
    [
        (
            guard_received(says("x"), CARDS, to("b")),
            f"guard_received(says('x'), matching({CARDS.pattern!r}, 'a card'), to('b'))",
        ),
        (
            guard_said(says("x"), judged("Rude."), stay(), "no"),
            "guard_said(says('x'), judged('Rude.'), stay(), message='no')",
        ),
    ],
)
def test_they_print_compare_and_pickle(policy: object, printed: str) -> None:
    assert repr(policy) == printed
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_a_judge_needs_a_rule() -> None:
    with pytest.raises(ConfigError, match="needs words"):
        judged("  ")


def test_text_parts_are_what_is_shown() -> None:
    assert CARDS(Text(SECRET).text) == "a card"
