from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import decided, scripted, view_of
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.effect import EffectFailed, Failed, Steps
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.human import AskHuman, Skipped, Typed
from typedagents.core.model import ModelReply
from typedagents.core.view import View
from typedagents.policies import guarding
from typedagents.policies.fixed import says
from typedagents.policies.guarding import fallback, guard
from typedagents.policies.model import model_reply

VIEW = view_of()


def shouts(view: View, decision: Decision) -> Decision:
    return Reply("LOUD") if isinstance(decision, Reply) else decision


def refuses(view: View, decision: Decision) -> Decision:
    return Stop(f"{view.me} said too much")


def forgets(view: View, decision: Decision) -> str:
    return "oh"


def lets_a_human_see(view: View, decision: Decision) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("may it say this?", view.me)
    return decision if isinstance(answer, Typed) else Pass()


def test_a_check_replaces_or_refuses() -> None:
    assert decided(guard(says("x"), shouts), VIEW)[0] == Reply("LOUD")
    assert decided(guard(says("x"), refuses), VIEW)[0] == Stop("me said too much")


def test_a_check_may_ask_the_world() -> None:
    policy = guard(model_reply(), lets_a_human_see)
    decision, asked = decided(policy, VIEW, scripted(ModelReply("m"), Skipped()))

    assert decision == Pass()
    assert [effect.kind for effect in asked] == ["CallModel", "AskHuman"]
    assert decided(policy, VIEW, scripted(ModelReply("m"), Typed("yes")))[0] == Reply("m", origin="model")


def test_a_check_that_returns_no_decision_is_named() -> None:
    forgetful = vars(guarding)["guard"](says("x"), forgets)  # a type checker refuses it

    with pytest.raises(PolicyError, match="forgets of 'me' returned the text 'oh'"):
        decided(forgetful, VIEW)


LIMITED = Failed("provider.rate_limit", "slow down")


@pytest.mark.parametrize(
    ("kinds", "failure", "caught"),
    [
        ("*", LIMITED, True),
        ("*", Failed("unknown", "crashed"), False),
        (("*", "unknown"), Failed("unknown", "crashed"), True),
        ("provider", LIMITED, True),
        ("provider.rate_limit", LIMITED, True),
        (["tool", "provider.auth"], LIMITED, False),
        ("prov", LIMITED, False),
    ],
)
def test_the_other_policy_decides_where_such_a_failure_happened(
    kinds: str | list[str], failure: Failed, *, caught: bool
) -> None:
    policy = fallback(model_reply(), says("instead"), kinds=kinds)
    if caught:
        assert decided(policy, VIEW, scripted(failure))[0] == Reply("instead")
    else:
        with pytest.raises(PolicyError) as raised:
            decided(policy, VIEW, scripted(failure))
        assert isinstance(raised.value.__cause__, EffectFailed)


def test_without_a_failure_the_other_is_not_asked() -> None:
    decision, asked = decided(fallback(model_reply(), model_reply("other")), VIEW, scripted(ModelReply("m")))

    assert decision == Reply("m", origin="model")
    assert len(asked) == 1


def test_no_kind_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one kind"):
        fallback(says("a"), says("b"), kinds=())


@pytest.mark.parametrize(
    ("policy", "printed"),
    [
        (guard(says("x"), shouts), "guard(says('x'), shouts)"),
        (fallback(says("x"), says("y")), "fallback(says('x'), says('y'))"),
        (fallback(says("x"), says("y"), kinds="tool"), "fallback(says('x'), says('y'), kinds=('tool',))"),
    ],
)
def test_they_print_compare_and_pickle(policy: object, printed: str) -> None:
    assert repr(policy) == printed
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_parts_hold_the_check_and_the_other() -> None:
    assert guard(says("x"), shouts).parts == (says("x"), shouts)
    assert fallback(says("x"), says("y")).parts == (says("x"), says("y"))
