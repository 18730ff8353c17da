from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import decided, message, scripted, view_of
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import AnyEffect, Steps
from typedagents.core.human import AskHuman, Skipped, Typed
from typedagents.core.rule import AlwaysHolds, NeverHolds
from typedagents.core.view import Policy, View
from typedagents.policies.combinators import Condition, FirstOf, When, first_of, passes_on, unless, when
from typedagents.policies.fixed import Passing, passes, says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.rules.said import ends_with, mentions, message_count, spoke

SCORE: Variable[int] = Variable("score", int)
VIEW = view_of(message("you", "hello"))


def silent(view: View) -> Decision:
    return Pass()


def empty(view: View) -> Decision:
    return Reply("  ")


def stops(view: View) -> Decision:
    return Stop("enough")


def asks(view: View) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("?", view.me)
    return Reply(answer.text) if isinstance(answer, Typed) else Pass()


def early(view: View) -> bool:
    return len(view.log) < 10


def late(view: View) -> bool:
    return not early(view)


def notes(view: View) -> Decision:
    return Reply("", notes=("noted",))


def notes_and_says(view: View) -> Decision:
    return Reply("said", notes=("said",))


LEAVES: list[Policy[AnyEffect]] = [
    passes,
    silent,
    empty,
    stops,
    asks,
    notes,
    notes_and_says,
    says("one"),
    says("two"),
]
CONDITIONS: list[Condition] = [
    early,
    late,
    AlwaysHolds(),
    NeverHolds(),
    mentions("hello"),
    spoke("me"),
    message_count(2),
]
leaves = st.sampled_from(LEAVES)
conditions = st.sampled_from(CONDITIONS)
policies = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda some: first_of(*some)), st.builds(when, conditions, inner)
    ),
    max_leaves=8,
)


def human(effect: AnyEffect) -> object:
    return Skipped()


def outcome(policy: Policy[AnyEffect]) -> tuple[bool, object, int]:
    decision, asked = decided(policy, VIEW, human)
    held = decision.notes if isinstance(decision, Reply) else ()
    return passes_on(decision), held if passes_on(decision) else decision, len(asked)


# --- first_of ---------------------------------------------------------------------------------------------------


@given(policies, policies, policies)
def test_first_of_is_associative(a: Policy[AnyEffect], b: Policy[AnyEffect], c: Policy[AnyEffect]) -> None:
    left, right, flat = first_of(first_of(a, b), c), first_of(a, first_of(b, c)), first_of(a, b, c)
    nested: tuple[Policy[AnyEffect], ...] = (FirstOf((a, b)), c)

    assert left == right == flat
    assert outcome(left) == outcome(right) == outcome(FirstOf(nested))


@given(policies)
def test_passing_is_the_unit_of_first_of(policy: Policy[AnyEffect]) -> None:
    assert first_of(policy, passes) == first_of(passes, policy) == first_of(policy)
    assert outcome(first_of(silent, policy)) == outcome(policy) == outcome(first_of(policy, silent))


def test_the_first_that_does_not_pass_decides_and_the_rest_is_not_asked() -> None:
    assert decided(first_of(silent, says("one"), asks), VIEW) == (Reply("one"), ())
    assert decided(first_of(silent, stops, asks), VIEW) == (Stop("enough"), ())


def test_effects_of_a_policy_that_passed_were_asked_for() -> None:
    decision, asked = decided(first_of(asks, says("one")), VIEW, scripted(Skipped()))

    assert decision == Reply("one")
    assert [effect.kind for effect in asked] == ["AskHuman"]


def test_notes_of_those_who_passed_are_kept_by_whoever_decides() -> None:
    noted = first_of(notes, silent, notes, notes_and_says, stops)

    assert decided(noted, VIEW) == (Reply("said", notes=("noted", "noted", "said")), ())
    assert decided(first_of(notes, silent), VIEW) == (Reply("", notes=("noted",)), ())
    assert decided(first_of(notes, stops), VIEW) == (Stop("enough"), ())


def test_nothing_to_choose_from_passes() -> None:
    assert decided(first_of(), VIEW) == (Pass(), ())
    assert decided(first_of(empty, silent), VIEW) == (Pass(), ())


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Pass(), True),
        (Reply(""), True),
        (Reply("x"), False),
        (Reply("", changes=(SCORE.to(1),)), False),
        (Reply("", notes=("n",)), True),
        (Reply("", changes=(SCORE.to(1),), notes=("n",)), False),
        (Reply("", hand_to="you"), False),
        (Stop("x"), False),
    ],
)
def test_only_what_holds_nothing_for_others_passes_on(decision: Decision, *, expected: bool) -> None:
    assert passes_on(decision) is expected


# --- when, unless -----------------------------------------------------------------------------------------------


@given(conditions, conditions, policies)
def test_nested_when_fuses(a: Condition, b: Condition, policy: Policy[AnyEffect]) -> None:
    fused = when(a, when(b, policy))

    assert isinstance(fused, When)
    assert not isinstance(fused.policy, When)
    assert outcome(fused) == outcome(When((a,), When((b,), policy)))


@given(conditions, policies)
def test_unless_is_when_not(condition: Condition, policy: Policy[AnyEffect]) -> None:
    one, other = outcome(when(condition, policy)), outcome(unless(condition, policy))

    assert outcome(passes) in (one, other)
    assert outcome(policy) in (one, other)


def test_rules_joined_by_and_are_the_same_as_nested_when() -> None:
    a, b, c = mentions("x"), spoke("you"), ends_with("y")

    assert when(a & b & c, asks) == when(a, when(b, when(c, asks))) == when(a & (b & c), asks)


def test_the_condition_is_looked_at_first() -> None:
    assert decided(when(late, asks), VIEW) == (Pass(), ())
    assert decided(unless(mentions("hello"), asks), VIEW) == (Pass(), ())
    assert decided(when(mentions("hello"), says("hi")), VIEW)[0] == Reply("hi")


# --- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "printed"),
    [
        (passes, "passes"),
        (says("hi"), "says('hi')"),
        (says("x" * 99), f"says('{'x' * 57}...')"),
        (first_of(), "first_of()"),
        (first_of(asks, says("hi")), "first_of(asks, says('hi'))"),
        (when(early, asks), "when(early, asks)"),
        (when(early, when(mentions("x"), asks)), "when(early and the last message mentions 'x', asks)"),
        (unless(early, asks), "when(not early, asks)"),
        (unless(mentions("x"), asks), "when(not the last message mentions 'x', asks)"),
        (
            first_of(human_reply(), model_reply("gpt")),
            "first_of(human_reply('always'), model_reply(model='gpt'))",
        ),
    ],
)
def test_a_policy_prints_as_it_was_written_compares_and_pickles(
    policy: Policy[AnyEffect], printed: str
) -> None:
    assert repr(policy) == printed
    copy: object = pickle.loads(pickle.dumps(policy))
    assert copy == policy
    assert hash(copy) == hash(policy)


def test_parts_are_what_a_policy_is_made_of() -> None:
    assert first_of(asks, stops).parts == (asks, stops)
    assert when(early, asks).parts == (asks,)
    assert Passing() == passes
