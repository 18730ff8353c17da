from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.driving import Run, run, scripted
from tests.policies.hand_made import Pretended
from typedagents.core.code import BlockResult, Captured, CodeResult, Exited
from typedagents.core.decision import Decision, Pass
from typedagents.core.effect import AnyEffect
from typedagents.core.errors import ConfigError
from typedagents.core.human import Skipped, Typed
from typedagents.core.limits import Limit, Limits, Unlimited
from typedagents.core.model import CallModel, ModelReply, Prompt, Settings
from typedagents.core.parts import Text, ToolCall, ToolResult
from typedagents.core.performs import performs_of
from typedagents.core.rule import NeverHolds
from typedagents.core.stop import DecisionLimit, RuleFired, Silence
from typedagents.core.team import Agent
from typedagents.core.view import View
from typedagents.policies.fixed import says
from typedagents.policies.prompts import ASSISTANT
from typedagents.policies.recipes import TERMINATED, assistant, chat, user_proxy
from typedagents.policies.rules.said import message_count
from typedagents.tools.toolset import toolset

ENDED = RuleFired("the last message ends with 'TERMINATE'")
CODE = "```python\nprint(2**10)\n```"
FINE = CodeResult((BlockResult(Exited(0), Captured(b"1024\n")),))


def never(name: str, limit: Limit, words: str = "x") -> Agent[AnyEffect]:
    return user_proxy(name, "never", code=None, max_auto_replies=limit, default_reply=words)


def kinds(run: Run) -> list[str]:
    return [effect.kind for effect in run.asked]


# --- how long a chat is -----------------------------------------------------------------------------------------


@given(st.integers(0, 12), st.integers(0, 12))
def test_law_8_how_many_messages_two_limits_allow(la: int, lb: int) -> None:
    ended = run(chat(never("a", la), never("b", lb), "hi"))

    assert len(ended.messages) == (1 + 2 * lb if lb <= la else 2 + 2 * la)
    assert ended.reason == DecisionLimit("max_auto_replies", *((lb, "b") if lb <= la else (la, "a")))


@pytest.mark.parametrize(("max_turns", "expected"), [(0, 0), (1, 2), (2, 4), (3, 6)])
def test_a_turn_is_a_round_trip(max_turns: int, expected: int) -> None:
    ended = run(chat(never("a", Unlimited), never("b", Unlimited), "hi", max_turns=max_turns))

    assert len(ended.messages) == expected
    assert ended.reason == DecisionLimit("max_turns", max_turns)


def test_without_limits_a_chat_ends_by_those_of_its_team() -> None:
    ended = run(chat(never("a", Unlimited), never("b", Unlimited), "hi"))

    assert len(ended.messages) == 101
    assert ended.reason == DecisionLimit("max_decisions", 100)


# --- how a chat ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["TERMINATE", "done TERMINATE", "The answer is 4.\n\nTERMINATE\n"])
def test_a_chat_ends_with_the_word(words: str) -> None:
    ended = run(chat(never("a", 9), never("b", 9, words), "hi"))

    assert (len(ended.messages), ended.reason) == (2, ENDED)
    assert (len(run(chat(never("a", 9), never("b", 9), words)).messages)) == 1


def test_a_chat_of_plain_policies_ends_with_the_word_too() -> None:
    assert run(chat(Agent("a", says("x")), Agent("b", says("TERMINATE")), "hi")).reason == ENDED


def test_another_rule_takes_the_place_of_the_word() -> None:
    ended = run(chat(Agent("a", says("TERMINATE")), Agent("b", says("x")), "hi", until=message_count(4)))

    assert ended.texts == ["hi", "x", "TERMINATE", "x"]
    assert ended.reason == RuleFired("4 messages were said")


def test_an_empty_reply_is_silence_and_no_message() -> None:
    def silent(view: View) -> Decision:
        return Pass()

    ended = run(chat(Agent("a", silent), Agent("b", says(" ")), "hi"))

    assert (ended.texts, ended.reason) == (["hi"], Silence())


def test_a_chat_has_the_limits_and_the_name_it_is_given() -> None:
    team = chat(never("a", 1), never("b", 1), limits=Limits(max_messages=7), max_turns=2, name="talk")

    assert team.limits == Limits(max_messages=7, max_turns=2)
    assert (team.name, team.opening, list(team.agents)) == ("talk", None, ["a", "b"])
    assert run(team, "other words").texts[0] == "other words"


# --- the main job -----------------------------------------------------------------------------------------------

