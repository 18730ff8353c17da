from __future__ import annotations

import pickle

from tests.policies.driving import decided, message, scripted, view_of
from typedagents.core.decision import Pass, Reply
from typedagents.core.model import CallModel, ModelReply, Prompt, Settings, ToolSpec
from typedagents.core.parts import Reasoning, Text, ToolCall
from typedagents.policies.model import model_reply
from typedagents.policies.prompts import ASSISTANT, END_WORD

VIEW = view_of(message("you", "hello"))


def test_it_says_what_the_model_says() -> None:
    parts = (Reasoning("hm"), Text("hi"), ToolCall("1", "sum"))
    decision, asked = decided(model_reply("m", "be brief"), VIEW, scripted(ModelReply(parts)))

    assert decision == Reply(parts, origin="model")
    assert asked == (CallModel(VIEW.transcript, "me", "m", Prompt("be brief")),)


def test_everything_that_is_set_is_asked_for() -> None:
    prompt, settings = Prompt("p", "n", "1"), Settings(temperature=0)
    tool = ToolSpec("t", "d", "{}")
    policy = model_reply("m", prompt, settings=settings, tools=[tool])
    _, asked = decided(policy, VIEW, scripted(ModelReply("x")))

    assert asked == (CallModel(VIEW.transcript, "me", "m", prompt, (tool,), None, settings),)


def test_an_empty_answer_is_a_pass() -> None:
    assert decided(model_reply(), VIEW, scripted(ModelReply(" \n")))[0] == Pass()
    assert decided(model_reply(), VIEW, scripted(ModelReply(Reasoning("hm"))))[0] == Pass()


def test_it_prints_compares_and_pickles() -> None:
    policy = model_reply("m", ASSISTANT, settings=Settings(temperature=0))

    assert repr(policy).startswith(
        "model_reply(model='m', instructions=<prompt assistant 1>, settings=Settings("
    )
    assert repr(model_reply(instructions="x" * 80)) == f"model_reply(instructions='{'x' * 57}...')"
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_the_instructions_ask_for_what_an_assistant_is_to_do() -> None:
    for word in (END_WORD, "print", "# filename:", "complete", "language", "error", "look at it", "alone"):
        assert word in ASSISTANT.text
    assert (ASSISTANT.name, ASSISTANT.version) == ("assistant", "1")
