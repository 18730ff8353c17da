"""Scripted worlds say their lines in order, remember what they were asked, and tell the story when they run out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from typedagents import World, assistant, chat, user_proxy
from typedagents.core.code import CodeResult, RunCode
from typedagents.core.errors import EffectError, HumanError, ProviderError
from typedagents.core.human import AskHuman, HumanAnswer, Left, Skipped, Typed
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, ModelReply, TextDelta
from typedagents.core.parts import Text
from typedagents.core.stop import EffectFailure, HumanLeft
from typedagents.interpreter.events import Event, Observed
from typedagents.interpreter.ports import with_executor, with_human, with_models
from typedagents.testing import (
    ScriptedModel,
    ScriptEnded,
    scripted_executor,
    scripted_human,
    scripted_model,
)

PAIR = chat(user_proxy("user", "never", code=None, default_reply="go on"), assistant("bot"))


def world(model: ScriptedModel, *events: list[Event]) -> World[CallModel]:
    return World(with_models(model), store=None, watchers=tuple(seen.append for seen in events))


def test_a_model_says_its_lines_in_order_and_remembers_what_it_was_asked() -> None:
    model = scripted_model(
        "one", ModelReply("two", finish="length"), lambda request: f"{len(request.transcript)} TERMINATE"
    )
    events: list[Event] = []

    outcome = world(model, events).run_sync(PAIR, "hi")

    assert [message.text for message in outcome.transcript] == [
        "hi",
        "one",
        "go on",
        "two",
        "go on",
        "5 TERMINATE",
    ]
    assert [request.transcript[-1].text for request in model.asked] == ["hi", "go on", "go on"]
    assert model.left == 0
    assert outcome.cost_usd is None, "the second reply does not say what it cost"
    deltas = [event.observation for event in events if isinstance(event, Observed)]
    assert deltas == [TextDelta("one"), TextDelta("two"), TextDelta("5 TERMINATE")]


def test_plain_text_costs_nothing_and_is_named() -> None:
    outcome = world(scripted_model("TERMINATE")).run_sync(PAIR, "hi")

    assert outcome.cost_usd == Decimal(0)
    assert outcome.bill.by_model[0].model == "scripted"


def test_a_model_that_is_asked_too_often_breaks_off_the_run_and_tells_the_story() -> None:
    model = scripted_model("one")

    with pytest.raises(ScriptEnded) as caught:
        world(model).run_sync(PAIR, "hi")

    assert str(caught.value) == (
        "scripted_model holds 1 answers and was asked 2 times:\n"
        "  1. bot was shown 1 messages, last user: 'hi' -> 'one'\n"
        "  2. bot was shown 3 messages, last user: 'go on' -> nothing left\n"
        "add an answer, or end the conversation sooner"
    )
    assert isinstance(caught.value, AssertionError)
    assert model.left == 0


def test_an_error_in_the_script_is_the_calls_failure() -> None:
    outcome = world(scripted_model(ProviderError("busy", kind="rate_limit"))).run_sync(PAIR, "hi")

    assert isinstance(outcome.reason, EffectFailure)
    assert outcome.reason.failure.kind == "provider.rate_limit"


def test_a_reply_without_words_shows_nothing() -> None:
    events: list[Event] = []
    world(scripted_model(ModelReply(()), ModelReply(())), events).run_sync(PAIR, "hi")

    assert not [event for event in events if isinstance(event, Observed)]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("yes", Typed("yes")),
        ("", Skipped()),
        (Left(), Left()),
        (lambda question: question.question, Typed("so?")),
    ],
)
def test_a_human_types_skips_or_leaves(line: str | HumanAnswer, answer: HumanAnswer) -> None:
    human = scripted_human(line)
    outcome = human.answer(AskHuman("so?", AgentName("me")), _NOBODY)

    assert outcome == answer
    assert [question.question for question in human.asked] == ["so?"]
    assert human.left == 0


class _Nobody:
    """A call that nobody watches."""

    id = run = agent = ""
    attempt = 1
    deadline_s = None

    def emit(self, observation: object, /) -> None:
        raise AssertionError(f"nobody was to be shown {observation!r}")


_NOBODY = _Nobody()


def test_a_human_takes_part_in_a_run() -> None:
    human = scripted_human("what?", HumanError("the line is dead"), Left())
    team = chat(user_proxy("user", code=None), assistant("bot"))
    handler = with_models(scripted_model("a", "b", "c")) | with_human(human)

    first = World(handler, store=None).run_sync(team, "hi")
    second = World(handler, store=None).run_sync(team, "hi")

    assert first.human_inputs == ("what?",)
    assert isinstance(first.reason, EffectFailure)
    assert isinstance(second.reason, HumanLeft)
    assert human.left == 0


def test_an_executor_prints_what_it_is_told_to() -> None:
    failing = CodeResult((), unenforced=("memory",))
    executor = scripted_executor("4\n", failing, EffectError("gone"))
    team = chat(user_proxy("user", "never"), assistant("bot"))
    code = "```python\nprint(4)\n```"
    handler = with_models(scripted_model(code, code, code)) | with_executor(executor)

    outcome = World(handler, store=None).run_sync(team, "hi")

    assert isinstance(outcome.reason, EffectFailure)
    assert outcome.transcript[2].text.startswith("exitcode: 0 (execution succeeded)\nCode output: 4")
    assert [request.blocks[0].code for request in executor.asked] == ["print(4)"] * 3
    assert executor.left == 0


def test_an_executor_that_runs_out_says_what_it_was_to_run() -> None:
    with pytest.raises(ScriptEnded, match=r"was to run nothing -> nothing left"):
        scripted_executor().run(RunCode(()), _NOBODY)


def test_long_lines_of_a_story_are_shortened() -> None:
    model = scripted_model(ModelReply((Text("x" * 500),)))
    with pytest.raises(ScriptEnded) as caught:
        world(model).run_sync(PAIR, "hi")

    assert max(map(len, str(caught.value).splitlines())) < 200