ANSWERS = (ModelReply(CODE), FINE, ModelReply("It is 1024.\nTERMINATE"))


def test_an_assistant_writes_code_the_proxy_runs_it_and_the_chat_ends() -> None:
    ended = run(chat(user_proxy("user", "never"), assistant("coder"), "2**10?"), None, scripted(*ANSWERS))

    assert kinds(ended) == ["CallModel", "RunCode", "CallModel"]
    assert [message.origin for message in ended.messages] == ["program", "model", "code", "model"]
    assert ended.texts[2] == "exitcode: 0 (execution succeeded)\nCode output: 1024"
    assert ended.reason == ENDED


def test_a_message_that_ends_the_chat_has_no_code_run() -> None:
    last = ModelReply(f"{CODE}\nTERMINATE")
    for mode in (user_proxy("user", "never"), user_proxy("user", "terminate")):
        ended = run(chat(mode, assistant("coder"), "?"), None, scripted(last, Skipped()))
        assert "RunCode" not in kinds(ended)
        assert ended.reason == ENDED


def test_the_human_may_answer_what_would_be_the_last_message() -> None:
    proxy = user_proxy("user", "terminate")
    ended = run(
        chat(proxy, assistant("coder"), "2**10?"),
        None,
        scripted(*ANSWERS, Typed("and 2**11?"), ModelReply("2048 TERMINATE"), Skipped()),
    )

    assert kinds(ended) == ["CallModel", "RunCode", "CallModel", "AskHuman", "CallModel", "AskHuman"]
    assert ended.texts[-2:] == ["and 2**11?", "2048 TERMINATE"]
    assert ended.messages[-2].origin == "human"
    assert ended.reason == ENDED


def test_a_human_who_types_the_word_ends_the_chat_in_the_assistants_turn() -> None:
    ended = run(
        chat(user_proxy("user"), assistant("coder"), "hi"),
        None,
        scripted(ModelReply("?"), Typed("TERMINATE")),
    )

    assert ended.texts == ["hi", "?", "TERMINATE"]
    assert ended.reason == ENDED


def test_always_asks_in_every_turn_and_runs_code_where_the_human_says_nothing() -> None:
    ended = run(
        chat(user_proxy("user"), assistant("coder"), "2**10?"),
        None,
        scripted(ANSWERS[0], Skipped(), ANSWERS[1], ANSWERS[2], Skipped()),
    )

    assert kinds(ended) == ["CallModel", "AskHuman", "RunCode", "CallModel", "AskHuman"]


# --- the agents -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (assistant("a"), {"CallModel"}),
        (user_proxy("u"), {"AskHuman", "RunCode"}),
        (user_proxy("u", "terminate"), {"AskHuman", "RunCode"}),
        (user_proxy("u", code=None), {"AskHuman"}),
        (user_proxy("u", "never"), {"RunCode"}),
        (user_proxy("u", "never", code=None), set()),
    ],
)
def test_an_agent_says_what_it_performs_and_pickles(agent: Agent[AnyEffect], expected: set[str]) -> None:
    assert {kind.kind for kind in performs_of(agent.policy) or ()} == expected
    assert pickle.loads(pickle.dumps(agent)) == agent


# --- tools ------------------------------------------------------------------------------------------------------

ADD = Pretended("add")
TOOLS = toolset(ADD)
CALL = ModelReply((ToolCall("1", "add", '{"a": 1}'),))
ADDED = ToolResult("1", "add", (Text("3"),))


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (assistant("a", tells=TOOLS), {"CallModel"}),
        (assistant("a", tells=TOOLS.specs), {"CallModel"}),
        (assistant("a", tools=TOOLS), {"CallModel", "CallTool"}),
        (user_proxy("u", runs=TOOLS), {"AskHuman", "RunCode", "CallTool"}),
        (user_proxy("u", code=None, runs=TOOLS), {"AskHuman", "CallTool"}),
        (user_proxy("u", "never", runs=TOOLS), {"RunCode", "CallTool"}),
        (user_proxy("u", "never", code=None, runs=TOOLS), {"CallTool"}),
    ],
)
def test_an_agent_with_tools_says_what_it_performs(agent: Agent[AnyEffect], expected: set[str]) -> None:
    assert {kind.kind for kind in performs_of(agent.policy) or ()} == expected
    assert pickle.loads(pickle.dumps(agent)) == agent


