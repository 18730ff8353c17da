"""When a human is asked, and what becomes of the answer: rows 33 to 41 of the semantics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Literal

import pytest

from tests.autogen.consoles_for_tests import Typing
from typedagents.autogen import ChatResult, ConversableAgent, UserProxyAgent, replaying, using
from typedagents.autogen.io import IOStream
from typedagents.core.stop import DecisionLimit, PolicyStopped, RuleFired
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import calling, scripted_model


@pytest.fixture(autouse=True)
def recorded() -> Iterator[None]:
    with using(store=TraceMemory()):
        yield


def asked(
    mode: Literal["ALWAYS", "TERMINATE", "NEVER"],
    limit: int,
    *typed: str,
    says: str = "rb",
    turns: int | None = None,
) -> tuple[Typing, ChatResult]:
    """A chat that an agent without a human begins, with one in ``mode``."""
    console = Typing(typed)
    a = ConversableAgent("a", human_input_mode="NEVER", default_auto_reply=says)
    b = ConversableAgent(
        "b", human_input_mode=mode, max_consecutive_auto_reply=limit, default_auto_reply="auto"
    )
    with IOStream.set_default(console):
        return console, a.initiate_chat(b, message=says, max_turns=turns)


def contents(result: ChatResult) -> list[object]:
    return [one["content"] for one in result.chat_history]


def test_never_at_the_limit() -> None:
    console, result = asked("NEVER", 1)
    assert contents(result) == ["rb", "auto", "rb"]
    assert result.stop_reason == DecisionLimit("max_auto_replies", 1, "b")
    assert not console.asked


def test_terminate_asks_at_the_limit_and_again_each_time() -> None:
    console, result = asked("TERMINATE", 1, "", "words", "exit")
    assert contents(result) == ["rb", "auto", "rb", "auto", "rb", "words", "rb", "auto", "rb"]
    assert len(console.asked) == 3
    assert result.stop_reason == PolicyStopped("b", "the human typed 'exit'")
    assert result.human_input == ["words"]


def test_terminate_asks_before_it_ends() -> None:
    console, result = asked("TERMINATE", 9, "", says="TERMINATE")
    assert contents(result) == ["TERMINATE"]
    assert result.stop_reason == RuleFired("is_termination_msg of b holds")
    assert ">>>>>>>> NO HUMAN INPUT RECEIVED." in console.printed
    _, result = asked("TERMINATE", 9, "go on", "exit", says="TERMINATE")
    assert contents(result) == ["TERMINATE", "go on", "TERMINATE"]


def test_always_asks_in_every_turn() -> None:
    console, result = asked("ALWAYS", 9, "one", "", "exit")
    assert contents(result) == ["rb", "one", "rb", "auto", "rb"]
    assert console.printed.count(">>>>>>>> USING AUTO REPLY...") == 1
    assert all("a" in question for question in console.asked)


def test_always_ignores_the_limit() -> None:
    _, result = asked("ALWAYS", 0, "", "exit")
    assert contents(result) == ["rb", "auto", "rb"]


def test_only_exit_is_exit() -> None:
    _, result = asked("ALWAYS", 9, "Exit", "exit ", "exit")
    assert contents(result) == ["rb", "Exit", "rb", "exit ", "rb"]


def test_always_and_max_turns() -> None:
    _, result = asked("ALWAYS", 9, "1", "2", "3", turns=3)
    assert len(result.chat_history) == 6


def test_a_message_that_is_asked_for() -> None:
    console = Typing(["hello", "exit"])
    user = UserProxyAgent("user", code_execution_config=False)
    echo = ConversableAgent("echo", human_input_mode="NEVER", default_auto_reply="echo")
    with IOStream.set_default(console):
        result = user.initiate_chat(echo)
    assert contents(result) == ["hello", "echo"]
    assert console.asked[0] == "> "


def test_who_speaks_over_a_call_stops_it() -> None:
    made: list[str] = []
    user = UserProxyAgent("user", code_execution_config=False, function_map={"f": lambda: made.append("f")})
    model = ConversableAgent("model", human_input_mode="NEVER", llm_config={"model": "m", "api_key": "k"})
    with IOStream.set_default(Typing(["no", "exit"])), using(models=scripted_model(calling("f"), "sorry")):
        result = user.initiate_chat(model, message="go", silent=True)
    interrupted = result.chat_history[2]
    assert interrupted["content"] == "no"
    assert interrupted["role"] == "assistant"
    assert "USER INTERRUPTED" in str(interrupted["tool_responses"])
    assert not made


def test_the_same_async() -> None:
    a = ConversableAgent("a", human_input_mode="NEVER", default_auto_reply="rb")
    b = ConversableAgent("b", human_input_mode="ALWAYS")
    with IOStream.set_default(Typing(["one", "exit"])):
        result = asyncio.run(a.a_initiate_chat(b, message="rb", silent=True))
    assert contents(result) == ["rb", "one", "rb"]


class Asks(ConversableAgent):
    """Has its own way to ask."""

    def get_human_input(self, prompt: str) -> str:
        return "mine" if "a" in prompt else ""


def test_a_subclass_asks_in_its_own_way_and_is_not_asked_on_replay() -> None:
    def chat(kind: type[ConversableAgent]) -> ChatResult:
        a = ConversableAgent("a", human_input_mode="NEVER", default_auto_reply="rb")
        return a.initiate_chat(kind("b", human_input_mode="ALWAYS"), message="rb", silent=True, max_turns=2)

    with using(name="r"):
        result = chat(Asks)
    assert contents(result) == ["rb", "mine", "rb", "mine"]

    class Silent(Asks):
        def get_human_input(self, prompt: str) -> str:
            raise AssertionError(prompt)

    Silent.get_human_input.__qualname__ = Asks.get_human_input.__qualname__
    with replaying("r"):
        assert contents(chat(Silent)) == contents(result)
