"""Two agents with fixed replies: how long they talk, why they stop, and what they remember."""

from __future__ import annotations

import pytest

from typedagents import autogen
from typedagents.autogen import ChatResult, ConversableAgent, using
from typedagents.autogen.layer.messages import TerminalMessage
from typedagents.core.stop import DecisionLimit, RuleFired
from typedagents.interpreter.traces import TraceMemory

ENDLESS = 100


def pair(
    first: int = ENDLESS, second: int = ENDLESS, says: str | None = "ra", answers: str | None = "rb"
) -> tuple[ConversableAgent, ConversableAgent]:
    return (
        ConversableAgent(
            "a", max_consecutive_auto_reply=first, human_input_mode="NEVER", default_auto_reply=says
        ),
        ConversableAgent(
            "b", max_consecutive_auto_reply=second, human_input_mode="NEVER", default_auto_reply=answers
        ),
    )


def held(
    a: ConversableAgent, b: ConversableAgent, message: str = "hello", turns: int | None = None
) -> ChatResult:
    with using(store=TraceMemory()):
        return a.initiate_chat(b, message=message, max_turns=turns, silent=True)


@pytest.mark.parametrize(
    ("first", "second", "messages"),
    [
        (0, 0, 1),
        (0, 1, 2),
        (1, 0, 1),
        (1, 1, 3),
        (2, 1, 3),
        (1, 2, 4),
        (3, 3, 7),
        (ENDLESS, 1, 3),
        (ENDLESS, ENDLESS, 201),
    ],
)
def test_limits_bound_a_chat(first: int, second: int, messages: int) -> None:
    a, b = pair(first, second)
    result = held(a, b)
    assert len(result.chat_history) == messages
    assert isinstance(result.stop_reason, DecisionLimit)
    assert result.stop_reason.limit == "max_auto_replies"


@pytest.mark.parametrize(
    ("turns", "messages", "summary"), [(0, 0, ""), (1, 2, "rb"), (2, 4, "rb"), (3, 6, "rb")]
)
def test_max_turns_counts_round_trips(turns: int, messages: int, summary: str) -> None:
    result = held(*pair(), turns=turns)
    assert (len(result.chat_history), result.summary) == (messages, summary)
    assert result.stop_reason == DecisionLimit("max_turns", turns)


def test_a_limit_holds_within_max_turns() -> None:
    assert len(held(*pair(first=1), turns=5).chat_history) == 4


def test_terminate_ends_it() -> None:
    result = held(*pair(answers="TERMINATE"))
    assert (len(result.chat_history), result.summary) == (2, "")
    assert result.stop_reason == RuleFired("is_termination_msg of a holds")
    assert len(held(*pair(), message="TERMINATE").chat_history) == 1


def test_terminate_within_other_words_ends_nothing() -> None:
    assert len(held(*pair(answers="done TERMINATE"), turns=3).chat_history) == 6


def test_none_is_no_reply_and_empty_text_is_one() -> None:
    assert len(held(*pair(answers=None)).chat_history) == 1
    assert len(held(*pair(says="", answers="")).chat_history) == 201


def test_a_rule_of_the_programs_sees_text() -> None:
    seen: list[str] = []

    def over(message: TerminalMessage) -> bool:
        seen.append(message["content"])
        return message["content"].endswith("rb")

    a = ConversableAgent("a", human_input_mode="NEVER", is_termination_msg=over)
    assert len(held(a, pair()[1]).chat_history) == 2
    assert seen == ["rb"]


def test_counts_go_on_when_something_is_said_after_a_chat() -> None:
    a0 = ConversableAgent("a0", max_consecutive_auto_reply=2, human_input_mode="NEVER")
    a1 = ConversableAgent("a1", max_consecutive_auto_reply=0, human_input_mode="NEVER")
    assert a0.max_consecutive_auto_reply() == a0.max_consecutive_auto_reply(a1) == 2
    a0.update_max_consecutive_auto_reply(1)
    assert a0.max_consecutive_auto_reply() == a0.max_consecutive_auto_reply(a1) == 1
    with using(store=None):
        a1.initiate_chat(a0, message="hello")
        assert a0._consecutive_auto_reply_counter[a1] == 1
        a1.initiate_chat(a0, message="hello again")
        assert a1.chat_messages[a0][-1]["role"] == "user"
        assert len(a1.chat_messages[a0]) == len(a0.chat_messages[a1]) == 2
        assert a0._consecutive_auto_reply_counter[a1] == 1
        a1.send("bye", a0)
        assert a1.chat_messages[a0][-1]["role"] == "assistant"
        a1.initiate_chat(a0, clear_history=False, message="hi")
    assert len(a1.chat_messages[a0]) == len(a0.chat_messages[a1]) == 5
    assert a1.reply_at_receive[a0] is True
    assert a0.reply_at_receive[a1] is True
    a1.stop_reply_at_receive(a0)
    assert a1.reply_at_receive[a0] is False
    assert a0.reply_at_receive[a1] is True


def test_both_sides_remember_with_their_own_roles() -> None:
    a, b = pair()
    held(a, b, turns=1)
    assert a.chat_messages[b] == [
        {"content": "hello", "role": "assistant", "name": "a"},
        {"content": "rb", "role": "user", "name": "b"},
    ]
    assert b.last_message(a) == {"content": "rb", "role": "assistant", "name": "b"}
    assert a.last_message() == a.last_message(b)


def test_histories_are_snapshots() -> None:
    a, b = pair()
    held(a, b, turns=1)
    with pytest.raises(TypeError, match=r"send\(\)"):
        a.chat_messages[b].append({"content": "smuggled"})


def test_who_never_talked() -> None:
    a, b = pair()
    assert a.last_message() is None
    with pytest.raises(KeyError, match="never talked"):
        a.last_message(b)
    held(a, b, turns=1)
    held(a, ConversableAgent("c", human_input_mode="NEVER"), turns=1)
    with pytest.raises(ValueError, match="say which"):
        a.last_message()


def test_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    a, b = pair()
    with using(store=None):
        a.initiate_chat(b, message="hello", max_turns=1)
    rule = "-" * 80
    assert capsys.readouterr().out == f"a (to b):\n\nhello\n\n{rule}\nb (to a):\n\nrb\n\n{rule}\n"


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    held(*pair(), turns=2)
    assert not capsys.readouterr().out


def test_a_reply_without_a_chat() -> None:
    a, b = pair()
    with using(store=None):
        assert a.generate_reply(messages=[{"content": "hi", "role": "user"}]) == "ra"
        assert a.generate_reply(messages=[{"content": "TERMINATE", "role": "user"}], sender=b) is None
        with pytest.raises(AssertionError):
            a.generate_reply()


async def _async_chat(a: ConversableAgent, b: ConversableAgent) -> ChatResult:
    return await a.a_initiate_chat(b, message="hello", silent=True, max_turns=3)


def test_async_is_the_same() -> None:
    import asyncio

    with using(store=None):
        result = asyncio.run(_async_chat(*pair()))
    assert result.chat_history == held(*pair(), turns=3).chat_history


def test_aliases() -> None:
    assert autogen.ResponsiveAgent is ConversableAgent
    assert ConversableAgent.register_auto_reply is ConversableAgent.register_reply


def test_what_says_nothing_is_no_message() -> None:
    a, b = pair()
    with using(store=None), pytest.raises(ValueError, match="a message has content"):
        a.send({"message": "hello"}, b)
    assert not a.chat_messages[b]