def test_an_assistant_says_calls_and_the_proxy_makes_them() -> None:
    proxy = user_proxy("user", "never", runs=TOOLS)
    ended = run(
        chat(proxy, assistant("bot", tells=TOOLS), "1+2?"),
        None,
        scripted(CALL, ADDED, ModelReply("3 TERMINATE")),
    )

    assert kinds(ended) == ["CallModel", "CallTool", "CallModel"]
    assert [(m.sender, m.origin) for m in ended.messages[1:]] == [
        ("bot", "model"),
        ("user", "tool"),
        ("bot", "model"),
    ]
    assert ended.reason == ENDED


def test_an_assistant_calls_its_own_tools_in_one_turn() -> None:
    ended = run(
        chat(never("user", 0), assistant("bot", tools=TOOLS), "1+2?"),
        None,
        scripted(CALL, ADDED, ModelReply("3")),
    )

    assert [(m.sender, m.origin) for m in ended.messages[1:]] == [
        ("bot", "model"),
        ("bot", "tool"),
        ("bot", "model"),
    ]
    assert ended.reason == DecisionLimit("max_auto_replies", 0, "user")


def test_a_proxy_runs_tools_and_code() -> None:
    proxy = user_proxy("user", "never", runs=TOOLS)
    answers = scripted(ModelReply(CODE), FINE, CALL, ADDED, ModelReply("TERMINATE"))
    ended = run(chat(proxy, assistant("bot", tells=TOOLS), "go"), None, answers)

    assert kinds(ended) == ["CallModel", "RunCode", "CallModel", "CallTool", "CallModel"]


def test_what_an_assistant_is_told_others_run_beside_its_own() -> None:
    mul = toolset(Pretended("mul"))
    bot = assistant("bot", tools=TOOLS, tells=mul)

    assert [spec.name for spec in bot.tells] == ["mul"]
    assert bot.wiring.calls == frozenset({"add"})
    assert chat(proxy := user_proxy("u", runs=mul), bot).agents[proxy.name].runs == frozenset({"mul"})
    with pytest.raises(ConfigError, match="told of tool 'mul', but no agent"):
        chat(user_proxy("u"), bot)


def test_a_model_is_told_of_tools_by_name_and_of_each_once() -> None:
    assert assistant("a", tools=toolset()) == assistant("a")
    with pytest.raises(ConfigError, match="two tools named 'add'"):
        assistant("a", tools=TOOLS, tells=TOOLS)
    with pytest.raises(ConfigError, match=r"a toolset, or of ToolSpecs; found .*: write toolset\("):
        assistant("a", tells=[ADD])  # type: ignore[list-item]  # what a program without a checker may do


def test_the_default_prompt_is_sent_and_can_be_replaced() -> None:
    def asked(agent: Agent[CallModel]) -> CallModel:
        (effect,) = run(chat(never("u", 0), agent, "hi"), None, scripted(ModelReply("x"))).asked
        assert isinstance(effect, CallModel)
        return effect

    assert asked(assistant("a")).instructions == ASSISTANT
    plain = asked(assistant("a", "gpt", "be brief", settings=Settings(seed=1)))
    assert (plain.model, plain.instructions, plain.settings) == ("gpt", Prompt("be brief"), Settings(seed=1))


def test_who_is_asked_for_a_typed_answer_is_not_told_to_write_code() -> None:
    (effect,) = run(
        chat(never("u", 0), assistant("a", output=int), "How many?"), None, scripted(ModelReply("4"))
    ).asked

    assert isinstance(effect, CallModel)
    assert (effect.instructions, effect.output is None) == (None, False)


def test_a_chat_is_opened_by_what_a_function_of_the_view_comes_to() -> None:
    def first(view: View) -> str:
        return f"{view.me} begins"

    assert run(chat(Agent("a", says("x")), Agent("b", says("TERMINATE")), first)).texts[0] == "a begins"


def test_an_agent_describes_itself_where_it_can() -> None:
    assert assistant("a").description
    assert assistant("a", instructions="x").description == ""
    assert assistant("a", description="d").description == user_proxy("u", description="d").description == "d"


def test_an_assistant_has_a_limit_and_a_rule_of_its_own() -> None:
    limited = assistant("a", max_auto_replies=1, until=NeverHolds())
    ended = run(
        chat(never("u", 9), limited, "TERMINATE", until=NeverHolds()), None, scripted(ModelReply("on"))
    )

    assert ended.texts == ["TERMINATE", "on", "x"]
    assert ended.reason == DecisionLimit("max_auto_replies", 1, "a")
    assert str(TERMINATED) == "the last message ends with 'TERMINATE'"
