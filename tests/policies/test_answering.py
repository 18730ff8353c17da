"""Typed answers: what fits is said as data, what does not is told why and asked again, and in the end fails whole."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from attrs import frozen

from tests.policies.driving import decided, driven, message, scripted, view_of
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import AnyEffect, EffectFailed, Failed, Steps
from typedagents.core.errors import ConfigError
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel, Finish, ModelReply, OutputSpec, ToolSpec
from typedagents.core.parts import Data, Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from typedagents.core.view import View
from typedagents.policies.answering import AnswerRefused, TypedAnswer, typed_answer
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.fixed import says
from typedagents.policies.guarding import fallback
from typedagents.policies.model import model_reply
from typedagents.tools import tool, toolset


@frozen
class Person:
    name: str
    age: int


VIEW = view_of(message("you", "who?"))
ADA = '{"name":"Ada","age":36}'
YOUNG = '{"name":"Ada","age":"young"}'
PROBLEM = '$.age: expected a whole number; found the text "young"'


def calls(asked: Sequence[AnyEffect]) -> list[CallModel]:
    return [one for one in asked if isinstance(one, CallModel)]


def failure_of(program: Steps[object, CallModel], *answers: ModelReply) -> tuple[str, str, dict[str, str]]:
    def caught() -> Steps[Failed | None, CallModel]:
        try:
            yield from program
        except EffectFailed as error:
            return error.failure
        return None

    machine, _ = driven(caught(), scripted(*answers))
    failed = machine.ended.value if machine.ended else None
    assert isinstance(failed, Failed)
    return failed.kind, failed.text, dict(failed.facts)


def ask(repairs: int = 2) -> Steps[TypedAnswer[Person], CallModel]:
    return typed_answer(CallModel(VIEW.transcript, AgentName("me")), Person, repairs=repairs)


def test_an_answer_is_said_as_data_and_the_model_is_told_the_schema() -> None:
    thought = Reasoning("hm")
    decision, asked = decided(
        model_reply("m", "brief", output=Person),
        VIEW,
        scripted(ModelReply([thought, Text("It is"), Text(ADA)])),
    )

    assert decision == Reply((thought, Data(ADA)), origin="model")
    output = calls(asked)[0].output
    assert isinstance(output, OutputSpec)
    assert (output.name, output.strict) == ("Person", True)


def test_what_does_not_fit_is_told_its_problems_and_asked_again() -> None:
    decision, asked = decided(model_reply(output=Person), VIEW, scripted(*map(ModelReply, (YOUNG, " ", ADA))))

    assert decision == Reply(Data(ADA), origin="model")
    first, second, third = calls(asked)
    assert first.output == second.output == third.output
    assert [one.sender for one in second.transcript][-2:] == ["me", "checker"]
    assert [one.text for one in second.transcript][:2] == ["who?", YOUNG]
    assert PROBLEM in second.transcript[-1].text
    assert len(third.transcript) == len(second.transcript) + 1  # the model said nothing
    assert list(VIEW.transcript) == list(first.transcript)


def test_an_agent_that_is_the_checker_is_told_by_another() -> None:
    view = view_of(message("you", "who?"), me="me")
    call = CallModel(view.transcript, AgentName("checker"))
    machine, asked = driven(typed_answer(call, Person), scripted(ModelReply(YOUNG), ModelReply(ADA)))

    assert machine.ended
    assert [one.sender for one in calls(asked)[1].transcript][-2:] == ["checker", "checker of answers"]


@pytest.mark.parametrize(("repairs", "times"), [(0, "once"), (1, "2 times")])
def test_what_never_fits_fails_and_nothing_is_lost(repairs: int, times: str) -> None:
    kind, text, facts = failure_of(ask(repairs), *[ModelReply(YOUNG)] * (repairs + 1))

    assert (kind, text) == ("output.invalid", f"asked {times}, the answer never fitted: {PROBLEM}")
    assert facts == {"answer": YOUNG, "problems": PROBLEM}


@pytest.mark.parametrize(
    ("said", "finish", "kind"),
    [
        (Text(ADA), "length", "output.length"),
        (Text(ADA), "context_length", "output.length"),
        (Refusal("no"), "stop", "output.refusal"),
        (Text(""), "refusal", "output.refusal"),
        (Text(ADA), "content_filter", "output.content_filter"),
    ],
)
def test_nothing_is_read_out_of_half_an_answer_or_a_refusal(said: Part, finish: Finish, kind: str) -> None:
    reply = ModelReply(said, finish)
    found, text, facts = failure_of(ask(), reply)

    assert (found, facts) == (kind, {"answer": reply.text})
    assert text.endswith(reply.text)


def test_a_failure_can_be_caught_by_its_family() -> None:
    policy = fallback(model_reply(output=Person, repairs=0), says("?"), kinds="output")

    assert decided(policy, VIEW, scripted(ModelReply("x")))[0] == Reply("?")


def test_a_call_of_what_is_no_tool_is_no_answer() -> None:
    stray = ToolCall("1", "Person")
    decision, asked = decided(
        model_reply(output=Person), VIEW, scripted(ModelReply(stray), ModelReply([stray, Text(ADA)]))
    )

    assert decision == Reply(Data(ADA), origin="model")
    assert len(calls(asked)) == 2


@tool
def look_up(name: str) -> int:
    """The age of someone."""
    return len(name)


def test_calls_of_tools_are_made_first() -> None:
    policy = tool_loop(model_reply(output=Person, tools=toolset(look_up)), toolset(look_up))
    call = ToolCall("1", "look_up", '{"name":"Ada"}')
    made = ToolResult("1", "look_up", (Text("36"),))
    decision, _ = decided(policy, VIEW, scripted(ModelReply(call), made, ModelReply(ADA)))

    assert isinstance(decision, Reply)
    assert decision.drafts[-1].parts == (Data(ADA),)


def test_a_step_gives_the_value_itself() -> None:
    def policy(view: View) -> Steps[Decision, CallModel]:
        answered = yield from typed_answer(CallModel(view.transcript, view.me), list[int])
        return Reply(str(sum(answered.value))) if answered.reply.parts else Pass()

    assert decided(policy, VIEW, scripted(ModelReply('{"value":[1,2]}')))[0] == Reply("3")


def test_a_step_takes_no_tools() -> None:
    call = CallModel(VIEW.transcript, AgentName("me"), tools=(ToolSpec("t", "", "{}"),))
    with pytest.raises(ConfigError, match="without tools; give the policy both: tool_loop"):
        next(typed_answer(call, Person))


def test_bad_plans_are_refused() -> None:
    with pytest.raises(ConfigError, match="0 times or more often; found -1"):
        model_reply(output=Person, repairs=-1)
    with pytest.raises(ConfigError, match="the type of the answer"):
        model_reply(output=complex)


def test_it_prints_compares_and_pickles() -> None:
    policy = model_reply("m", output=Person, repairs=1)

    assert repr(policy) == "model_reply(model='m', output=Person, repairs=1)"
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert repr(model_reply(output=int | None)) == "model_reply(output=int | None)"


def test_watchers_are_told_in_words() -> None:
    assert AnswerRefused("a", " x", 1).words == "gave an answer that does not fit, and it is asked again: x"
    assert (
        AnswerRefused("a", " x", 0).words == "gave an answer that does not fit, and it is not asked again: x"
    )
