"""Ports route by name, and say which names there are."""

from __future__ import annotations

from typedagents import Agent, World, group
from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.handler import Call
from typedagents.core.human import AskHuman, HumanAnswer, Typed
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName
from typedagents.core.model import CallModel
from typedagents.core.stop import EffectFailure
from typedagents.core.team import Team
from typedagents.core.view import View
from typedagents.interpreter.ports import HttpRequest, with_human, with_models
from typedagents.policies.model import model_reply
from typedagents.testing import scripted_human, scripted_model

ONE = Limits(max_decisions=1)


def calls(model: str) -> Team[CallModel]:
    return group(Agent(AgentName("bot"), model_reply(model)), limits=ONE)


def asks(view: View, /) -> Steps[Decision, AskHuman]:
    answer = yield from AskHuman("So?", view.me, view.transcript)
    return Reply(answer.text if isinstance(answer, Typed) else "", origin="human")


def test_models_are_chosen_by_name() -> None:
    world = World(with_models({"": scripted_model("default"), "big": scripted_model("big words")}), None)

    assert world.run_sync(calls(""), "hi").summary == "default"
    assert world.run_sync(calls("big"), "hi").summary == "big words"
    reason = world.run_sync(calls("small"), "hi").reason
    assert isinstance(reason, EffectFailure)
    assert reason.failure.kind == "provider.not_found"
    assert reason.failure.text == "no provider for model 'small'; there are: '', 'big'"
    nobody = World(with_models({}), None).run_sync(calls(""), "hi").reason
    assert str(nobody).endswith("no provider for model ''; there are: none")


def test_humans_are_chosen_by_the_agent_they_stand_behind() -> None:
    world = World(with_human({"ann": scripted_human("I am Ann")}), None)

    assert world.run_sync(group(Agent(AgentName("ann"), asks), limits=ONE), "hi").human_inputs == (
        "I am Ann",
    )
    reason = world.run_sync(group(Agent(AgentName("bob"), asks), limits=ONE), "hi").reason
    assert str(reason).endswith("human.not_found: no human stands behind 'bob'; there are: 'ann'")
    empty = World(with_human({}), None).run_sync(group(Agent(AgentName("bob"), asks), limits=ONE), "hi")
    assert str(empty.reason).endswith("there are: none")


class Echo:
    """A human of ten lines."""

    async def answer(self, question: AskHuman, call: Call, /) -> HumanAnswer:
        return Typed(f"{question.question} {call.agent}")


def test_a_human_of_ones_own_takes_ten_lines() -> None:
    outcome = World(with_human(Echo()), None).run_sync(group(Agent(AgentName("eve"), asks), limits=ONE), "hi")

    assert outcome.summary == "So? eve"


def test_secret_headers_never_show() -> None:
    request = HttpRequest(
        "POST", "https://example.org", (("a", "b"),), b"body", (("authorization", "Bearer sk-1"),)
    )

    assert "sk-1" not in repr(request)
    assert "<1 hidden>" in repr(request)
    assert "<4 bytes>" in repr(request)
