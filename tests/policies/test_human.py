from __future__ import annotations

import pickle
from typing import Literal

import pytest

from tests.policies.driving import Run, decided, message, run, scripted, turns, view_of
from typedagents.core.decision import Decision, Pass, Reply, Stop
from typedagents.core.errors import ConfigError, PolicyError
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.limits import Unlimited
from typedagents.core.stop import DecisionLimit, HumanLeft, RuleFired
from typedagents.core.team import Agent, group
from typedagents.core.view import View
from typedagents.policies import human
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.policies.human import ALWAYS, ASKING, NEVER, TERMINATE, HumanInput, Situation, human_reply
from typedagents.policies.rules.said import ends_with

DONE = ends_with("done")
BY_RULE = Stop(RuleFired("the last message ends with 'done'"))
BY_LIMIT = Stop(DecisionLimit("max_auto_replies", 1, "me"))
TEXT = Reply("mine", origin="human")
NOT_ASKED = "not asked"

Limits = Literal["within", "reached"]
Kind = Literal["ordinary", "terminal"]

# mode, limit, last message -> what an answer, a skip lead to; the same words twice where nobody is asked.
TABLE: list[tuple[HumanInput, Limits, Kind, Decision | str, Decision]] = [
    ("never", "within", "ordinary", NOT_ASKED, Pass()),
    ("never", "within", "terminal", NOT_ASKED, BY_RULE),
    ("never", "reached", "ordinary", NOT_ASKED, BY_LIMIT),
    ("never", "reached", "terminal", NOT_ASKED, BY_RULE),
    ("terminate", "within", "ordinary", NOT_ASKED, Pass()),
    ("terminate", "within", "terminal", TEXT, BY_RULE),
    ("terminate", "reached", "ordinary", TEXT, Pass()),
    ("terminate", "reached", "terminal", TEXT, BY_RULE),
    ("always", "within", "ordinary", TEXT, Pass()),
    ("always", "within", "terminal", TEXT, BY_RULE),
    ("always", "reached", "ordinary", TEXT, Pass()),
    ("always", "reached", "terminal", TEXT, BY_RULE),
]


def test_the_table_is_whole() -> None:
    situations = {Situation(limit, kind) for _, limit, kind, _, _ in TABLE}

    assert len(TABLE) == 3 * len(situations) == 12
    assert set(NEVER) == set(TERMINATE) == set(ALWAYS) == situations
    assert set(ASKING) == {"terminate", "always"}


@pytest.mark.parametrize(("mode", "limit", "kind", "answered", "skipped"), TABLE)
def test_every_row_of_the_table(
    mode: HumanInput, limit: Limits, kind: Kind, answered: Decision | str, skipped: Decision
) -> None:
    policy = human_reply(mode, until=DONE, max_auto_replies=1)
    before = turns("me") if limit == "reached" else ()
    view = view_of(*before, message("you", "done" if kind == "terminal" else "go on"))
    if answered == NOT_ASKED:
        assert decided(policy, view) == (skipped, ())
        return
    for answer, expected in ((Typed("mine"), answered), (Skipped(), skipped), (Typed(" "), skipped)):
        decision, asked = decided(policy, view, scripted(answer))
        assert decision == expected
        assert [effect.kind for effect in asked] == ["AskHuman"]


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("go on", "Your reply to you as me; without one it answers by itself:"),
        ("done", "Your reply to you as me; without one the conversation ends:"),
    ],
)
def test_the_question_says_what_happens_without_an_answer(kind: str, question: str) -> None:
    _, asked = decided(human_reply(until=DONE), view_of(message("you", kind)), scripted(Skipped()))

    assert [effect.question for effect in asked if isinstance(effect, AskHuman)] == [question]


def test_who_opens_is_asked_without_a_partner() -> None:
    _, asked = decided(human_reply(), view_of(), scripted(Skipped()))

    assert asked == (AskHuman("Your reply as me; without one it answers by itself:", "me"),)


def talk(mode: HumanInput, limit: int, *answers: HumanAnswer) -> Run:
    me = Agent("me", first_of(human_reply(mode, max_auto_replies=limit), says("auto")))
    return run(group(Agent("you", says("x")), me), "hi", scripted(*answers))


def test_text_begins_the_count_anew() -> None:
    ended = talk("terminate", 1, Typed("mine"), Left())

    assert ended.reason == HumanLeft("me")
    assert len(ended.asked) == 2


def test_at_the_limit_it_asks_in_every_turn() -> None:
    assert len(talk("terminate", 1, Skipped(), Skipped(), Left()).asked) == 3


def test_at_a_limit_of_nought_a_skip_is_an_automatic_reply_and_no_empty_message() -> None:
    me = Agent("me", first_of(human_reply("terminate", max_auto_replies=0), says("auto")))
    ended = run(
        group(Agent("you", says("x")), me, opening="hi").stopping(ends_with("auto")),
        None,
        scripted(Skipped()),
    )

    assert ended.texts == ["hi", "auto"]


def test_a_human_who_leaves_ends_the_run() -> None:
    assert talk("always", 9, Left()).reason == HumanLeft("me")


def test_driven_by_hand_leaving_stops() -> None:
    steps = human_reply()(view_of())
    next(steps)
    with pytest.raises(StopIteration) as ended:
        steps.send(Left())
    assert ended.value.value == Stop("the human left")


def test_words_are_taken_as_they_were_typed() -> None:
    assert decided(human_reply(), view_of(), scripted(Typed(" Exit ")))[0] == Reply(" Exit ", origin="human")


def test_only_who_asked_may_speak_for_a_human() -> None:
    def pretends(view: View) -> Decision:
        return Reply("x", origin="human")

    with pytest.raises(PolicyError, match="asked none"):
        run(group(Agent("me", pretends)), None)


def test_an_unknown_mode_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigError, match="'ALWAYS'"):
        vars(human)["human_reply"]("ALWAYS")  # as one calls it who uses no type checker


@pytest.mark.parametrize(
    ("policy", "printed"),
    [
        (human_reply(), "human_reply('always')"),
        (human_reply("never", max_auto_replies=3), "human_reply('never', max_auto_replies=3)"),
        (human_reply("terminate", max_auto_replies=Unlimited), "human_reply('terminate')"),
        (human_reply(until=DONE), "human_reply('always', until=EndsWith(text='done'))"),
    ],
)
def test_they_print_compare_and_pickle(policy: object, printed: str) -> None:
    assert repr(policy) == printed
    assert pickle.loads(pickle.dumps(policy)) == policy
