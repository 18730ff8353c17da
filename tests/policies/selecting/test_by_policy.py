"""Who speaks next, as a policy decides."""

from __future__ import annotations

import pickle

import pytest

from tests.policies.driving import scripted
from tests.policies.selecting.groups import ended, group_named, notes, spoke
from typedagents.core.decision import Pass, Reply, Stop
from typedagents.core.effect import E
from typedagents.core.human import Typed
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.performs import performs_of
from typedagents.core.stop import PolicyStopped
from typedagents.core.turn import Ended
from typedagents.core.view import Policy, View
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import passes, says
from typedagents.policies.human import human_reply
from typedagents.policies.model import model_reply
from typedagents.policies.selecting.by_policy import by_policy
from typedagents.policies.selecting.candidates import EVERYONE, Candidates, not_last
from typedagents.policies.selecting.transitions import transitions
from typedagents.policies.selecting.within import within

FAILED = "chair did not name just one of a, b, c; the next in order speaks"


def going(policy: Policy[E], *answers: object, among: Candidates = EVERYONE) -> Ended:
    team = group_named("a", "b", "c", messages=2).selected_by(by_policy(policy, among=among))
    return ended(team, "Begin.", scripted(*answers))


@pytest.mark.parametrize(
    ("policy", "who", "noted"),
    [
        (says("Let c go on."), "c", []),
        (says('{"speaker": "c"}'), "c", []),
        (lambda view: Reply("a, please", hand_to="c"), "c", []),
        (lambda view: Reply("", hand_to="c"), "c", []),
        (lambda view: Reply("c", hand_to="zoe"), "b", [FAILED]),
        (says("a or c"), "b", [FAILED]),
        (says("Whoever likes."), "b", [FAILED]),
        (passes, "b", [FAILED]),
    ],
)
def test_a_policy_chooses_whom_it_hands_to_or_names(policy: Policy, who: str, noted: list[str]) -> None:
    came = going(policy)

    assert (spoke(came), notes(came)) == (who, noted)
    assert [message.text for message in came.transcript] == ["Begin.", who]


def test_a_policy_that_stops_ends_the_conversation() -> None:
    assert going(lambda view: Stop("enough")).reason == PolicyStopped("", "enough")


def test_a_policy_may_ask_whomever_its_type_says() -> None:
    policy = first_of(human_reply(), model_reply())
    selector = by_policy(policy, me="boss")

    assert spoke(going(policy, Typed("c"))) == "c"
    assert spoke(going(policy, Typed(""), ModelReply("a"))) == "a"
    assert performs_of(selector) == performs_of(policy)
    assert CallModel in (performs_of(selector) or ())


def test_a_policy_is_shown_what_the_selector_is_shown() -> None:
    seen: list[tuple[str, list[str], list[str]]] = []

    def looks(view: View) -> Pass:
        seen.append((view.me, list(view.roster), [message.text for message in view.transcript]))
        return Pass()

    going(looks, among=not_last())
    by = by_policy(looks, me="boss")
    going(lambda view: by.policy(view.showing(view.transcript.prefix(0))))

    assert seen == [("chair", ["a", "b", "c"], ["Begin."]), ("chair", ["a", "b", "c"], [])]


def test_one_candidate_is_not_asked_about() -> None:
    assert spoke(going(passes, among=transitions(allowed={"a": ["c"], "b": ["a"], "c": []}))) == "c"
    assert str(going(says("c"), among=within({"c": 0}, then="stop")).reason).startswith("limit")


def test_it_prints_as_it_was_written_and_pickles() -> None:
    assert repr(by_policy(passes)) == "by_policy(passes)"
    selector = by_policy(says("a"), among=not_last(), me="boss")
    assert repr(selector) == "by_policy(says('a'), among=not_last(), me='boss')"
    assert pickle.loads(pickle.dumps(selector)) == selector
